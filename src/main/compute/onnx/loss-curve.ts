/** The part of weighted loss changes that is not linear in the step: see PlacedMatrix.lossCurve. */
import { fillBlock, type GroupWeights } from '../row-weights.ts';
import { logisticCurveGraph, softmaxCurveGraph, wideLogisticCurveGraph, type Sharing } from './curve-graphs.ts';
import type { FloatType } from './graphs.ts';
import type { Graph } from './model.ts';
import { addInto, cutColumns, logisticBase, softmaxBase, type Block, type BlockedMatrix } from './row-blocks.ts';
import { emptyFloats, floats, type Floats } from './runtime.ts';

/** Graphs from the quickest on, with the largest step (|Δ|/2, or |v| for softmax) up to which each is correct to 1e-7. */
interface Level {
  reach: number;
  graph: Record<Sharing, (type: FloatType) => Graph>;
}

function level(reach: number, graph: (type: FloatType, sharing: Sharing) => Graph): Level {
  return { reach, graph: { shared: (type) => graph(type, 'shared'), own: (type) => graph(type, 'own') } };
}

/** The exponential of single precision overflows at 88. */
const OVERFLOW = 80;

const LOGISTIC: readonly Level[] = [
  level(0.3, (type, sharing) => logisticCurveGraph(type, 3, sharing)),
  level(0.75, (type, sharing) => logisticCurveGraph(type, 4, sharing)),
  level(1.5, (type, sharing) => logisticCurveGraph(type, 6, sharing)),
  level(OVERFLOW / 2, wideLogisticCurveGraph),
];
const WIDE_LOGISTIC = LOGISTIC.length - 1;
const SOFTMAX: readonly Level[] = [
  level(1, (type, sharing) => softmaxCurveGraph(type, false, sharing)),
  level(OVERFLOW, (type, sharing) => softmaxCurveGraph(type, true, sharing)),
];

/** As PlacedMatrix.lossCurve. */
export async function onnxLossCurve(
  matrix: BlockedMatrix,
  base: Float64Array,
  weights: Float64Array | GroupWeights,
  delta: Float64Array,
  logits: number,
): Promise<Float64Array | null> {
  const groups = delta.length / (logits * matrix.columns);
  const slices = weights instanceof Float64Array ? weights.length / matrix.rows : 1;
  const out = new Float64Array(groups * slices);
  const blockOf = logits === 1 ? logisticBlock : softmaxBlock;
  // Neighbouring blocks need about the same level: the last one's is tried first.
  let at = 0;
  for (const block of matrix.blocks(groups * logits)) {
    const found = await blockOf({ matrix, base, weights, delta, logits, block }, at);
    if (found === null) return null;
    addInto(out, found.sums);
    at = found.level;
  }
  return out;
}

interface BlockCurve {
  matrix: BlockedMatrix;
  base: Float64Array;
  weights: Float64Array | GroupWeights;
  delta: Float64Array;
  logits: number;
  block: Block;
}

interface Found {
  sums: Floats;
  /** The level that its steps need. */
  level: number;
}

async function logisticBlock(curve: BlockCurve, start: number): Promise<Found | null> {
  const { matrix, base, delta, block } = curve;
  const { runtime, columns } = matrix;
  const m = block.rows;
  const { z, q, r } = logisticBase(base, block);
  const u = q.map((value, i) => value - (r === null ? 0 : r[i]));
  const c = q.map((value, i) => 4 * value * (r === null ? 0 : r[i]));
  const common = {
    X: matrix.xTensor(block),
    half: runtime.tensor(
      delta.map((value) => value / 2),
      [delta.length / columns, columns],
    ),
    u: runtime.tensor(u, [1, m]),
  };
  for (let at = start; at < LOGISTIC.length; at++) {
    const wide = at === WIDE_LOGISTIC;
    const weights = weightsTensor(curve, wide ? null : c);
    const sides = {
      c: runtime.tensor(c, [1, m]),
      sign: runtime.tensor(
        z.map((value) => (value > 0 ? -1 : 1)),
        [1, m],
      ),
      q2: runtime.tensor(
        z.map((value, i) => 2 * (value > 0 && r !== null ? r[i] : q[i])),
        [1, m],
      ),
    };
    const feeds = wide ? { ...common, ...sides, weights } : { ...common, weights };
    const result = await runtime.run(LOGISTIC[at].graph[sharingOf(curve)], feeds);
    const largest = floats(result.largest)[0];
    if (largest <= LOGISTIC[at].reach) return { sums: floats(result.L), level: levelFor(LOGISTIC, largest) };
  }
  return null;
}

async function softmaxBlock(curve: BlockCurve, start: number): Promise<Found | null> {
  const { matrix, base, delta, logits, block } = curve;
  const { runtime, columns } = matrix;
  const m = block.rows;
  const vectors = delta.length / columns;
  const feeds = {
    X: matrix.xTensor(block),
    P: runtime.tensor(delta, [vectors, columns]),
    q: runtime.tensor(softmaxBase(base, block, logits, matrix.rows).q, [1, logits, m]),
    weights: weightsTensor(curve, null),
    cube: runtime.shape(vectors / logits, logits, m),
    flat: runtime.shape(vectors / logits, m),
  };
  for (let at = start; at < SOFTMAX.length; at++) {
    const result = await runtime.run(SOFTMAX[at].graph[sharingOf(curve)], feeds);
    const largest = floats(result.largest)[0];
    if (largest <= SOFTMAX[at].reach) return { sums: floats(result.L), level: levelFor(SOFTMAX, largest) };
  }
  return null;
}

function sharingOf({ weights }: BlockCurve): Sharing {
  return weights instanceof Float64Array ? 'shared' : 'own';
}

function levelFor(levels: readonly Level[], largest: number): number {
  return levels.findIndex(({ reach }) => largest <= reach);
}

/** The block's weights, S×m or B×m, each row's times `factor` where that is given. */
function weightsTensor({ matrix, weights, block }: BlockCurve, factor: Float64Array | null) {
  const { runtime, rows } = matrix;
  const m = block.rows;
  if (weights instanceof Float64Array) {
    const cut = cutColumns(weights, block, rows);
    const scaled = factor === null ? cut : cut.map((value, at) => value * factor[at % m]);
    return runtime.tensor(scaled, [scaled.length / m, m]);
  }
  const own = weights.weights.subarray(block.start, block.start + m);
  const scaled = factor === null ? own : own.map((value, i) => value * factor[i]);
  const filled = fillBlock(weights, block.start, scaled, emptyFloats(runtime.type, weights.members.length * m));
  return runtime.tensor(filled, [weights.members.length, m]);
}
