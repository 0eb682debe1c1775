/** Batches of groups around a placed matrix: see ../device.ts for what each product is. */
import type { Tensor } from 'onnxruntime-node';
import type { GroupBatch } from '../device.ts';
import { denseRowWeights, fillBlock, groupCount, selectRowWeights, type RowWeights } from '../row-weights.ts';
import { selectRows } from '../select-rows.ts';
import {
  combineGraph,
  logisticCurvatureGraph,
  logisticGradientGraph,
  quickLogisticGradientGraph,
  quickSoftmaxGradientGraph,
  softmaxCurvatureGraph,
  softmaxGradientGraph,
  type FloatType,
} from './graphs.ts';
import type { Graph } from './model.ts';
import {
  addInto,
  cutColumns,
  logisticBase,
  softmaxBase,
  type Base,
  type Block,
  type BlockedMatrix,
} from './row-blocks.ts';
import { emptyFloats, floats, inPrecision, type Feeds, type Floats } from './runtime.ts';

/** Below this denominator the quick logistic gradient would lose more than three digits (of float64; two of float32). */
const LEAST_DENOMINATOR: Record<FloatType, number> = { float64: 1e-3, float32: 1e-2 };
/** Beyond this centred step the quick softmax gradient would. */
const LARGEST_QUICK_STEP: Record<FloatType, number> = { float64: 8, float32: 2 };

interface BatchBlock extends Block {
  base: Base;
  /** More than one logit: weights of the rows that stay, B×m. With one logit rarely read, and made when it is. */
  keep: Floats | null;
  /** One logit: keep ∘ σ′ at θ̂, B×m. Empty for more. */
  curvature: Floats;
  /** One logit: keep ∘ σ′, B×m. More: probabilities at the held point, B·K×m. */
  held: Floats;
}

/** As PlacedMatrix.openBatch. */
export function openOnnxBatch(
  matrix: BlockedMatrix,
  base: Float64Array,
  rowWeights: RowWeights,
  logits: number,
): GroupBatch {
  const { type } = matrix.runtime;
  const groups = groupCount(rowWeights, matrix.rows);
  const blocks = matrix.blocks(groups * logits).map((block): BatchBlock => {
    if (logits === 1) {
      const around = logisticBase(base, block);
      const curvature = curvatureAtBase(type, around, rowWeights, block, matrix.rows);
      return { ...block, base: around, keep: null, curvature, held: curvature };
    }
    const around = softmaxBase(base, block, logits, matrix.rows);
    const held = emptyFloats(type, groups * logits * block.rows);
    for (let g = 0; g < groups; g++) held.set(around.q, g * logits * block.rows);
    const keep = blockWeights(type, rowWeights, block, matrix.rows);
    return { ...block, base: around, keep, curvature: emptyFloats(type, 0), held };
  });
  return new OnnxBatch(matrix, blocks, rowWeights, groups, logits);
}

class OnnxBatch implements GroupBatch {
  readonly groups: number;
  private readonly matrix: BlockedMatrix;
  private readonly logits: number;
  private readonly blocks: BatchBlock[];
  private readonly rowWeights: RowWeights;

  constructor(matrix: BlockedMatrix, blocks: BatchBlock[], rowWeights: RowWeights, groups: number, logits: number) {
    this.matrix = matrix;
    this.blocks = blocks;
    this.rowWeights = rowWeights;
    this.groups = groups;
    this.logits = logits;
  }

  private parameters(P: Float64Array): Tensor {
    return this.matrix.runtime.tensor(P, [this.groups * this.logits, this.matrix.columns]);
  }

  gradientChange(delta: Float64Array): Promise<Float64Array> {
    return this.gradient(delta, true);
  }

  gradientAt(delta: Float64Array): Promise<Float64Array> {
    return this.gradient(delta, false);
  }

  private async gradient(delta: Float64Array, hold: boolean): Promise<Float64Array> {
    const out = new Float64Array(delta.length);
    const whole = this.parameters(delta);
    const half = this.logits === 1 ? this.parameters(delta.map((value) => value / 2)) : whole;
    for (const block of this.blocks) {
      const { r } = block.base;
      if (r !== null) await this.addLogisticGradient(block, whole, half, r, hold, out);
      else addInto(out, await this.softmaxGradient(block, whole, hold));
    }
    return out;
  }

  /** Where curvature at a new held point goes: over the old one's, unless that is also the curvature at θ̂. */
  private holdInto(block: BatchBlock, shape: number[]): Tensor {
    if (block.held === block.curvature) block.held = emptyFloats(this.matrix.runtime.type, block.held.length);
    return this.matrix.runtime.tensor(block.held, shape);
  }

  private async addLogisticGradient(
    block: BatchBlock,
    whole: Tensor,
    half: Tensor,
    r: Float64Array,
    hold: boolean,
    out: Float64Array,
  ): Promise<void> {
    const { matrix, groups } = this;
    const { runtime } = matrix;
    const m = block.rows;
    const { z, q } = block.base;
    const X = matrix.xTensor(block);
    const u = q.map((value, i) => value - r[i]);
    const into = hold ? { H: this.holdInto(block, [groups, m]) } : undefined;
    const quick = await runtime.run(
      hold ? quickLogisticHolding : quickLogistic,
      { X, half, u: runtime.tensor(u, [1, m]), C: runtime.tensor(block.curvature, [groups, m]) },
      into,
    );
    if (floats(quick.least)[0] > LEAST_DENOMINATOR[runtime.type]) {
      const halved = floats(quick.G);
      for (let j = 0; j < out.length; j++) out[j] += 2 * halved[j];
      return;
    }
    const { G } = await runtime.run(
      hold ? logisticHolding : logistic,
      {
        X,
        P: whole,
        z: runtime.tensor(z, [1, m]),
        q: runtime.tensor(q, [1, m]),
        r: runtime.tensor(r, [1, m]),
        keep: runtime.tensor(blockWeights(runtime.type, this.rowWeights, block, matrix.rows), [groups, m]),
      },
      into,
    );
    addInto(out, floats(G));
  }

