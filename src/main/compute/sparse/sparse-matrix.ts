/**
 * Sparse X̃ in double precision on the CPU: the products run over the non-zeros only, eight columns at a time, so
 * that what they read stays in cache. See ../device.ts for what each product is.
 */
import type { SparseMatrix } from '../../../shared/matrix.ts';
import { combineMembers } from '../combine-members.ts';
import type { GroupBatch, PlacedMatrix } from '../device.ts';
import { weightedLossChange } from '../weighted-loss-change.ts';
import { denseRowWeights, type RowWeights } from '../row-weights.ts';
import { SparseBatch } from './sparse-batch.ts';
import { PANEL, SparseRows } from './sparse-rows.ts';

export class SparsePlaced implements PlacedMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly intercept: boolean;
  readonly entries: number;
  readonly sparse: SparseRows;
  private readonly X: SparseMatrix;
  readonly checkCancelled: () => void;

  /** @param X with the intercept's column of ones when `intercept` */
  constructor(X: SparseMatrix, intercept: boolean, checkCancelled: () => void) {
    this.X = X;
    this.rows = X.rows;
    this.columns = X.columns;
    this.intercept = intercept;
    this.entries = X.indptr[X.rows];
    this.sparse = new SparseRows(X);
    this.checkCancelled = checkCancelled;
  }

  /**
   * Goes through C vectors in panels of eight: `each` finds the margins of vectors first … first + count − 1 side by
   * side in `sparse.over` (row i of them at 8i).
   */
  eachPanel(P: Float64Array, each: (first: number, count: number) => void): void {
    const vectors = P.length / this.columns;
    for (let first = 0; first < vectors; first += PANEL) {
      this.checkCancelled();
      const count = Math.min(PANEL, vectors - first);
      this.putParameters(P, first, count);
      this.sparse.margins(false);
      each(first, count);
    }
  }

  putParameters(P: Float64Array, first: number, count: number): void {
    const { columns: p } = this;
    const { parameters } = this.sparse;
    if (count < PANEL) parameters.fill(0);
    for (let c = 0; c < count; c++) {
      const start = (first + c) * p;
      for (let j = 0; j < p; j++) parameters[j * PANEL + c] = P[start + j];
    }
  }

  takeParameters(out: Float64Array, first: number, count: number): void {
    const { columns: p } = this;
    const { parameters } = this.sparse;
    for (let c = 0; c < count; c++) {
      const start = (first + c) * p;
      for (let j = 0; j < p; j++) out[start + j] = parameters[j * PANEL + c];
    }
  }

  async margins(P: Float64Array): Promise<Float64Array> {
    const { rows: n } = this;
    const { over } = this.sparse;
    const out = new Float64Array((P.length / this.columns) * n);
    this.eachPanel(P, (first, count) => {
      for (let c = 0; c < count; c++) for (let i = 0; i < n; i++) out[(first + c) * n + i] = over[i * PANEL + c];
    });
    return out;
  }

  async combine(R: Float64Array): Promise<Float64Array> {
    const { rows: n } = this;
    const { over } = this.sparse;
    const vectors = R.length / n;
    const out = new Float64Array(vectors * this.columns);
    for (let first = 0; first < vectors; first += PANEL) {
      this.checkCancelled();
      const count = Math.min(PANEL, vectors - first);
      if (count < PANEL) over.fill(0);
      for (let c = 0; c < count; c++) for (let i = 0; i < n; i++) over[i * PANEL + c] = R[(first + c) * n + i];
      this.sparse.combine();
      this.takeParameters(out, first, count);
    }
    return out;
  }

  async combineGroups(R: Float64Array, members: readonly Int32Array[]): Promise<Float64Array> {
    return combineMembers(R, members, this.rows, this.columns, (row, scale, out, offset) => {
      const { indptr, indices, values } = this.X;
      for (let e = indptr[row]; e < indptr[row + 1]; e++) out[offset + indices[e]] += scale * values[e];
    });
  }

  async gram(v: Float64Array): Promise<Float64Array> {
    const { columns: p } = this;
    const { indptr, indices, values } = this.X;
    const out = new Float64Array(p * p);
    for (let i = 0; i < this.rows; i++) {
      if ((i & 1023) === 0) this.checkCancelled();
      for (let a = indptr[i]; a < indptr[i + 1]; a++) {
        const scaled = v[i] * values[a];
        if (scaled === 0) continue;
        const line = indices[a] * p;
        for (let b = indptr[i]; b < indptr[i + 1]; b++) out[line + indices[b]] += scaled * values[b];
      }
    }
    return out;
  }

  async gramDiagonal(v: Float64Array): Promise<Float64Array> {
    const { indptr, indices, values } = this.X;
    const out = new Float64Array(this.columns);
    for (let i = 0; i < this.rows; i++) {
      for (let e = indptr[i]; e < indptr[i + 1]; e++) out[indices[e]] += v[i] * values[e] * values[e];
    }
    return out;
  }

  openBatch(base: Float64Array, keep: RowWeights, logits: number): GroupBatch {
    return SparseBatch.open(this, base, keep, logits);
  }

  async lossChange(
    base: Float64Array,
    y: Int32Array,
    weights: RowWeights,
    sharing: 'shared' | 'own',
    delta: Float64Array,
    logits: number,
  ): Promise<Float64Array> {
    const steps = await this.margins(delta);
    return weightedLossChange(base, y, denseRowWeights(weights, this.rows), sharing, steps, logits);
  }

  dispose(): void {}
}
