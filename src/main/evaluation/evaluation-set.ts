/**
 * The functions f whose change a study reports, with their gradients at θ̂.
 * Change of f = f(θ̂ + δ) − f(θ̂): positive means that the removal raises f (method §1).
 */
import type { Evaluation } from '../../shared/quantities.ts';
import type { Matrix } from '../../shared/matrix.ts';
import type { ModelOnDevice } from '../models/model-on-device.ts';
import { selfCurve, singleCurve } from './single-curve.ts';
import type { GroupWeights } from '../compute/row-weights.ts';
import { dotAt, lossResiduals, projectFlat } from '../models/objective.ts';
import { logisticLossChange, softmaxChangeInto, softmaxInto } from '../compute/stable-change.ts';

export interface EvaluationSet {
  readonly evaluations: readonly Evaluation[];
  /** E×q: ∇f(θ̂). Rows of selfLoss are 0: its gradient is the group's own, g(w). */
  readonly gradients: Float64Array;
  /**
   * @param delta B×q parameter changes
   * @param removed the groups' own rows and gradients, for selfLoss
   * @returns E×B: f(θ̂ + δ) − f(θ̂)
   */
  changes(delta: Float64Array, removed: RemovedRows): Promise<Float64Array>;
  /** ∇f(θ̂ + δ) of evaluation e for the g-th of the parameter changes, length q; for margin and loss, else null. */
  pointGradientAfter(e: number, delta: Float64Array, g: number): Float64Array | null;
  /**
   * The change of evaluation e in the limit of an intercept that runs away from the `lost` classes:
   * ±Infinity, or a number, or null where the changes at the retrained parameters already are the limit.
   */
  limitWithout(e: number, lost: ReadonlySet<number>): number | null;
  /** First and second moments of the test rows of evaluation e; for meanTestLoss, else null. */
  sliceMoments(e: number): SliceMoments | null;
}

export interface RemovedRows {
  /** Sample weights of the removed rows. */
  own: GroupWeights;
  /** B×q: g(w), the gradient of the removed rows' loss at θ̂. */
  gradient: Float64Array;
}

export interface SliceMoments {
  /** Mean of x, without the intercept's 1. */
  mean: Float64Array;
  /** Mean of ‖x‖². */
  meanSquare: number;
}

/** A named set of test rows over which the mean loss is taken. */
export interface Slice {
  /** "all", "class=1", "race=Other". */
  target: string;
  /** Rows of the test split. */
  rows: Int32Array;
}

interface TestPoint {
  row: number;
  /** x̃ of the row, length p. */
  x: Float64Array;
  y: number;
  /** Logits at θ̂, length L. */
  z: Float64Array;
}

