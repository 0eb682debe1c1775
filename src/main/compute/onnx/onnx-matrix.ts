/** X̃ in row blocks on ONNX Runtime: see ../device.ts for what each product is. */
import { denseGramDiagonal } from '../gram-diagonal.ts';
import { denseWithIntercept } from '../dense-matrix.ts';
import type { GroupBatch, Intercept, PlaceableMatrix, PlacedMatrix } from '../device.ts';
import type { Resident } from './gpu-graph.ts';
import { combineGraph, gramGraph, marginsGraph } from './graphs.ts';
import { onnxLossChange } from './loss-change.ts';
import { onnxLossCurve } from './loss-curve.ts';
import { openOnnxBatch } from './onnx-batch.ts';
import { addInto, cutColumns, pasteColumns, type Block, type BlockedMatrix } from './row-blocks.ts';
import { combineMembers } from '../combine-members.ts';
import type { RowWeights } from '../row-weights.ts';
import { emptyFloats, floats, inPrecision, type Feeds, type Floats, type Runtime } from './runtime.ts';

/** Elements of one block's middle (vectors × rows): 1 MB in float64, so that a product's middle and its neighbours stay in a core's cache. */
const BLOCK_ELEMENTS = 1 << 17;
const SMALLEST_BLOCK_ROWS = 256;
/** A graphics processor's blocks are cut once for all: long enough that a launch is cheap, short enough that a middle of 1,280 vectors has 84 MB. */
const GPU_BLOCK_ROWS = 1 << 14;
/** A row added in JavaScript costs as much as this many in a product. */
const ROW_BY_ROW = 20;

export class OnnxMatrix implements PlacedMatrix, BlockedMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly entries: number;
  readonly intercept: boolean;
  readonly runtime: Runtime;
  readonly X: Floats;
  /** In double precision lossChange is as good. */
  readonly lossCurve?: PlacedMatrix['lossCurve'];
  /** On a graphics processor: its blocks by their first row. */
  private readonly residents = new Map<number, Resident>();

  constructor(runtime: Runtime, X: PlaceableMatrix, intercept: Intercept) {
    const dense = X.kind === 'single' ? X : denseWithIntercept(X, intercept === true);
    this.runtime = runtime;
    this.rows = dense.rows;
    this.columns = dense.columns;
    this.intercept = intercept !== false;
    this.entries = this.rows * this.columns;
    this.X = inPrecision(runtime.type, dense.data);
    if (runtime.type === 'float32' && !runtime.onGpu) {
      this.lossCurve = (base, weights, delta, logits) => onnxLossCurve(this, base, weights, delta, logits);
    }
  }

  blocks(vectors: number): Block[] {
    const rows = this.runtime.onGpu
      ? Math.ceil(this.rows / Math.ceil(this.rows / GPU_BLOCK_ROWS))
      : Math.max(SMALLEST_BLOCK_ROWS, Math.floor(BLOCK_ELEMENTS / Math.max(1, vectors)));
    const blocks: Block[] = [];
    for (let start = 0; start < this.rows; start += rows)
      blocks.push({ start, rows: Math.min(rows, this.rows - start) });
    return blocks;
  }

  xTensor({ start, rows }: Block): Feeds[string] {
    const p = this.columns;
    const data = this.X.subarray(start * p, (start + rows) * p);
    if (!this.runtime.onGpu || !(data instanceof Float32Array)) return this.runtime.tensor(data, [rows, p]);
    let resident = this.residents.get(start);
    if (resident === undefined) {
      resident = { kind: 'resident', rows, columns: p, data };
      this.residents.set(start, resident);
    }
    return resident;
  }

  async margins(P: Float64Array): Promise<Float64Array> {
    const vectors = P.length / this.columns;
    const out = new Float64Array(vectors * this.rows);
    const feedP = this.runtime.tensor(P, [vectors, this.columns]);
    for (const block of this.blocks(vectors)) {
      const { Z } = await this.runtime.run(marginsGraph, { X: this.xTensor(block), P: feedP });
      pasteColumns(floats(Z), block, out, this.rows);
    }
    return out;
  }

  async combine(R: Float64Array): Promise<Float64Array> {
    const vectors = R.length / this.rows;
    const out = new Float64Array(vectors * this.columns);
    for (const block of this.blocks(vectors)) {
      const feedR = this.runtime.tensor(cutColumns(R, block, this.rows), [vectors, block.rows]);
      const { G } = await this.runtime.run(combineGraph, { X: this.xTensor(block), R: feedR });
      addInto(out, floats(G));
    }
    return out;
  }

  async gram(v: Float64Array): Promise<Float64Array> {
    const p = this.columns;
    const out = new Float64Array(p * p);
    for (const block of this.blocks(p)) {
      const part = v.subarray(block.start, block.start + block.rows);
      if (part.every((weight) => weight === 0)) continue;
      const feedV = this.runtime.tensor(part, [block.rows, 1]);
      const { G } = await this.runtime.run(gramGraph, { X: this.xTensor(block), v: feedV });
      addInto(out, floats(G));
    }
    return out;
  }

  async gramDiagonal(v: Float64Array): Promise<Float64Array> {
    return denseGramDiagonal(this.X, this.columns, v);
  }

  /** Small groups row by row; where members are many, by a product over all rows. */
  async combineGroups(R: Float64Array, members: readonly Int32Array[]): Promise<Float64Array> {
    const { rows: n, columns: p, X } = this;
    const logits = R.length / n;
    const count = members.reduce((sum, group) => sum + group.length, 0);
    if (count * ROW_BY_ROW <= members.length * n) {
      return combineMembers(R, members, n, p, (row, scale, out, offset) => {
        const start = row * p;
        for (let j = 0; j < p; j++) out[offset + j] += scale * X[start + j];
      });
    }
    const out = new Float64Array(members.length * logits * p);
    for (const block of this.blocks(members.length * logits)) {
      const part = emptyFloats(this.runtime.type, members.length * logits * block.rows);
      members.forEach((group, g) => {
        for (let at = 0; at < group.length; at++) {
          const row = group[at] - block.start;
          if (row < 0 || row >= block.rows) continue;
          for (let k = 0; k < logits; k++) part[(g * logits + k) * block.rows + row] = R[k * n + group[at]];
        }
      });
      const feedR = this.runtime.tensor(part, [members.length * logits, block.rows]);
      const { G } = await this.runtime.run(combineGraph, { X: this.xTensor(block), R: feedR });
      addInto(out, floats(G));
    }
    return out;
  }

  openBatch(base: Float64Array, keep: RowWeights, logits: number): GroupBatch {
    return openOnnxBatch(this, base, keep, logits);
  }

  lossChange(
    base: Float64Array,
    y: Int32Array,
    weights: RowWeights,
    sharing: 'shared' | 'own',
    delta: Float64Array,
    logits: number,
  ): Promise<Float64Array> {
    return onnxLossChange(this, base, y, weights, sharing, delta, logits);
  }

  dispose(): void {
    for (const resident of this.residents.values()) this.runtime.release(resident);
    this.residents.clear();
  }
}
