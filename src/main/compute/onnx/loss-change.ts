/** Sums of loss changes over a placed matrix: see PlacedMatrix.lossChange. */
import { logSumExp, rowLossChange, sigmoid, softplus } from '../stable-change.ts';
import { denseRowWeights, type GroupWeights, type RowWeights } from '../row-weights.ts';
import {
  combineGraph,
  logisticLossGraph,
  marginsGraph,
  quickLogisticLossGraph,
  softmaxLossGraph,
  type FloatType,
} from './graphs.ts';
import { addInto, cutColumns, logisticBase, softmaxBase, type Block, type BlockedMatrix } from './row-blocks.ts';
import { doubles, floats, type Feeds, type Floats } from './runtime.ts';

/** Below this 1 − |tanh(Δ/2)| (|Δ| above 16, or 1 in float32) a quick logistic loss would lose digits. */
const LEAST_DISTANCE_TO_SATURATION: Record<FloatType, number> = { float64: 1e-7, float32: 0.5 };

/** As PlacedMatrix.lossChange. */
export async function onnxLossChange(
  matrix: BlockedMatrix,
  base: Float64Array,
  y: Int32Array,
  rowWeights: RowWeights,
  sharing: 'shared' | 'own',
  delta: Float64Array,
  logits: number,
): Promise<Float64Array> {
  if (sharing === 'own') return ownLossChange(matrix, base, y, rowWeights, delta, logits);
  const weights = denseRowWeights(rowWeights, matrix.rows);
  const groups = delta.length / (logits * matrix.columns);
  const slices = weights.length / matrix.rows;
  const out = new Float64Array(groups * slices);
  for (const block of matrix.blocks(groups * logits)) {
    const cut = cutColumns(weights, block, matrix.rows);
    const part =
      logits === 1
        ? await logisticBlockChange(matrix, base, y, cut, block, delta)
        : await softmaxBlockChange(matrix, base, y, cut, block, delta, logits);
    addInto(out, part);
  }
  return out;
}

async function logisticBlockChange(
  matrix: BlockedMatrix,
  base: Float64Array,
  y: Int32Array,
  weights: Float64Array,
  block: Block,
  delta: Float64Array,
): Promise<Float64Array> {
  const { runtime } = matrix;
  const m = block.rows;
  const groups = delta.length / matrix.columns;
  const slices = weights.length / m;
  const common = {
    X: matrix.xTensor(block),
    P: runtime.tensor(delta, [groups, matrix.columns]),
    weights: runtime.tensor(weights, [slices, m]),
  };
  const q2 = logisticBase(base, block).q.map((value) => 2 * value);
  const half = runtime.tensor(
    delta.map((value) => value / 2),
    [groups, matrix.columns],
  );
  const quick = await runtime.run(quickLogisticLossGraph, {
    X: common.X,
    weights: common.weights,
    half,
    q2: runtime.tensor(q2, [1, m]),
  });
  const part = doubles(quick.L);
  if (1 - floats(quick.largest)[0] > LEAST_DISTANCE_TO_SATURATION[runtime.type]) {
    // The linear part of the loss, −Σ w [y = 1] Δ, is one small product for all groups.
    const positive = weights.map((weight, at) => (y[block.start + (at % m)] === 1 ? weight : 0));
    const { G } = await runtime.run(combineGraph, { X: common.X, R: runtime.tensor(positive, [slices, m]) });
    const { Z } = await runtime.run(marginsGraph, {
      X: runtime.tensor(floats(G), [slices, matrix.columns]),
      P: common.P,
    });
    const linear = floats(Z);
    for (let at = 0; at < part.length; at++) part[at] -= linear[at];
    return part;
  }
  const feeds: Feeds = { ...common };
  for (const [name, data] of Object.entries(logisticLossSides(base, y, block)))
    feeds[name] = runtime.tensor(data, [1, m]);
  return doubles((await runtime.run(logisticLossGraph, feeds)).L);
}

async function softmaxBlockChange(
  matrix: BlockedMatrix,
  base: Float64Array,
  y: Int32Array,
  weights: Float64Array,
  block: Block,
  delta: Float64Array,
  logits: number,
): Promise<Float64Array> {
  const { runtime } = matrix;
  const m = block.rows;
  const vectors = delta.length / matrix.columns;
  const around = softmaxBase(base, block, logits, matrix.rows);
  const sides = softmaxLossSides(around.z, y, block, logits);
  const { L } = await runtime.run(softmaxLossGraph, {
    X: matrix.xTensor(block),
    P: runtime.tensor(delta, [vectors, matrix.columns]),
    weights: runtime.tensor(weights, [weights.length / m, m]),
    z: runtime.tensor(around.z, [1, logits, m]),
    q: runtime.tensor(around.q, [1, logits, m]),
    own: runtime.tensor(sides.own, [1, logits, m]),
    before: runtime.tensor(sides.before, [1, 1, m]),
    cube: runtime.shape(vectors / logits, logits, m),
    flat: runtime.shape(vectors / logits, m),
  });
  return doubles(L);
}

/** Each group weighs its own few rows: only those are gone through, so that the cost follows the group's size. */
async function ownLossChange(
  matrix: BlockedMatrix,
  base: Float64Array,
  y: Int32Array,
  rowWeights: RowWeights,
  delta: Float64Array,
  logits: number,
): Promise<Float64Array> {
  const { rows: n, columns: p } = matrix;
  const out = new Float64Array(delta.length / (logits * p));
  const changeOf = rowLossChange(base, y, logits);
  const step = new Float64Array(logits);
  for (let g = 0; g < out.length; g++) {
    const { own, weights } = ownRows(rowWeights, g, n);
    const steps = await stepsOf(matrix, own, delta.subarray(g * logits * p, (g + 1) * logits * p), logits);
    for (let at = 0; at < own.length; at++) {
      for (let k = 0; k < logits; k++) step[k] = steps[k * own.length + at];
      out[g] += weights[at] * changeOf(own[at], step);
    }
  }
  return out;
}

/** P·X̃ᵀ for some rows: L × their number. */
async function stepsOf(matrix: BlockedMatrix, rows: Int32Array, P: Float64Array, logits: number): Promise<Floats> {
  const { columns: p, runtime, X } = matrix;
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

/** The rows of group g that weigh anything, and their weights. */
function ownRows(rowWeights: RowWeights, g: number, n: number): { own: Int32Array; weights: Float64Array } {
  if (!(rowWeights instanceof Float64Array) && rowWeights.side === 'only') {
    const own = rowWeights.members[g];
    return { own, weights: Float64Array.from(own, (row) => rowWeights.weights[row]) };
  }
  const row = rowWeights instanceof Float64Array ? rowWeights.subarray(g * n, (g + 1) * n) : rowOf(rowWeights, g, n);
  const own = Int32Array.from(row.keys()).filter((i) => row[i] !== 0);
  return { own, weights: Float64Array.from(own, (i) => row[i]) };
}

function rowOf(rowWeights: GroupWeights, g: number, n: number): Float64Array {
  return denseRowWeights({ ...rowWeights, members: [rowWeights.members[g]] }, n);
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
