/** X̃ in row blocks, and the batches of groups around it: see ../device.ts for what each product is. */
import type { Tensor } from 'onnxruntime-node';
import type { Matrix } from '../../../shared/matrix.ts';
import type { GroupBatch, PlacedMatrix } from '../device.ts';
import { logSumExp, sigmoid, softmaxInto, softplus } from '../stable-change.ts';
import { selectRows } from '../reference/reference-device.ts';
import { floats, type Runtime } from './onnx-device.ts';
import {
  combineGraph,
  gramGraph,
  logisticCurvatureGraph,
  logisticGradientGraph,
  logisticLossGraph,
  marginsGraph,
  softmaxCurvatureGraph,
  softmaxGradientGraph,
  softmaxLossGraph,
  type FloatType,
} from './graphs.ts';

/** Elements of one block's middle (vectors × rows): 2 MB in float64, about one core's cache. */
const BLOCK_ELEMENTS = 1 << 18;
const SMALLEST_BLOCK_ROWS = 256;

const sharedLogisticLoss = (type: FloatType) => logisticLossGraph(type, 'shared');
const ownLogisticLoss = (type: FloatType) => logisticLossGraph(type, 'own');
const sharedSoftmaxLoss = (type: FloatType) => softmaxLossGraph(type, 'shared');
const ownSoftmaxLoss = (type: FloatType) => softmaxLossGraph(type, 'own');

interface Block {
  start: number;
  rows: number;
}

export class OnnxMatrix implements PlacedMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly intercept: boolean;
  readonly runtime: Runtime;
  private readonly X: Float64Array;

  constructor(runtime: Runtime, X: Matrix, intercept: boolean) {
    this.runtime = runtime;
    this.rows = X.rows;
    this.columns = X.columns + (intercept ? 1 : 0);
    this.intercept = intercept;
    this.X = denseWithIntercept(X, intercept);
  }

  blocks(vectors: number): Block[] {
    const rows = Math.max(SMALLEST_BLOCK_ROWS, Math.floor(BLOCK_ELEMENTS / Math.max(1, vectors)));
    const blocks: Block[] = [];
    for (let start = 0; start < this.rows; start += rows) blocks.push({ start, rows: Math.min(rows, this.rows - start) });
    return blocks;
  }

  xTensor({ start, rows }: Block): Tensor {
    const p = this.columns;
    return this.runtime.tensor(this.X.subarray(start * p, (start + rows) * p), [rows, p]);
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
      const feedV = this.runtime.tensor(v.subarray(block.start, block.start + block.rows), [block.rows, 1]);
      const { G } = await this.runtime.run(gramGraph, { X: this.xTensor(block), v: feedV });
      addInto(out, floats(G));
    }
    return out;
  }

  openBatch(base: Float64Array, keep: Float64Array, logits: number): GroupBatch {
    const groups = keep.length / this.rows;
    const blocks = this.blocks(groups * logits).map((block): BatchBlock => {
      const around = logits === 1 ? logisticBase(base, block) : softmaxBase(base, block, logits, this.rows);
      const keepHere = cutColumns(keep, block, this.rows);
      return { ...block, base: around, keep: keepHere, held: heldAtBase(around, keepHere, block.rows, logits) };
    });
    return new OnnxBatch(this, blocks, groups, logits);
  }

  async lossChange(
    base: Float64Array,
    y: Int32Array,
    weights: Float64Array,
    sharing: 'shared' | 'own',
    delta: Float64Array,
    logits: number,
  ): Promise<Float64Array> {
    const { runtime } = this;
    const groups = delta.length / (logits * this.columns);
    const weightRows = weights.length / this.rows;
    const slices = sharing === 'shared' ? weightRows : 1;
    const out = new Float64Array(groups * slices);
    const P = runtime.tensor(delta, [groups * logits, this.columns]);
    for (const block of this.blocks(groups * logits)) {
      const m = block.rows;
      const feeds: Record<string, Tensor> = {
        X: this.xTensor(block),
        P,
        weights: runtime.tensor(cutColumns(weights, block, this.rows), [weightRows, m]),
      };
      if (logits === 1) {
        const sides = logisticLossSides(base, y, block);
        for (const [name, data] of Object.entries(sides)) feeds[name] = runtime.tensor(data, [1, m]);
        addInto(out, floats((await runtime.run(sharing === 'shared' ? sharedLogisticLoss : ownLogisticLoss, feeds)).L));
      } else {
        const around = softmaxBase(base, block, logits, this.rows);
        const sides = softmaxLossSides(around.z, y, block, logits);
        feeds.z = runtime.tensor(around.z, [1, logits, m]);
        feeds.q = runtime.tensor(around.q, [1, logits, m]);
        feeds.own = runtime.tensor(sides.own, [1, logits, m]);
        feeds.before = runtime.tensor(sides.before, [1, 1, m]);
        feeds.cube = runtime.shape(groups, logits, m);
        feeds.flat = runtime.shape(groups, m);
        addInto(out, floats((await runtime.run(sharing === 'shared' ? sharedSoftmaxLoss : ownSoftmaxLoss, feeds)).L));
      }
    }
    return out;
  }

  dispose(): void {}
}