/** @param slices one per meanTestLoss evaluation, by target */
export async function createEvaluationSet(
  model: ModelOnDevice,
  evaluations: readonly Evaluation[],
  slices: readonly Slice[],
): Promise<EvaluationSet> {
  const { fitted, placedTest } = model;
  const { logits, parametersPerLogit: p, design, testLogits } = fitted;
  const q = logits * p;
  const testRows = design.test.X.rows;
  const points = new Map<string, TestPoint>();
  for (const { quantity, target } of evaluations) {
    if (quantity !== 'margin' && quantity !== 'loss') continue;
    const row = Number(target);
    const z = Float64Array.from({ length: logits }, (_, k) => testLogits[k * testRows + row]);
    points.set(target, { row, x: rowWithIntercept(design.test.X, row, p), y: design.test.y[row], z });
  }
  const pointOf = (target: string): TestPoint => {
    const point = points.get(target);
    if (point === undefined) throw new RangeError(`no test point ${target}`);
    return point;
  };

  const sliceTargets = evaluations
    .filter((evaluation) => evaluation.quantity === 'meanTestLoss')
    .map((evaluation) => evaluation.target);
  const sliceWeights = new Float64Array(sliceTargets.length * testRows);
  sliceTargets.forEach((target, s) => {
    const slice = slices.find((candidate) => candidate.target === target);
    if (slice === undefined) throw new RangeError(`no slice ${target}`);
    for (const row of slice.rows) sliceWeights[s * testRows + row] = 1 / slice.rows.length;
  });

  const gradients = new Float64Array(evaluations.length * q);
  const residuals =
    sliceTargets.length > 0 ? lossResiduals(testLogits, design.test.y, logits, null) : new Float64Array(0);
  let slicesSeen = 0;
  for (const [e, { quantity, target }] of evaluations.entries()) {
    const gradient = gradients.subarray(e * q, (e + 1) * q);
    if (quantity === 'margin') {
      const { x, y } = pointOf(target);
      for (let j = 0; j < p; j++) gradient[j] = (y === 1 ? 1 : -1) * x[j];
    } else if (quantity === 'loss') {
      const { x, y, z } = pointOf(target);
      const residual = lossResiduals(z, Int32Array.of(y), logits, null);
      for (let k = 0; k < logits; k++) for (let j = 0; j < p; j++) gradient[k * p + j] = residual[k] * x[j];
    } else if (quantity === 'meanTestLoss') {
      const s = slicesSeen++;
      const weighted = Float64Array.from(
        residuals,
        (value, at) => value * sliceWeights[s * testRows + (at % testRows)],
      );
      gradient.set(await placedTest.combine(weighted));
    }
  }
  projectFlat(model.objective, gradients);

  const moments = sliceTargets.map((target) =>
    momentsOf(
      design.test.X,
      model.objective.placed.intercept ? p - 1 : p,
      slices.find((slice) => slice.target === target)?.rows,
    ),
  );

  const sliceGradients = evaluations.flatMap(({ quantity }, e) =>
    quantity === 'meanTestLoss' ? [gradients.subarray(e * q, (e + 1) * q)] : [],
  );

  /** B×S. In two precisions: ∇fᵀδ in double, and the rest, a sum of small positive terms, in single precision. */
  async function meanChanges(delta: Float64Array): Promise<Float64Array> {
    const curve = await singleCurve(placedTest, model.working.test)?.(testLogits, sliceWeights, delta, logits);
    if (curve === undefined || curve === null) {
      return placedTest.lossChange(testLogits, design.test.y, sliceWeights, 'shared', delta, logits);
    }
    for (let g = 0; g < delta.length / q; g++) {
      for (let s = 0; s < sliceGradients.length; s++) {
        let linear = 0;
        for (let j = 0; j < q; j++) linear += sliceGradients[s][j] * delta[g * q + j];
        curve[g * sliceGradients.length + s] += linear;
      }
    }
    return curve;
  }

  /** B, likewise: g(w)ᵀδ in double, the rest in single precision. */
  async function selfChanges(delta: Float64Array, { own, gradient }: RemovedRows): Promise<Float64Array> {
    const { placed } = model.objective;
    const curve = await selfCurve(model, own)?.(fitted.trainLogits, own, delta, logits);
    if (curve === undefined || curve === null) {
      return placed.lossChange(fitted.trainLogits, design.train.y, own, 'own', delta, logits);
    }
    for (let g = 0; g < curve.length; g++) curve[g] += dotAt(gradient, delta, g, q);
    return curve;
  }

  return {
    evaluations,
    gradients,
    pointGradientAfter(e, delta, g) {
      const { quantity, target } = evaluations[e];
      if (quantity !== 'margin' && quantity !== 'loss') return null;
      if (quantity === 'margin') return gradients.slice(e * q, (e + 1) * q);
      const { x, y, z } = pointOf(target);
      const moved = z.map((value, k) => value + stepAlong(x, delta, g * q + k * p));
      const residual = lossResiduals(moved, Int32Array.of(y), logits, null);
      return Float64Array.from({ length: q }, (_, at) => residual[Math.floor(at / p)] * x[at % p]);
    },
    limitWithout(e, lost) {
      const { quantity, target } = evaluations[e];
      if (quantity === 'selfLoss') return Infinity;
      const rows =
        quantity === 'meanTestLoss' ? (slices.find((slice) => slice.target === target)?.rows ?? []) : [Number(target)];
      const meetsLost = Array.prototype.some.call(rows, (row: number) => lost.has(design.test.y[row]));
      if (quantity === 'margin') return meetsLost ? -Infinity : Infinity;
      if (meetsLost) return Infinity;
      // One class is left, and the model becomes sure of it.
      if (lost.size === design.classes.length - 1) return -meanOver(fitted.testLoss, rows);
      return null;
    },
    sliceMoments(e) {
      const { quantity, target } = evaluations[e];
      return quantity === 'meanTestLoss' ? moments[sliceTargets.indexOf(target)] : null;
    },
    async changes(delta, removed) {
      const groups = delta.length / q;
      const out = new Float64Array(evaluations.length * groups);
      const means = sliceTargets.length > 0 ? await meanChanges(delta) : new Float64Array(0);
      const wantsSelf = evaluations.some((evaluation) => evaluation.quantity === 'selfLoss');
      const self = wantsSelf ? await selfChanges(delta, removed) : new Float64Array(0);
      let s = 0;
      evaluations.forEach(({ quantity, target }, e) => {
        const slice = quantity === 'meanTestLoss' ? s++ : 0;
        for (let g = 0; g < groups; g++) {
          const at = e * groups + g;
          if (quantity === 'selfLoss') out[at] = self[g];
          else if (quantity === 'meanTestLoss') out[at] = means[g * sliceTargets.length + slice];
          else out[at] = pointChange(pointOf(target), quantity, delta, g * q, p, logits);
        }
      });
      return out;
    },
  };
}

