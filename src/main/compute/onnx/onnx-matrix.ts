/** X̃ in row blocks, and the batches of groups around it: see ../device.ts for what each product is. */
import type { Tensor } from 'onnxruntime-node';
import type { Matrix } from '../../../shared/matrix.ts';
import type { GroupBatch, Intercept, PlacedMatrix } from '../device.ts';
import { logisticLossChange, logSumExp, sigmoid, softmaxChangeInto, softmaxInto, softplus } from '../stable-change.ts';
import { denseWithIntercept } from '../dense-matrix.ts';
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
  quickLogisticGradientGraph,
  quickLogisticLossGraph,
  quickSoftmaxGradientGraph,
  softmaxLossGraph,
} from './graphs.ts';

/** Elements of one block's middle (vectors × rows): 2 MB in float64, about one core's cache. */
const BLOCK_ELEMENTS = 1 << 18;
const SMALLEST_BLOCK_ROWS = 256;

/** Below this denominator the quick logistic gradient would lose more than three digits. */
const LEAST_DENOMINATOR = 1e-3;
/** Below this 1 − |tanh(Δ/2)| (|Δ| above 16) a quick logistic loss would be off by more than 1e-9 of itself. */
const LEAST_DISTANCE_TO_SATURATION = 1e-7;
/** Beyond this centred step the quick softmax gradient would. */
const LARGEST_QUICK_STEP = 8;

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

  constructor(runtime: Runtime, X: Matrix, intercept: Intercept) {
    const dense = denseWithIntercept(X, intercept === true);
    this.runtime = runtime;
    this.rows = dense.rows;
    this.columns = dense.columns;
    this.intercept = intercept !== false;
    this.X = dense.data;
  }

  blocks(vectors: number): Block[] {
    const rows = Math.max(SMALLEST_BLOCK_ROWS, Math.floor(BLOCK_ELEMENTS / Math.max(1, vectors)));
    const blocks: Block[] = [];
    for (let start = 0; start < this.rows; start += rows)
      blocks.push({ start, rows: Math.min(rows, this.rows - start) });
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
    const everyGroup = Int32Array.from({ length: groups }, (_, g) => g);
    const blocks = this.blocks(groups * logits).map((block): BatchBlock => {
      const around = logits === 1 ? logisticBase(base, block) : softmaxBase(base, block, logits, this.rows);
      const keepHere = cutColumns(keep, block, this.rows);
      const held = heldAtBase(around, keepHere, block.rows, logits);
      return {
        ...block,
        base: around,
        keep: keepHere,
        keepOf: everyGroup,
        curvature: logits === 1 ? held : new Float64Array(0),
        held,
      };
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
    if (sharing === 'own') return this.ownLossChange(base, y, weights, delta, logits);
    const groups = delta.length / (logits * this.columns);
    const slices = weights.length / this.rows;
    const out = new Float64Array(groups * slices);
    for (const block of this.blocks(groups * logits)) {
      const cut = cutColumns(weights, block, this.rows);
      const part =
        logits === 1
          ? await this.logisticLossChange(base, y, cut, block, delta)
          : await this.softmaxLossChange(base, y, cut, block, delta, logits);
      addInto(out, part);
    }
    return out;
  }

  private async logisticLossChange(
    base: Float64Array,
    y: Int32Array,
    weights: Float64Array,
    block: Block,
    delta: Float64Array,
  ): Promise<Float64Array> {
    const { runtime } = this;
    const m = block.rows;
    const groups = delta.length / this.columns;
    const slices = weights.length / m;
    const common = {
      X: this.xTensor(block),
      P: runtime.tensor(delta, [groups, this.columns]),
      weights: runtime.tensor(weights, [slices, m]),
    };
    const q2 = logisticBase(base, block).q.map((value) => 2 * value);
    const half = runtime.tensor(
      delta.map((value) => value / 2),
      [groups, this.columns],
    );
    const quick = await runtime.run(quickLogisticLossGraph, {
      X: common.X,
      weights: common.weights,
      half,
      q2: runtime.tensor(q2, [1, m]),
    });
    const part = floats(quick.L);
    if (1 - floats(quick.largest)[0] > LEAST_DISTANCE_TO_SATURATION) {
      // The linear part of the loss, −Σ w [y = 1] Δ, is one small product for all groups.
      const positive = weights.map((weight, at) => (y[block.start + (at % m)] === 1 ? weight : 0));
      const { G } = await runtime.run(combineGraph, { X: common.X, R: runtime.tensor(positive, [slices, m]) });
      const { Z } = await runtime.run(marginsGraph, {
        X: runtime.tensor(floats(G), [slices, this.columns]),
        P: common.P,
      });
      const linear = floats(Z);
      for (let at = 0; at < part.length; at++) part[at] -= linear[at];
      return part;
    }
    const feeds: Record<string, Tensor> = { ...common };
    for (const [name, data] of Object.entries(logisticLossSides(base, y, block)))
      feeds[name] = runtime.tensor(data, [1, m]);
    return floats((await runtime.run(logisticLossGraph, feeds)).L);
  }

  private async softmaxLossChange(
    base: Float64Array,
    y: Int32Array,
    weights: Float64Array,
    block: Block,
    delta: Float64Array,
    logits: number,
  ): Promise<Float64Array> {
    const { runtime } = this;
    const m = block.rows;
    const vectors = delta.length / this.columns;
    const around = softmaxBase(base, block, logits, this.rows);
    const sides = softmaxLossSides(around.z, y, block, logits);
    const { L } = await runtime.run(softmaxLossGraph, {
      X: this.xTensor(block),
      P: runtime.tensor(delta, [vectors, this.columns]),
      weights: runtime.tensor(weights, [weights.length / m, m]),
      z: runtime.tensor(around.z, [1, logits, m]),
      q: runtime.tensor(around.q, [1, logits, m]),
      own: runtime.tensor(sides.own, [1, logits, m]),
      before: runtime.tensor(sides.before, [1, 1, m]),
      cube: runtime.shape(vectors / logits, logits, m),
      flat: runtime.shape(vectors / logits, m),
    });
    return floats(L);
  }

  /** Each group weighs its own few rows: only those are gone through, so that the cost follows the group's size. */
  private async ownLossChange(
    base: Float64Array,
    y: Int32Array,
    weights: Float64Array,
    delta: Float64Array,
    logits: number,
  ): Promise<Float64Array> {
    const { rows: n, columns: p } = this;
    const out = new Float64Array(delta.length / (logits * p));
    const q = new Float64Array(logits);
    const step = new Float64Array(logits);
    const change = new Float64Array(logits);
    for (let g = 0; g < out.length; g++) {
      const own = positions(weights.subarray(g * n, (g + 1) * n));
      const steps = await this.stepsOf(own, delta.subarray(g * logits * p, (g + 1) * logits * p), logits);
      for (let at = 0; at < own.length; at++) {
        const row = own[at];
        let lossChange: number;
        if (logits === 1) {
          const sign = y[row] === 1 ? 1 : -1;
          lossChange = logisticLossChange(sign * base[row], sign * steps[at]);
        } else {
          softmaxInto(base, logits, row, n, q);
          for (let k = 0; k < logits; k++) step[k] = steps[k * own.length + at];
          lossChange = softmaxChangeInto(q, base, row, n, step, change) - step[y[row]];
        }
        out[g] += weights[g * n + row] * lossChange;
      }
    }
    return out;
  }

  /** P·X̃ᵀ for some rows: L × their number. */
  private async stepsOf(rows: Int32Array, P: Float64Array, logits: number): Promise<Float64Array> {
    const { columns: p, runtime, X } = this;
    if (logits > 1 && rows.length > 0) {
      const gathered = new Float64Array(rows.length * p);
      rows.forEach((row, at) => gathered.set(X.subarray(row * p, (row + 1) * p), at * p));
      const feeds = { X: runtime.tensor(gathered, [rows.length, p]), P: runtime.tensor(P, [logits, p]) };
      return floats((await runtime.run(marginsGraph, feeds)).Z);
    }
    // One product of a vector: gathering the rows would cost more than it.
    const steps = new Float64Array(rows.length);
    for (let at = 0; at < rows.length; at++) {
      const start = rows[at] * p;
      let sum = 0;
      for (let j = 0; j < p; j++) sum += X[start + j] * P[j];
      steps[at] = sum;
    }
    return steps;
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
  /** Weights of the rows that stay, one row of m per group. With one logit rarely read: then the groups' rows are those at `keepOf`. */
  keep: Float64Array;
  keepOf: Int32Array;
  /** One logit: keep ∘ σ′ at θ̂, B×m. Empty for more. */
  curvature: Float64Array;
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
    const out = new Float64Array(delta.length);
    const half = this.logits === 1 ? delta.map((value) => value / 2) : delta;
    for (const block of this.blocks) {
      const r = block.base.r;
      addInto(
        out,
        r !== null ? await this.logisticGradient(block, delta, half, r) : await this.softmaxGradient(block, delta),
      );
    }
    return out;
  }

  /** Also moves the block's held point. */
  private async logisticGradient(
    block: BatchBlock,
    delta: Float64Array,
    half: Float64Array,
    r: Float64Array,
  ): Promise<Float64Array> {
    const { matrix, groups } = this;
    const { runtime } = matrix;
    const m = block.rows;
    const { z, q } = block.base;
    const X = matrix.xTensor(block);
    const u = q.map((value, i) => value - r[i]);
    const quick = await runtime.run(quickLogisticGradientGraph, {
      X,
      half: this.parameters(half),
      u: runtime.tensor(u, [1, m]),
      C: runtime.tensor(block.curvature, [groups, m]),
    });
    if (floats(quick.least)[0] > LEAST_DENOMINATOR) {
      block.held = floats(quick.H);
      const halved = floats(quick.G);
      for (let j = 0; j < halved.length; j++) halved[j] *= 2;
      return halved;
    }
    const { G, H } = await runtime.run(logisticGradientGraph, {
      X,
      P: this.parameters(delta),
      z: runtime.tensor(z, [1, m]),
      q: runtime.tensor(q, [1, m]),
      r: runtime.tensor(r, [1, m]),
      keep: runtime.tensor(selectRows(block.keep, m, block.keepOf), [groups, m]),
    });
    block.held = floats(H);
    return floats(G);
  }

  private async softmaxGradient(block: BatchBlock, delta: Float64Array): Promise<Float64Array> {
    const { matrix, groups, logits } = this;
    const { runtime } = matrix;
    const m = block.rows;
    const { z, q } = block.base;
    const feeds = {
      X: matrix.xTensor(block),
      P: this.parameters(delta),
      q: runtime.tensor(q, [1, logits, m]),
      keep: runtime.tensor(block.keep, [groups, 1, m]),
      cube: runtime.shape(groups, logits, m),
      flat: runtime.shape(groups * logits, m),
    };
    let result = await runtime.run(quickSoftmaxGradientGraph, feeds);
    if (!(floats(result.largest)[0] <= LARGEST_QUICK_STEP)) {
      result = await runtime.run(softmaxGradientGraph, { ...feeds, z: runtime.tensor(z, [1, logits, m]) });
    }
    block.held = floats(result.H);
    return floats(result.G);
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
    const { logits } = this;
    const blocks = this.blocks.map((block): BatchBlock => {
      const held = selectRows(block.held, logits * block.rows, indices);
      if (logits > 1) return { ...block, keep: selectRows(block.keep, block.rows, indices), held };
      // At θ̂ the held curvature is the curvature there: one copy serves both.
      const curvature = block.held === block.curvature ? held : selectRows(block.curvature, block.rows, indices);
      return { ...block, keepOf: indices.map((at) => block.keepOf[at]), curvature, held };
    });
    return new OnnxBatch(this.matrix, blocks, indices.length, logits);
  }
}

/** Where `weights` is not 0, ascending. */
function positions(weights: Float64Array): Int32Array {
  const out = new Int32Array(weights.length);
  let count = 0;
  for (let i = 0; i < weights.length; i++) if (weights[i] !== 0) out[count++] = i;
  return out.subarray(0, count);
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

function softmaxLossSides(
  z: Float64Array,
  y: Int32Array,
  block: Block,
  logits: number,
): { own: Float64Array; before: Float64Array } {
  const own = new Float64Array(logits * block.rows);
  const before = new Float64Array(block.rows);
  for (let i = 0; i < block.rows; i++) {
    own[y[block.start + i] * block.rows + i] = 1;
    before[i] = logSumExp(z, logits, i, block.rows);
  }
  return { own, before };
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