/** Base logits and probabilities of a block; `r` = 1 − q to full precision (one logit only). */
interface Base {
  z: Float64Array;
  q: Float64Array;
  r: Float64Array | null;
}

interface BatchBlock extends Block {
  base: Base;
  /** B×m. */
  keep: Float64Array;
  /** One logit: keep ∘ σ′, B×m. More: probabilities at the held point, B·K×m. */
  held: Float64Array;
}

class OnnxBatch implements GroupBatch {
  readonly groups: number;
  private readonly matrix: OnnxMatrix;
  private readonly logits: number;
  private readonly blocks: BatchBlock[];

  constructor(matrix: OnnxMatrix, blocks: BatchBlock[], groups: number, logits: number) {
    this.matrix = matrix;
    this.blocks = blocks;
    this.groups = groups;
    this.logits = logits;
  }

  private parameters(P: Float64Array): Tensor {
    return this.matrix.runtime.tensor(P, [this.groups * this.logits, this.matrix.columns]);
  }

  async gradientChange(delta: Float64Array): Promise<Float64Array> {
    const { matrix, groups, logits } = this;
    const { runtime } = matrix;
    const out = new Float64Array(delta.length);
    const P = this.parameters(delta);
    for (const block of this.blocks) {
      const m = block.rows;
      const X = matrix.xTensor(block);
      const { z, q, r } = block.base;
      const feeds: Record<string, Tensor> =
        r !== null
          ? {
              X,
              P,
              z: runtime.tensor(z, [1, m]),
              q: runtime.tensor(q, [1, m]),
              r: runtime.tensor(r, [1, m]),
              keep: runtime.tensor(block.keep, [groups, m]),
            }
          : {
              X,
              P,
              z: runtime.tensor(z, [1, logits, m]),
              q: runtime.tensor(q, [1, logits, m]),
              keep: runtime.tensor(block.keep, [groups, 1, m]),
              cube: runtime.shape(groups, logits, m),
              flat: runtime.shape(groups * logits, m),
            };
      const { G, H } = await runtime.run(r !== null ? logisticGradientGraph : softmaxGradientGraph, feeds);
      addInto(out, floats(G));
      block.held = floats(H);
    }
    return out;
  }

  async curvatureProduct(P: Float64Array): Promise<Float64Array> {
    const { matrix, groups, logits } = this;
    const { runtime } = matrix;
    const out = new Float64Array(P.length);
    const feedP = this.parameters(P);
    for (const block of this.blocks) {
      const m = block.rows;
      const feeds: Record<string, Tensor> = { X: matrix.xTensor(block), P: feedP };
      if (logits === 1) {
        feeds.H = runtime.tensor(block.held, [groups, m]);
      } else {
        feeds.H = runtime.tensor(block.held, [groups, logits, m]);
        feeds.keep = runtime.tensor(block.keep, [groups, 1, m]);
        feeds.cube = runtime.shape(groups, logits, m);
        feeds.flat = runtime.shape(groups * logits, m);
      }
      const { G } = await runtime.run(logits === 1 ? logisticCurvatureGraph : softmaxCurvatureGraph, feeds);
      addInto(out, floats(G));
    }
    return out;
  }

  async curvatureMass(): Promise<Float64Array> {
    const { matrix, groups, logits } = this;
    const out = new Float64Array(groups * matrix.columns);
    for (const block of this.blocks) {
      const m = block.rows;
      const mass = logits === 1 ? block.held : leastProbability(block, groups, logits);
      const feeds = { X: matrix.xTensor(block), R: matrix.runtime.tensor(mass, [groups, m]) };
      addInto(out, floats((await matrix.runtime.run(combineGraph, feeds)).G));
    }
    return out;
  }