/** xᵀδ, δ being the parameters that begin at `offset`. */
function stepAlong(x: Float64Array, delta: Float64Array, offset: number): number {
  let sum = 0;
  for (let j = 0; j < x.length; j++) sum += x[j] * delta[offset + j];
  return sum;
}

function meanOver(values: Float64Array, rows: ArrayLike<number>): number {
  let sum = 0;
  for (let at = 0; at < rows.length; at++) sum += values[rows[at]];
  return sum / rows.length;
}

function momentsOf(X: Matrix, d: number, rows: Int32Array | undefined): SliceMoments {
  const mean = new Float64Array(d);
  let meanSquare = 0;
  if (rows === undefined) return { mean, meanSquare };
  const add = (j: number, value: number): void => {
    if (j >= d) return;
    mean[j] += value / rows.length;
    meanSquare += value ** 2 / rows.length;
  };
  for (const row of rows) {
    if (X.kind === 'dense') for (let j = 0; j < d; j++) add(j, X.data[row * X.columns + j]);
    else for (let e = X.indptr[row]; e < X.indptr[row + 1]; e++) add(X.indices[e], X.values[e]);
  }
  return { mean, meanSquare };
}

function pointChange(
  point: TestPoint,
  quantity: 'margin' | 'loss',
  delta: Float64Array,
  offset: number,
  p: number,
  logits: number,
): number {
  const steps = new Float64Array(logits);
  for (let k = 0; k < logits; k++) steps[k] = stepAlong(point.x, delta, offset + k * p);
  if (logits === 1) {
    const sign = point.y === 1 ? 1 : -1;
    return quantity === 'margin' ? sign * steps[0] : logisticLossChange(sign * point.z[0], sign * steps[0]);
  }
  const q = new Float64Array(logits);
  softmaxInto(point.z, logits, 0, 1, q);
  return softmaxChangeInto(q, point.z, 0, 1, steps, new Float64Array(logits)) - steps[point.y];
}

/** x̃ of one row, dense, with the trailing 1 when p = d + 1. */
export function rowWithIntercept(X: Matrix, row: number, p: number): Float64Array {
  const out = new Float64Array(p);
  if (p > X.columns) out[p - 1] = 1;
  if (X.kind === 'dense') out.set(X.data.subarray(row * X.columns, (row + 1) * X.columns));
  else for (let e = X.indptr[row]; e < X.indptr[row + 1]; e++) out[X.indices[e]] = X.values[e];
  return out;
}
