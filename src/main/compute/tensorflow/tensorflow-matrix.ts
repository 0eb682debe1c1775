/** X̃ in slabs on TensorFlow.js: see ../device.ts for what each product is. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { LeverageError } from '../../../shared/errors.ts';
import { combineMembers } from '../combine-members.ts';
import { denseWithIntercept } from '../dense-matrix.ts';
import { denseGramDiagonal } from '../gram-diagonal.ts';
import type { GroupBatch, Intercept, PlaceableMatrix, PlacedMatrix } from '../device.ts';
import { denseRowWeights, type RowWeights } from '../row-weights.ts';
import { ownLossChange, sharedLossChange } from './loss-change.ts';
import { floats, type Runtime } from './runtime.ts';
import { addAt, cut, eachCell, partsOf, type Guest, type Slab, type SlabMatrix } from './slabs.ts';
import { openTensorflowBatch } from './tensorflow-batch.ts';

/** X and Xᵀ, and a copy of each that XNNPACK packs for its products. */
const COPIES = 4;

export class TensorflowMatrix implements PlacedMatrix, SlabMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly entries: number;
  readonly intercept: boolean;
  readonly runtime: Runtime;
  readonly data: Float64Array | Float32Array;
  readonly slabs: Slab[] = [];
  private readonly onDispose: () => void;
  private guest: Guest | null = null;
  private disposed = false;

  constructor(runtime: Runtime, X: PlaceableMatrix, intercept: Intercept, onDispose: () => void) {
    const dense = X.kind === 'single' ? X : denseWithIntercept(X, intercept === true);
    this.runtime = runtime;
    this.rows = dense.rows;
    this.columns = dense.columns;
    this.intercept = intercept !== false;
    this.entries = this.rows * this.columns;
    this.data = dense.data;
    this.onDispose = onDispose;
    runtime.reserve(COPIES * this.rows * this.columns);
    try {
      for (let start = 0; start < this.rows; start += runtime.slabRows) this.slabs.push(this.placeSlab(start));
    } catch (cause) {
      this.dispose();
      const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
      throw new LeverageError(
        'unavailable',
        `A matrix of ${this.rows} × ${this.columns} could not be placed on the device "${runtime.title}": ${reason}`,
        'Choose the device "onnx-cpu".',
        { cause },
      );
    }
  }

  private placeSlab(start: number): Slab {
    const { runtime, columns: p } = this;
    const { tf } = runtime;
    const rows = Math.min(runtime.slabRows, this.rows - start);
    const slice = this.data.subarray(start * p, (start + rows) * p);
    return runtime.run(() => {
      const X = runtime.upload(slice, [rows, p]) as Tensor2D;
      return { start, rows, X, XT: tf.transpose(X) };
    });
  }

  admit(guest: Guest): void {
    if (this.guest !== null && this.guest !== guest) this.guest.leave();
    this.guest = guest;
  }

  async gramDiagonal(v: Float64Array): Promise<Float64Array> {
    return denseGramDiagonal(this.data, this.columns, v);
  }

  async margins(P: Float64Array): Promise<Float64Array> {
    await nextTurn();
    const { rows, runtime } = this;
    const vectors = P.length / this.columns;
    const out = new Float64Array(vectors * rows);
    eachCell(this, partsOf(vectors, 1, runtime), P, 1, (parameters, part, slab) => {
      const Z = floats(runtime.tf.matMul(parameters, slab.XT));
      for (let c = 0; c < part.groups; c++) {
        out.set(Z.subarray(c * slab.rows, (c + 1) * slab.rows), (part.from + c) * rows + slab.start);
      }
    });
    return out;
  }

  async combine(R: Float64Array): Promise<Float64Array> {
    await nextTurn();
    const { rows, columns: p, runtime } = this;
    const vectors = R.length / rows;
    const out = new Float64Array(vectors * p);
    for (const part of partsOf(vectors, 1, runtime)) {
      for (const slab of this.slabs) {
        const weights = cut(R, rows, part, slab);
        const product = runtime.read(() =>
          runtime.tf.matMul(runtime.upload(weights, [part.groups, slab.rows]), slab.X),
        );
        addAt(out, part.from * p, product);
      }
    }
    return out;
  }

  async gram(v: Float64Array): Promise<Float64Array> {
    await nextTurn();
    const { columns: p, runtime } = this;
    const { tf } = runtime;
    const out = new Float64Array(p * p);
    for (const { start, rows, X, XT } of this.slabs) {
      const weights = v.subarray(start, start + rows);
      const product = runtime.read(() => tf.matMul(XT, tf.mul(X, runtime.upload(weights, [rows, 1]))));
      addAt(out, 0, product);
    }
    // The two products of a pair of columns were rounded differently.
    for (let a = 0; a < p; a++) {
      for (let b = 0; b < a; b++) out[a * p + b] = out[b * p + a] = (out[a * p + b] + out[b * p + a]) / 2;
    }
    return out;
  }

  /** Row by row: the groups' own rows are few, and their sums are float64 so. */
  async combineGroups(R: Float64Array, members: readonly Int32Array[]): Promise<Float64Array> {
    await nextTurn();
    const { rows, columns: p, data } = this;
    return combineMembers(R, members, rows, p, (row, scale, out, offset) => {
      for (let j = 0; j < p; j++) out[offset + j] += scale * data[row * p + j];
    });
  }

  openBatch(base: Float64Array, keep: RowWeights, logits: number): GroupBatch {
    return openTensorflowBatch(this, base, denseRowWeights(keep, this.rows), logits);
  }

  async lossChange(
    base: Float64Array,
    y: Int32Array,
    rowWeights: RowWeights,
    sharing: 'shared' | 'own',
    delta: Float64Array,
    logits: number,
  ): Promise<Float64Array> {
    await nextTurn();
    const weights = denseRowWeights(rowWeights, this.rows);
    if (sharing === 'own') return ownLossChange(this, base, y, weights, delta, logits);
    return sharedLossChange(this, base, y, weights, delta, logits);
  }

  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    this.guest?.leave();
    this.guest = null;
    for (const { X, XT } of this.slabs) this.runtime.tf.dispose([X, XT]);
    this.slabs.length = 0;
    this.runtime.release(COPIES * this.rows * this.columns);
    this.onDispose();
  }
}