  select(indices: Int32Array): GroupBatch {
    const blocks = this.blocks.map((block) => ({
      ...block,
      keep: selectRows(block.keep, block.rows, indices),
      held: selectRows(block.held, this.logits * block.rows, indices),
    }));
    return new OnnxBatch(this.matrix, blocks, indices.length, this.logits);
  }
}

/** keep · min over classes of the held probabilities, B×m. */
function leastProbability(block: BatchBlock, groups: number, logits: number): Float64Array {
  const m = block.rows;
  const out = new Float64Array(groups * m);
  for (let g = 0; g < groups; g++) {
    for (let i = 0; i < m; i++) {
      let least = 1;
      for (let k = 0; k < logits; k++) least = Math.min(least, block.held[(g * logits + k) * m + i]);
      out[g * m + i] = block.keep[g * m + i] * least;
    }
  }
  return out;
}

function logisticBase(base: Float64Array, { start, rows }: Block): Base {
  const z = base.slice(start, start + rows);
  return { z, q: z.map((value) => sigmoid(value)), r: z.map((value) => sigmoid(-value)) };
}

function softmaxBase(base: Float64Array, block: Block, logits: number, n: number): Base {
  const z = cutColumns(base, block, n);
  const q = new Float64Array(z.length);
  const row = new Float64Array(logits);
  for (let i = 0; i < block.rows; i++) {
    softmaxInto(z, logits, i, block.rows, row);
    for (let k = 0; k < logits; k++) q[k * block.rows + i] = row[k];
  }
  return { z, q, r: null };
}

/** What curvatureProduct needs at δ = 0. */
function heldAtBase(base: Base, keep: Float64Array, rows: number, logits: number): Float64Array {
  const groups = keep.length / rows;
  const held = new Float64Array(groups * logits * rows);
  for (let g = 0; g < groups; g++) {
    if (base.r === null) held.set(base.q, g * logits * rows);
    else for (let i = 0; i < rows; i++) held[g * rows + i] = keep[g * rows + i] * base.q[i] * base.r[i];
  }
  return held;
}

function logisticLossSides(base: Float64Array, y: Int32Array, { start, rows }: Block): Record<string, Float64Array> {
  const sign = new Float64Array(rows);
  const margin = new Float64Array(rows);
  const wrong = new Float64Array(rows);
  const before = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    sign[i] = y[start + i] === 1 ? 1 : -1;
    margin[i] = sign[i] * base[start + i];
    wrong[i] = sigmoid(-margin[i]);
    before[i] = softplus(-margin[i]);
  }
  return { sign, margin, wrong, before };
}

function softmaxLossSides(z: Float64Array, y: Int32Array, block: Block, logits: number): { own: Float64Array; before: Float64Array } {
  const own = new Float64Array(logits * block.rows);
  const before = new Float64Array(block.rows);
  for (let i = 0; i < block.rows; i++) {
    own[y[block.start + i] * block.rows + i] = 1;
    before[i] = logSumExp(z, logits, i, block.rows);
  }
  return { own, before };
}

function denseWithIntercept(X: Matrix, intercept: boolean): Float64Array {
  if (X.kind === 'dense' && !intercept) return X.data;
  const d = X.columns;
  const p = d + (intercept ? 1 : 0);
  const out = new Float64Array(X.rows * p);
  for (let i = 0; i < X.rows; i++) {
    if (X.kind === 'dense') out.set(X.data.subarray(i * d, (i + 1) * d), i * p);
    else for (let e = X.indptr[i]; e < X.indptr[i + 1]; e++) out[i * p + X.indices[e]] = X.values[e];
    if (intercept) out[i * p + d] = 1;
  }
  return out;
}

/** Columns start…start+rows of a C×n matrix, as C×rows. The whole matrix is not copied. */
function cutColumns(data: Float64Array, { start, rows }: Block, n: number): Float64Array {
  if (rows === n) return data;
  const vectors = data.length / n;
  const out = new Float64Array(vectors * rows);
  for (let c = 0; c < vectors; c++) out.set(data.subarray(c * n + start, c * n + start + rows), c * rows);
  return out;
}

function pasteColumns(data: Float64Array, { start, rows }: Block, out: Float64Array, n: number): void {
  const vectors = data.length / rows;
  for (let c = 0; c < vectors; c++) out.set(data.subarray(c * rows, (c + 1) * rows), c * n + start);
}

function addInto(out: Float64Array, part: Float64Array): void {
  for (let i = 0; i < out.length; i++) out[i] += part[i];
}
