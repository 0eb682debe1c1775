/** What the two cluster constructors cluster: the rows of X, and the gradients ∇ℓᵢ(θ̂). */
import type { Matrix } from '../../shared/matrix.ts';
import type { GradientFactors, GroupContext } from './group-context.ts';
import { pointSet } from './point-set.ts';
import type { PointSet } from './point-set.ts';
import { toGrid } from './rounding-grid.ts';
import { PROJECTED_COLUMNS, sparseProjection } from './sparse-projection.ts';

/** Wider features are projected. */
export const MAX_FEATURE_COLUMNS = 4096;
/** Wider gradients are projected. */
export const MAX_GRADIENT_COLUMNS = 1024;
/** Gradients with more numbers than this (256 MB) are projected too, if that makes them narrower. */
const MAX_GRADIENT_NUMBERS = 2 ** 25;

/** The features as they are; projected to 256 dimensions, with a remark, when there are more than 4,096. */
export async function featurePoints(context: GroupContext): Promise<PointSet> {
  const { X } = context.design.train;
  if (X.columns <= MAX_FEATURE_COLUMNS) return pointSet(X);
  noteProjection(context, 'Feature clusters', X.columns);
  const projection = sparseProjection(X.columns, context.seed, 'featureClusters');
  const data = new Float64Array(X.rows * PROJECTED_COLUMNS);
  for (let i = 0; i < X.rows; i++) {
    forEachEntry(X, i, (j, value) => projection.add(j, value, data, i * PROJECTED_COLUMNS));
  }
  return pointSet({ kind: 'dense', rows: X.rows, columns: PROJECTED_COLUMNS, data });
}

/**
 * The gradients, from factors when the context has them; projected to 256 dimensions, with a remark, when
 * they are wide. What a device computed (residuals, or the gradients) is put on a common grid first.
 */
export async function gradientPoints(context: GroupContext): Promise<PointSet> {
  const { X } = context.design.train;
  if (context.gradientFactors === undefined) return pointsOfGradients(context, await context.gradients());
  const factors = await context.gradientFactors();
  const width = (X.columns + (factors.intercept ? 1 : 0)) * factors.logits;
  const projected = needsProjection(X.rows, width);
  if (projected) noteProjection(context, 'Gradient clusters', width);
  const columns = projected ? PROJECTED_COLUMNS : width;
  const data = new Float64Array(X.rows * columns);
  const add = writer(context, width, projected, data, columns);
  forEachFactorEntry(X, factors, add);
  return pointSet({ kind: 'dense', rows: X.rows, columns, data });
}

function pointsOfGradients(context: GroupContext, gradients: Matrix): PointSet {
  const { rows, columns: width } = gradients;
  const onGrid: Matrix =
    gradients.kind === 'dense'
      ? { ...gradients, data: toGrid(gradients.data) }
      : { ...gradients, values: toGrid(gradients.values) };
  if (!needsProjection(rows, width)) return pointSet(onGrid);
  noteProjection(context, 'Gradient clusters', width);
  const data = new Float64Array(rows * PROJECTED_COLUMNS);
  const add = writer(context, width, true, data, PROJECTED_COLUMNS);
  for (let i = 0; i < rows; i++) forEachEntry(onGrid, i, (j, value) => add(i, j, value));
  return pointSet({ kind: 'dense', rows, columns: PROJECTED_COLUMNS, data });
}

type AddEntry = (row: number, coordinate: number, value: number) => void;

function writer(
  context: GroupContext,
  width: number,
  projected: boolean,
  data: Float64Array,
  columns: number,
): AddEntry {
  if (!projected) {
    return (row, coordinate, value) => {
      data[row * columns + coordinate] = value;
    };
  }
  const projection = sparseProjection(width, context.seed, 'gradientClusters');
  return (row, coordinate, value) => projection.add(coordinate, value, data, row * columns);
}

/** Entries r_{l,i} · x̃_{ij} of row i at coordinate l·p + j, p = d (+ 1). */
function forEachFactorEntry(X: Matrix, { residuals, logits, intercept }: GradientFactors, add: AddEntry): void {
  const onGrid = toGrid(residuals);
  const p = X.columns + (intercept ? 1 : 0);
  for (let i = 0; i < X.rows; i++) {
    for (let l = 0; l < logits; l++) {
      const residual = onGrid[l * X.rows + i];
      if (residual === 0) continue;
      forEachEntry(X, i, (j, value) => add(i, l * p + j, residual * value));
      if (intercept) add(i, l * p + X.columns, residual);
    }
  }
}

function forEachEntry(X: Matrix, row: number, visit: (column: number, value: number) => void): void {
  if (X.kind === 'sparse') {
    for (let k = X.indptr[row]; k < X.indptr[row + 1]; k++) visit(X.indices[k], X.values[k]);
    return;
  }
  const start = row * X.columns;
  for (let j = 0; j < X.columns; j++) if (X.data[start + j] !== 0) visit(j, X.data[start + j]);
}

function needsProjection(rows: number, width: number): boolean {
  return width > MAX_GRADIENT_COLUMNS || (width > PROJECTED_COLUMNS && rows * width > MAX_GRADIENT_NUMBERS);
}

function noteProjection(context: GroupContext, constructor: string, width: number): void {
  context.note(
    `${constructor}: ${width} dimensions were projected at random (seeded) to ${PROJECTED_COLUMNS} before ` +
      'clustering, which keeps distances to within about 9 %.',
  );
}
