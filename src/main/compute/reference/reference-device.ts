/**
 * The reference device: plain TypeScript loops in float64, for tests and for
 * platforms without a native library. It is written to be read next to method.md,
 * not to be fast (about 1–2 GFLOP/s); sparse matrices are used as they are.
 */
import type { Matrix } from '../../../shared/matrix.ts';
import type { Device, DeviceInfo, GroupBatch, Intercept, PlaceableMatrix, PlacedMatrix } from '../device.ts';
import { combineMembers } from '../combine-members.ts';
import { weightedLossChange } from '../weighted-loss-change.ts';
import { denseRowWeights, type RowWeights } from '../row-weights.ts';
import { selectRows } from '../select-rows.ts';
import { sigmoid, sigmoidChange, softmaxChangeInto, softmaxInto } from '../stable-change.ts';

const INFO: DeviceInfo = {
  name: 'reference',
  title: 'Reference (TypeScript) · float64 · 1 thread',
  precision: 'float64',
  threads: 1,
};

export function createReferenceDevice(): Device {
  return {
    info: INFO,
    place: async (X, intercept) => new ReferenceMatrix(X, intercept),
    multiply: async (A, B, m, k, n, transposeB = false) => multiply(A, B, m, k, n, transposeB),
    dispose: async () => {},
  };
}

function multiply(
  A: Float64Array,
  B: Float64Array,
  m: number,
  k: number,
  n: number,
  transposeB: boolean,
): Float64Array {
  const out = new Float64Array(m * n);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let l = 0; l < k; l++) sum += A[i * k + l] * (transposeB ? B[j * k + l] : B[l * n + j]);
      out[i * n + j] = sum;
    }
  }
  return out;
}

class ReferenceMatrix implements PlacedMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly entries: number;
  readonly intercept: boolean;
  private readonly X: Matrix;
  /** The column of ones is not in X but implied. */
  private readonly implied: boolean;

  constructor(X: PlaceableMatrix, intercept: Intercept) {
    this.X = X.kind === 'single' ? { ...X, kind: 'dense', data: Float64Array.from(X.data) } : X;
    this.rows = X.rows;
    this.implied = intercept === true;
    this.columns = X.columns + (this.implied ? 1 : 0);
    this.intercept = intercept !== false;
    this.entries = this.rows * this.columns;
  }

  /** Σⱼ v[offset + j] x̃ᵢⱼ */
  private dot(row: number, v: Float64Array, offset: number): number {
    const { X } = this;
    let sum = this.implied ? v[offset + X.columns] : 0;
    if (X.kind === 'dense') {
      const start = row * X.columns;
      for (let j = 0; j < X.columns; j++) sum += X.data[start + j] * v[offset + j];
    } else {
      for (let e = X.indptr[row]; e < X.indptr[row + 1]; e++) sum += X.values[e] * v[offset + X.indices[e]];
    }
    return sum;
  }

  /** out[offset + j] += scale · x̃ᵢⱼ */
  private addRow(row: number, scale: number, out: Float64Array, offset: number): void {
    const { X } = this;
    if (scale === 0) return;
    if (X.kind === 'dense') {
      const start = row * X.columns;
      for (let j = 0; j < X.columns; j++) out[offset + j] += scale * X.data[start + j];
    } else {
      for (let e = X.indptr[row]; e < X.indptr[row + 1]; e++) out[offset + X.indices[e]] += scale * X.values[e];
    }
    if (this.implied) out[offset + X.columns] += scale;
  }

  marginsNow(P: Float64Array): Float64Array {
    const { rows, columns } = this;
    const vectors = P.length / columns;
    const out = new Float64Array(vectors * rows);
    for (let c = 0; c < vectors; c++) {
      for (let i = 0; i < rows; i++) out[c * rows + i] = this.dot(i, P, c * columns);
    }
    return out;
  }

  combineNow(R: Float64Array): Float64Array {
    const { rows, columns } = this;
    const vectors = R.length / rows;
    const out = new Float64Array(vectors * columns);
    for (let c = 0; c < vectors; c++) {
      for (let i = 0; i < rows; i++) this.addRow(i, R[c * rows + i], out, c * columns);
    }
    return out;
  }

  async margins(P: Float64Array): Promise<Float64Array> {
    return this.marginsNow(P);
  }

  async combine(R: Float64Array): Promise<Float64Array> {
    return this.combineNow(R);
  }

  async gram(v: Float64Array): Promise<Float64Array> {
    const p = this.columns;
    const out = new Float64Array(p * p);
    const row = new Float64Array(p);
    for (let i = 0; i < this.rows; i++) {
      row.fill(0);
      this.addRow(i, 1, row, 0);
      for (let a = 0; a < p; a++) {
        const scaled = v[i] * row[a];
        if (scaled !== 0) for (let b = 0; b < p; b++) out[a * p + b] += scaled * row[b];
      }
    }
    return out;
  }

  async gramDiagonal(v: Float64Array): Promise<Float64Array> {
    const out = new Float64Array(this.columns);
    const row = new Float64Array(this.columns);
    for (let i = 0; i < this.rows; i++) {
      row.fill(0);
      this.addRow(i, 1, row, 0);
      for (let j = 0; j < out.length; j++) out[j] += v[i] * row[j] * row[j];
    }
    return out;
  }

  async combineGroups(R: Float64Array, members: readonly Int32Array[]): Promise<Float64Array> {
    return combineMembers(R, members, this.rows, this.columns, (row, scale, out, offset) =>
      this.addRow(row, scale, out, offset),
    );
  }

  openBatch(base: Float64Array, rowWeights: RowWeights, logits: number): GroupBatch {
    const keep = denseRowWeights(rowWeights, this.rows);
    const groups = keep.length / this.rows;
    return new ReferenceBatch(this, base, keep, logits, new Float64Array(groups * logits * this.rows));
  }

  async lossChange(
    base: Float64Array,
    y: Int32Array,
    weights: RowWeights,
    sharing: 'shared' | 'own',
    delta: Float64Array,
    logits: number,
  ): Promise<Float64Array> {
    const steps = this.marginsNow(delta);
    return weightedLossChange(base, y, denseRowWeights(weights, this.rows), sharing, steps, logits);
  }

  dispose(): void {}
}

