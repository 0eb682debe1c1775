/** Batches of groups around a placed matrix: see ../device.ts for what each product is. */
import type { Tensor } from 'onnxruntime-node';
import type { GroupBatch } from '../device.ts';
import { selectRows } from '../select-rows.ts';
import {
  combineGraph,
  logisticCurvatureGraph,
  logisticGradientGraph,
  quickLogisticGradientGraph,
  quickSoftmaxGradientGraph,
  softmaxCurvatureGraph,
  softmaxGradientGraph,
} from './graphs.ts';
import {
  addInto,
  cutColumns,
  logisticBase,
  softmaxBase,
  type Base,
  type Block,
  type BlockedMatrix,
} from './row-blocks.ts';
import type { FloatType } from './graphs.ts';
import { emptyFloats, floats, inPrecision, type Feeds, type Floats } from './runtime.ts';

/** Below this denominator the quick logistic gradient would lose more than three digits (of float64; two of float32). */
const LEAST_DENOMINATOR: Record<FloatType, number> = { float64: 1e-3, float32: 1e-2 };
/** Beyond this centred step the quick softmax gradient would. */
const LARGEST_QUICK_STEP: Record<FloatType, number> = { float64: 8, float32: 2 };

interface BatchBlock extends Block {
  base: Base;
  /** Weights of the rows that stay, one row of m per group. With one logit rarely read: then the groups' rows are those at `keepOf`. */
  keep: Floats;
  keepOf: Int32Array;
  /** One logit: keep ∘ σ′ at θ̂, B×m. Empty for more. */
  curvature: Floats;
  /** One logit: keep ∘ σ′, B×m. More: probabilities at the held point, B·K×m. */
  held: Floats;
}
/** As PlacedMatrix.openBatch. */
export function openOnnxBatch(
  matrix: BlockedMatrix,
  base: Float64Array,
  keep: Float64Array,
  logits: number,
): GroupBatch {
  const groups = keep.length / matrix.rows;
  const everyGroup = Int32Array.from({ length: groups }, (_, g) => g);
  const blocks = matrix.blocks(groups * logits).map((block): BatchBlock => {
    const around = logits === 1 ? logisticBase(base, block) : softmaxBase(base, block, logits, matrix.rows);
    const { type } = matrix.runtime;
    const keepHere = inPrecision(type, cutColumns(keep, block, matrix.rows));
    const held = heldAtBase(type, around, keepHere, block.rows, logits);
    return {
      ...block,
      base: around,
      keep: keepHere,
      keepOf: everyGroup,
      curvature: logits === 1 ? held : emptyFloats(type, 0),
      held,
    };
  });
  return new OnnxBatch(matrix, blocks, groups, logits);
}
class OnnxBatch implements GroupBatch {
  readonly groups: number;
  private readonly matrix: BlockedMatrix;
  private readonly logits: number;
  private readonly blocks: BatchBlock[];

  constructor(matrix: BlockedMatrix, blocks: BatchBlock[], groups: number, logits: number) {
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
  ): Promise<Floats> {
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
    if (floats(quick.least)[0] > LEAST_DENOMINATOR[runtime.type]) {
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

  private async softmaxGradient(block: BatchBlock, delta: Float64Array): Promise<Floats> {
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
    if (!(floats(result.largest)[0] <= LARGEST_QUICK_STEP[runtime.type])) {
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
      const feeds: Feeds = { X: matrix.xTensor(block), P: feedP };
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

/** keep · min over classes of the held probabilities, B×m. */
function leastProbability(block: BatchBlock, groups: number, logits: number): Floats {
  const m = block.rows;
  const out = block.held instanceof Float64Array ? new Float64Array(groups * m) : new Float32Array(groups * m);
  for (let g = 0; g < groups; g++) {
    for (let i = 0; i < m; i++) {
      let least = 1;
      for (let k = 0; k < logits; k++) least = Math.min(least, block.held[(g * logits + k) * m + i]);
      out[g * m + i] = block.keep[g * m + i] * least;
    }
  }
  return out;
}

/** What curvatureProduct needs at δ = 0. */
function heldAtBase(type: FloatType, base: Base, keep: Floats, rows: number, logits: number): Floats {
  const groups = keep.length / rows;
  const held = emptyFloats(type, groups * logits * rows);
  for (let g = 0; g < groups; g++) {
    if (base.r === null) held.set(base.q, g * logits * rows);
    else for (let i = 0; i < rows; i++) held[g * rows + i] = keep[g * rows + i] * base.q[i] * base.r[i];
  }
  return held;
}
