/**
 * X̃ = S + 1cᵀ in double precision on the CPU: the products run over the entries of S only, a panel of columns and a
 * block of rows at a time, so that what they read stays in cache. See ../device.ts for what each product is.
 */
import { combineMembers } from '../combine-members.ts';
import type { GroupBatch, PlacedMatrix } from '../device.ts';
import type { RowWeights } from '../row-weights.ts';
import { addShiftToGram, gramOfEntries, shiftedGramDiagonal, type ShiftedMatrix } from '../shifted-matrix.ts';
import { lossSides, type LogisticSides } from './logistic-sides.ts';
import { openSparseBatch } from './sparse-batch.ts';
import { sparseLossChange } from './sparse-loss.ts';
import { COLUMN_STEP, SparseRows, type Panel, type RowBlock } from './sparse-rows.ts';

/** Columns side by side at most, and where so many parameters of each would no longer fit a core's own cache. */
const PANEL_COLUMNS = 32;
const NARROW_PANEL_COLUMNS = 16;
const MANY_PARAMETERS = 1024;

/** Columns of a Gram matrix at a time. */
const GRAM_COLUMNS = 64;
/** A product of two entries in JavaScript costs as much as this many in the kernel. */
const ROW_BY_ROW = 12;

export class SparsePlaced implements PlacedMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly intercept: boolean;
  readonly entries: number;
  readonly sparse: SparseRows;
  /** Columns of a panel, or groups of one logit. */
  readonly panelColumns: number;
  readonly checkCancelled: () => void;
  private readonly X: ShiftedMatrix;
  /** Of the logits and labels asked for last: an evaluation asks for the same again and again. */
  private lastSides: { base: Float64Array; y: Int32Array; known: LogisticSides } | null = null;

  /** @param X with the intercept's column of ones when `intercept` */
  constructor(X: ShiftedMatrix, intercept: boolean, checkCancelled: () => void) {
    this.X = X;
    this.rows = X.rows;
    this.columns = X.columns;
    this.intercept = intercept;
    this.entries = X.indptr[X.rows] + X.rows;
    this.sparse = new SparseRows(X);
    this.panelColumns = X.columns > MANY_PARAMETERS ? NARROW_PANEL_COLUMNS : PANEL_COLUMNS;
    this.checkCancelled = checkCancelled;
  }

  /** As logistic-sides.ts. */
  lossSides(base: Float64Array, y: Int32Array): LogisticSides {
    if (this.lastSides?.base !== base || this.lastSides.y !== y) {
      this.lastSides = { base, y, known: lossSides(base, y) };
    }
    return this.lastSides.known;
  }

  /** Goes through C vectors in panels of their own columns. */
  eachPanel(vectors: number, each: (panel: Panel, vectorOf: Int32Array) => void): void {
    for (let first = 0; first < vectors; first += this.panelColumns) {
      this.checkCancelled();
      const count = Math.min(this.panelColumns, vectors - first);
      const vectorOf = columnsFor(count, (c) => first + c);
      each(this.sparse.use(vectorOf.length), vectorOf);
    }
  }

  /** `each` of the blocks finds the margins of the panel's vectors of P in `panel.steps`. */
  eachMargins(panel: Panel, P: Float64Array, vectorOf: Int32Array, each: (block: RowBlock) => void): void {
    this.putParameters(panel, P, vectorOf);
    this.sparse.beginMargins(panel);
    for (const block of this.sparse.blocks) {
      this.sparse.margins(panel, block, false);
      each(block);
    }
  }

  putParameters({ parameters, width }: Panel, P: Float64Array, vectorOf: Int32Array): void {
    const { columns: p } = this;
    vectorOf.forEach((vector, c) => {
      if (vector < 0) for (let j = 0; j < p; j++) parameters[j * width + c] = 0;
      else for (let j = 0, from = vector * p; j < p; j++) parameters[j * width + c] = P[from + j];
    });
  }

  takeGradient(panel: Panel, out: Float64Array, vectorOf: Int32Array): void {
    this.sparse.endCombine(panel);
    const { columns: p } = this;
    const { gradient, width } = panel;
    vectorOf.forEach((vector, c) => {
      if (vector >= 0) for (let j = 0, to = vector * p; j < p; j++) out[to + j] = gradient[j * width + c];
    });
  }

  async margins(P: Float64Array): Promise<Float64Array> {
    const { rows: n } = this;
    const vectors = P.length / this.columns;
    const out = new Float64Array(vectors * n);
    this.eachPanel(vectors, (panel, vectorOf) => {
      this.eachMargins(panel, P, vectorOf, (block) => takeRows(panel, block, out, n, vectorOf));
    });
    return out;
  }

  async combine(R: Float64Array): Promise<Float64Array> {
    const vectors = R.length / this.rows;
    const out = new Float64Array(vectors * this.columns);
    this.eachPanel(vectors, (panel, vectorOf) => this.combinePanel(panel, R, vectorOf, out));
    return out;
  }

  /** The panel's vectors of R·X̃ into `out`. */
  combinePanel(panel: Panel, R: Float64Array, vectorOf: Int32Array, out: Float64Array): void {
    this.sparse.beginCombine(panel);
    for (const block of this.sparse.blocks) {
      putRows(panel, block, R, this.rows, vectorOf);
      this.sparse.combine(panel, block);
    }
    this.takeGradient(panel, out, vectorOf);
  }

  async combineGroups(R: Float64Array, members: readonly Int32Array[]): Promise<Float64Array> {
    const { columns: p, rows: n } = this;
    const { indptr, indices, values, shift } = this.X;
    const logits = R.length / n;
    const out = combineMembers(R, members, n, p, (row, scale, sums, offset) => {
      for (let e = indptr[row]; e < indptr[row + 1]; e++) sums[offset + indices[e]] += scale * values[e];
    });
    members.forEach((group, g) => {
      for (let k = 0; k < logits; k++) {
        let total = 0;
        for (const row of group) total += R[k * n + row];
        const start = (g * logits + k) * p;
        for (let j = 0; j < p; j++) out[start + j] += total * shift[j];
      }
    });
    return out;
  }

  async gram(v: Float64Array): Promise<Float64Array> {
    const { X } = this;
    const p = this.columns;
    const perRow = X.indptr[X.rows] / Math.max(1, X.rows);
    const entries = perRow * ROW_BY_ROW > p ? this.gramOfEntries(v) : gramOfEntries(X, v, this.checkCancelled);
    addShiftToGram(X, v, entries);
    return entries;
  }

  /** SᵀVS, p×p, as products with a panel of S's columns at a time: the lower triangle, mirrored. */
  private gramOfEntries(v: Float64Array): Float64Array {
    const { sparse, columns: p } = this;
    const { indptr, indices, values } = this.X;
    const out = new Float64Array(p * p);
    for (let first = 0; first < p; first += GRAM_COLUMNS) {
      this.checkCancelled();
      const count = Math.min(GRAM_COLUMNS, p - first);
      const panel = sparse.use(Math.ceil(count / COLUMN_STEP) * COLUMN_STEP);
      const { steps, width, gradient } = panel;
      sparse.beginCombine(panel);
      for (const block of sparse.blocks) {
        steps.fill(0, 0, block.rows * width);
        let empty = true;
        for (let i = 0; i < block.rows; i++) {
          const row = block.start + i;
          if (v[row] === 0) continue;
          for (let e = indptr[row]; e < indptr[row + 1]; e++) {
            const column = indices[e] - first;
            if (column < 0 || column >= count) continue;
            steps[i * width + column] = v[row] * values[e];
            empty = false;
          }
        }
        if (!empty) sparse.combine(panel, block, first);
      }
      for (let j = first; j < p; j++) {
        for (let c = 0; c < count; c++) {
          out[j * p + first + c] = gradient[j * width + c];
          out[(first + c) * p + j] = gradient[j * width + c];
        }
      }
    }
    return out;
  }

  async gramDiagonal(v: Float64Array): Promise<Float64Array> {
    return shiftedGramDiagonal(this.X, v);
  }

  openBatch(base: Float64Array, keep: RowWeights, logits: number): GroupBatch {
    return openSparseBatch(this, base, keep, logits);
  }

  async lossChange(
    base: Float64Array,
    y: Int32Array,
    weights: RowWeights,
    sharing: 'shared' | 'own',
    delta: Float64Array,
    logits: number,
  ): Promise<Float64Array> {
    return sparseLossChange(this, { base, y, weights, sharing, delta, logits });
  }

  dispose(): void {}
}

/** Vector of each column, −1 for those that fill the panel up. */
export function columnsFor(count: number, vectorOf: (column: number) => number): Int32Array {
  const width = Math.ceil(count / COLUMN_STEP) * COLUMN_STEP;
  return Int32Array.from({ length: width }, (_, c) => (c < count ? vectorOf(c) : -1));
}

/** panel.steps of the block into the vectors of a C×n array. */
export function takeRows(
  { steps, width }: Panel,
  block: RowBlock,
  out: Float64Array,
  n: number,
  vectorOf: Int32Array,
): void {
  vectorOf.forEach((vector, c) => {
    if (vector < 0) return;
    for (let i = 0, to = vector * n + block.start; i < block.rows; i++) out[to + i] = steps[i * width + c];
  });
}

function putRows({ steps, width }: Panel, block: RowBlock, R: Float64Array, n: number, vectorOf: Int32Array): void {
  vectorOf.forEach((vector, c) => {
    const from = vector * n + block.start;
    for (let i = 0; i < block.rows; i++) steps[i * width + c] = vector < 0 ? 0 : R[from + i];
  });
}