class ReferenceBatch implements GroupBatch {
  readonly groups: number;
  private readonly matrix: ReferenceMatrix;
  private readonly base: Float64Array;
  private readonly keep: Float64Array;
  private readonly logits: number;
  /** B·L×n: X̃δ at the held point. */
  private steps: Float64Array;

  constructor(matrix: ReferenceMatrix, base: Float64Array, keep: Float64Array, logits: number, steps: Float64Array) {
    this.matrix = matrix;
    this.base = base;
    this.keep = keep;
    this.logits = logits;
    this.steps = steps;
    this.groups = keep.length / matrix.rows;
  }

  async gradientChange(delta: Float64Array): Promise<Float64Array> {
    this.steps = this.matrix.marginsNow(delta);
    return this.gradientAfter(this.steps);
  }

  async gradientAt(delta: Float64Array): Promise<Float64Array> {
    return this.gradientAfter(this.matrix.marginsNow(delta));
  }

  private gradientAfter(steps: Float64Array): Float64Array {
    const { rows } = this.matrix;
    const { logits, keep, base } = this;
    const residual = new Float64Array(steps.length);
    const q = new Float64Array(logits);
    const step = new Float64Array(logits);
    const change = new Float64Array(logits);
    for (let g = 0; g < this.groups; g++) {
      for (let i = 0; i < rows; i++) {
        const weight = keep[g * rows + i];
        if (weight === 0) continue;
        if (logits === 1) {
          residual[g * rows + i] = weight * sigmoidChange(base[i], steps[g * rows + i]);
          continue;
        }
        softmaxInto(base, logits, i, rows, q);
        for (let k = 0; k < logits; k++) step[k] = steps[(g * logits + k) * rows + i];
        softmaxChangeInto(q, base, i, rows, step, change);
        for (let k = 0; k < logits; k++) residual[(g * logits + k) * rows + i] = weight * change[k];
      }
    }
    return this.matrix.combineNow(residual);
  }

  /** Probabilities at the held point of group g, row i, into `out`. */
  private heldInto(g: number, i: number, out: Float64Array): void {
    const { rows } = this.matrix;
    const { logits } = this;
    if (logits === 1) {
      out[0] = sigmoid(this.base[i] + this.steps[g * rows + i]);
      return;
    }
    const z = new Float64Array(logits);
    for (let k = 0; k < logits; k++) z[k] = this.base[k * rows + i] + this.steps[(g * logits + k) * rows + i];
    softmaxInto(z, logits, 0, 1, out);
  }

  async curvatureProduct(P: Float64Array): Promise<Float64Array> {
    const { rows } = this.matrix;
    const { logits, keep } = this;
    const moved = this.matrix.marginsNow(P);
    const held = new Float64Array(logits);
    for (let g = 0; g < this.groups; g++) {
      for (let i = 0; i < rows; i++) {
        const weight = keep[g * rows + i];
        this.heldInto(g, i, held);
        if (logits === 1) {
          moved[g * rows + i] *= weight * held[0] * (1 - held[0]);
          continue;
        }
        // V u = p ∘ (u − Σ p u)
        let mean = 0;
        for (let k = 0; k < logits; k++) mean += held[k] * moved[(g * logits + k) * rows + i];
        for (let k = 0; k < logits; k++) {
          const at = (g * logits + k) * rows + i;
          moved[at] = weight * held[k] * (moved[at] - mean);
        }
      }
    }
    return this.matrix.combineNow(moved);
  }

  async curvatureMass(): Promise<Float64Array> {
    const { rows } = this.matrix;
    const mass = new Float64Array(this.groups * rows);
    const held = new Float64Array(this.logits);
    for (let g = 0; g < this.groups; g++) {
      for (let i = 0; i < rows; i++) {
        this.heldInto(g, i, held);
        const least = this.logits === 1 ? held[0] * (1 - held[0]) : held.reduce((a, b) => Math.min(a, b));
        mass[g * rows + i] = this.keep[g * rows + i] * least;
      }
    }
    return this.matrix.combineNow(mass);
  }

  select(indices: Int32Array): GroupBatch {
    const { rows } = this.matrix;
    return new ReferenceBatch(
      this.matrix,
      this.base,
      selectRows(this.keep, rows, indices),
      this.logits,
      selectRows(this.steps, this.logits * rows, indices),
    );
  }
}