  private async softmaxGradient(block: BatchBlock, whole: Tensor, hold: boolean): Promise<Floats> {
    const { matrix, groups, logits } = this;
    const { runtime } = matrix;
    const m = block.rows;
    const { z, q } = block.base;
    const into = hold ? { H: this.holdInto(block, [groups, logits, m]) } : undefined;
    const feeds = {
      X: matrix.xTensor(block),
      P: whole,
      q: runtime.tensor(q, [1, logits, m]),
      keep: runtime.tensor(keepOf(block), [groups, 1, m]),
      cube: runtime.shape(groups, logits, m),
      flat: runtime.shape(groups * logits, m),
    };
    const quick = await runtime.run(hold ? quickSoftmaxHolding : quickSoftmax, feeds, into);
    if (floats(quick.largest)[0] <= LARGEST_QUICK_STEP[runtime.type]) return floats(quick.G);
    const exact = { ...feeds, z: runtime.tensor(z, [1, logits, m]) };
    return floats((await runtime.run(hold ? softmaxHolding : softmax, exact, into)).G);
  }

  async curvatureProduct(P: Float64Array, into?: Float64Array): Promise<Float64Array> {
    const { matrix, groups, logits } = this;
    const { runtime } = matrix;
    const out = into?.fill(0) ?? new Float64Array(P.length);
    const feedP = this.parameters(P);
    for (const block of this.blocks) {
      const m = block.rows;
      const feeds: Feeds = { X: matrix.xTensor(block), P: feedP };
      if (logits === 1) {
        feeds.H = runtime.tensor(block.held, [groups, m]);
      } else {
        feeds.H = runtime.tensor(block.held, [groups, logits, m]);
        feeds.keep = runtime.tensor(keepOf(block), [groups, 1, m]);
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
      if (block.keep !== null) return { ...block, keep: selectRows(block.keep, block.rows, indices), held };
      // At θ̂ the held curvature is the curvature there: one copy serves both.
      const curvature = block.held === block.curvature ? held : selectRows(block.curvature, block.rows, indices);
      return { ...block, curvature, held };
    });
    const rowWeights = selectRowWeights(this.rowWeights, this.matrix.rows, indices);
    return new OnnxBatch(this.matrix, blocks, rowWeights, indices.length, logits);
  }
}

const quickLogistic = (type: FloatType): Graph => quickLogisticGradientGraph(type, false);
const quickLogisticHolding = (type: FloatType): Graph => quickLogisticGradientGraph(type, true);
const logistic = (type: FloatType): Graph => logisticGradientGraph(type, false);
const logisticHolding = (type: FloatType): Graph => logisticGradientGraph(type, true);
const quickSoftmax = (type: FloatType): Graph => quickSoftmaxGradientGraph(type, false);
const quickSoftmaxHolding = (type: FloatType): Graph => quickSoftmaxGradientGraph(type, true);
const softmax = (type: FloatType): Graph => softmaxGradientGraph(type, false);
const softmaxHolding = (type: FloatType): Graph => softmaxGradientGraph(type, true);

function keepOf(block: BatchBlock): Floats {
  if (block.keep === null) throw new RangeError('the weights of a block of several logits are always there');
  return block.keep;
}

/** B×m: the block's columns of the row weights. */
export function blockWeights(type: FloatType, rowWeights: RowWeights, block: Block, n: number): Floats {
  if (rowWeights instanceof Float64Array) {
    return inPrecision(type, cutColumns(denseRowWeights(rowWeights, n), block, n));
  }
  const out = emptyFloats(type, rowWeights.members.length * block.rows);
  return fillBlock(rowWeights, block.start, rowWeights.weights.subarray(block.start, block.start + block.rows), out);
}

/** B×m: keep ∘ σ′ at θ̂, what curvatureProduct needs at δ = 0 with one logit. */
function curvatureAtBase(type: FloatType, { q, r }: Base, rowWeights: RowWeights, block: Block, n: number): Floats {
  if (rowWeights instanceof Float64Array) {
    const out = blockWeights(type, rowWeights, block, n).slice();
    for (let at = 0; at < out.length; at++) {
      const i = at % block.rows;
      out[at] *= q[i] * (r === null ? 0 : r[i]);
    }
    return out;
  }
  const out = emptyFloats(type, rowWeights.members.length * block.rows);
  const slope = q.map((value, i) => rowWeights.weights[block.start + i] * value * (r === null ? 0 : r[i]));
  return fillBlock(rowWeights, block.start, slope, out);
}

/** keep · min over classes of the held probabilities, B×m. */
function leastProbability(block: BatchBlock, groups: number, logits: number): Floats {
  const m = block.rows;
  const keep = keepOf(block);
  const out = block.held instanceof Float64Array ? new Float64Array(groups * m) : new Float32Array(groups * m);
  for (let g = 0; g < groups; g++) {
    for (let i = 0; i < m; i++) {
      let least = 1;
      for (let k = 0; k < logits; k++) least = Math.min(least, block.held[(g * logits + k) * m + i]);
      out[g * m + i] = keep[g * m + i] * least;
    }
  }
  return out;
}
