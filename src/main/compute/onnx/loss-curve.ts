/** The part of weighted loss changes that is not linear in the step: see PlacedMatrix.lossCurve. */
import { logisticCurveGraph, softmaxCurveGraph, type FloatType } from './graphs.ts';
import type { Graph } from './model.ts';
import { addInto, cutColumns, logisticBase, softmaxBase, type Block, type BlockedMatrix } from './row-blocks.ts';
import { floats } from './runtime.ts';

/** Up to this Δ/2 (logistic) or |v| (softmax) the quick graphs lose less than about 1e-6 of a row's part. */
const QUICK_REACH: Record<'logistic' | 'softmax', Record<FloatType, number>> = {
  logistic: { float64: 8, float32: 1.5 },
  softmax: { float64: 8, float32: 1 },
};
/** Up to here the exponential of the wide graphs does not overflow. */
const WIDE_REACH: Record<FloatType, number> = { float64: 300, float32: 40 };

const quickLogistic = (type: FloatType): Graph => logisticCurveGraph(type, false);
const wideLogistic = (type: FloatType): Graph => logisticCurveGraph(type, true);
const quickSoftmax = (type: FloatType): Graph => softmaxCurveGraph(type, false);
const wideSoftmax = (type: FloatType): Graph => softmaxCurveGraph(type, true);

/** As PlacedMatrix.lossCurve. */
export async function onnxLossCurve(
  matrix: BlockedMatrix,
  base: Float64Array,
  weights: Float64Array,
  delta: Float64Array,
  logits: number,
): Promise<Float64Array | null> {
  const groups = delta.length / (logits * matrix.columns);
  const out = new Float64Array((groups * weights.length) / matrix.rows);
  for (const block of matrix.blocks(groups * logits)) {
    const cut = cutColumns(weights, block, matrix.rows);
    const part =
      logits === 1
        ? await logisticBlock(matrix, base, cut, block, delta)
        : await softmaxBlock(matrix, base, cut, block, delta, logits);
    if (part === null) return null;
    addInto(out, part);
  }
  return out;
}

async function logisticBlock(
  matrix: BlockedMatrix,
  base: Float64Array,
  weights: Float64Array,
  block: Block,
  delta: Float64Array,
): Promise<Float64Array | Float32Array | null> {
  const { runtime, columns } = matrix;
  const m = block.rows;
  const { z, q, r } = logisticBase(base, block);
  const feeds = {
    X: matrix.xTensor(block),
    half: runtime.tensor(
      delta.map((value) => value / 2),
      [delta.length / columns, columns],
    ),
    sign: runtime.tensor(
      z.map((value) => (value > 0 ? -1 : 1)),
      [1, m],
    ),
    q2: runtime.tensor(
      z.map((value, i) => 2 * (value > 0 && r !== null ? r[i] : q[i])),
      [1, m],
    ),
    weights: runtime.tensor(weights, [weights.length / m, m]),
  };
  const quick = await runtime.run(quickLogistic, feeds);
  if (floats(quick.largest)[0] <= QUICK_REACH.logistic[runtime.type]) return floats(quick.L);
  const wide = await runtime.run(wideLogistic, feeds);
  return floats(wide.largest)[0] <= WIDE_REACH[runtime.type] ? floats(wide.L) : null;
}

async function softmaxBlock(
  matrix: BlockedMatrix,
  base: Float64Array,
  weights: Float64Array,
  block: Block,
  delta: Float64Array,
  logits: number,
): Promise<Float64Array | Float32Array | null> {
  const { runtime, columns } = matrix;
  const m = block.rows;
  const vectors = delta.length / columns;
  const feeds = {
    X: matrix.xTensor(block),
    P: runtime.tensor(delta, [vectors, columns]),
    q: runtime.tensor(softmaxBase(base, block, logits, matrix.rows).q, [1, logits, m]),
    weights: runtime.tensor(weights, [weights.length / m, m]),
    cube: runtime.shape(vectors / logits, logits, m),
    flat: runtime.shape(vectors / logits, m),
  };
  const quick = await runtime.run(quickSoftmax, feeds);
  if (floats(quick.largest)[0] <= QUICK_REACH.softmax[runtime.type]) return floats(quick.L);
  const wide = await runtime.run(wideSoftmax, feeds);
  return floats(wide.largest)[0] <= WIDE_REACH[runtime.type] ? floats(wide.L) : null;
}
