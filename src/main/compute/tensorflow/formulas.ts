/**
 * The element-wise middles of the fused products in float32, where a float64 formula may not do:
 * e⁸⁹ overflows, and 1 − σ(20) has no digit left. Each is written so that no two close numbers are
 * subtracted; where one formula does not reach, the slab's extremes say so and the other is used.
 *
 * Steps are G×m for one logit and G×K×m for K; base quantities broadcast over the groups.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Tensorflow } from './runtime.ts';

/** exp and expm1 of steps up to here stay far from float32's largest number. */
const LARGEST_STEP = 60;
/** log1p(x) loses more than a digit when 1 + x is below this. */
const LEAST_GROWTH = 1 / 16;
const LOWEST_FLOAT = -3e38;

/** log(1 + x), exact to rounding also for small x: log(u) + (x − (u − 1))/u with u = fl(1 + x). The backends' own log1p is not. */
export function log1p(tf: Tensorflow, x: Tensor): Tensor {
  const u = tf.add(x, 1);
  return tf.add(tf.log(u), tf.div(tf.sub(x, tf.sub(u, 1)), u));
}

/**
 * σ(z + Δ) − σ(z) = tanh(Δ/2) [σ(z + Δ) σ(−z) + σ(−z − Δ) σ(z)], every term of the bracket positive,
 * and σ′(z + Δ) = σ(z + Δ) σ(−z − Δ). Holds for any z and Δ without a case. q = σ(z), r = σ(−z).
 */
export function logisticChange(
  tf: Tensorflow,
  steps: Tensor,
  base: { z: Tensor; q: Tensor; r: Tensor },
): { change: Tensor; slope: Tensor } {
  const moved = tf.add(steps, base.z);
  const ahead = tf.sigmoid(moved);
  const behind = tf.sigmoid(tf.neg(moved));
  const bracket = tf.add(tf.mul(ahead, base.r), tf.mul(behind, base.q));
  return { change: tf.mul(tf.tanh(tf.mul(steps, 0.5)), bracket), slope: tf.mul(ahead, behind) };
}

/** expm1, of no more than LARGEST_STEP. */
function grownBy(tf: Tensorflow, steps: Tensor): Tensor {
  return tf.expm1(tf.clipByValue(steps, LOWEST_FLOAT, LARGEST_STEP));
}

/** u − u_c for the class c that `one` marks (1×K×m): then c's own entry is exactly 0. */
function relativeTo(tf: Tensorflow, one: Tensor, u: Tensor): Tensor {
  return tf.sub(u, tf.sum(tf.mul(u, one), 1, true));
}

/**
 * softmax(z + Δ) − softmax(z), and softmax(z + Δ). With steps relative to the most probable class,
 * Eₖ = expm1(Δₖ) and S = Σ q E: changeₖ = qₖ (Eₖ − S) / (1 + S). That class's q, close to 1, enters no
 * difference, and 1 + S ≥ 1/K.
 */
export function softmaxChange(
  tf: Tensorflow,
  steps: Tensor,
  base: { q: Tensor; logq: Tensor; top: Tensor },
): { change: Tensor; held: Tensor } {
  const { q, logq } = base;
  const relative = relativeTo(tf, base.top, steps);
  const grown = grownBy(tf, relative);
  const second = tf.sum(tf.mul(q, grown), 1, true);
  const share = tf.div(q, tf.add(second, 1));
  const change = tf.mul(share, tf.sub(grown, second));
  const held = tf.mul(share, tf.add(grown, 1));
  if (withinReach(tf, relative)) return { change, held };
  // The same divided by e^M, M the logarithm of the largest qₖ e^Δₖ where that is above 1, and qₖ e^Δₖ from one exponential.
  const grownLog = tf.add(relative, logq);
  const top = tf.maximum(tf.max(grownLog, 1, true), 0);
  const unit = tf.exp(tf.neg(top));
  const far = tf.exp(tf.sub(grownLog, top));
  const parts = tf.where(tf.greater(relative, LARGEST_STEP), far, tf.mul(tf.mul(q, grown), unit));
  const sum = tf.sum(parts, 1, true);
  const total = tf.add(sum, unit);
  return {
    change: tf.div(tf.sub(parts, tf.mul(q, sum)), total),
    held: tf.div(tf.add(parts, tf.mul(q, unit)), total),
  };
}

function withinReach(tf: Tensorflow, steps: Tensor): boolean {
  return tf.max(steps).dataSync()[0] <= LARGEST_STEP;
}

/** V u = p ∘ (u − Σ p u), with u relative to the class that `top` marks: with p close to 1 there the difference would cancel. */
export function softmaxCurvature(tf: Tensorflow, u: Tensor, held: Tensor, top: Tensor): Tensor {
  const relative = relativeTo(tf, top, u);
  return tf.mul(held, tf.sub(relative, tf.sum(tf.mul(held, relative), 1, true)));
}

/**
 * log1p(x), or `direct` for the rows where 1 + x is near 0 or that `reach` excludes.
 * @param reach of the shape of x; null where all rows are within reach
 */
function lossFrom(tf: Tensorflow, x: Tensor, reach: Tensor | null, direct: () => Tensor): Tensor {
  const u = tf.add(x, 1);
  const change = log1p(tf, x);
  if (reach === null && tf.min(u).dataSync()[0] > LEAST_GROWTH) return change;
  const near = tf.greater(u, LEAST_GROWTH);
  return tf.where(reach === null ? near : tf.logicalAnd(near, reach), change, direct());
}

/**
 * ℓ(m + Δ) − ℓ(m) for ℓ(m) = log(1 + e⁻ᵐ): log1p(σ(−m) expm1(−Δ)), and far from there the difference of the two losses.
 * @param steps the steps of z, not yet of m
 */
export function logisticLossChange(
  tf: Tensorflow,
  steps: Tensor,
  base: { wrong: Tensor; before: Tensor; minusSign: Tensor; minusMargin: Tensor },
): Tensor {
  const minus = tf.mul(steps, base.minusSign);
  const direct = (): Tensor => tf.sub(tf.softplus(tf.add(minus, base.minusMargin)), base.before);
  const reach = withinReach(tf, minus) ? null : tf.lessEqual(minus, LARGEST_STEP);
  return lossFrom(tf, tf.mul(base.wrong, grownBy(tf, minus)), reach, direct);
}

/** The change of −log softmax(z)_y: log1p(Σ q expm1(Δ − Δ_y)), and far from there log Σ exp(log q + Δ − Δ_y). G×m. */
export function softmaxLossChange(
  tf: Tensorflow,
  steps: Tensor,
  base: { q: Tensor; logq: Tensor; own: Tensor },
): Tensor {
  const { q, logq } = base;
  const relative = relativeTo(tf, base.own, steps);
  const grownLog = (): Tensor => tf.add(relative, logq);
  let parts = tf.mul(q, grownBy(tf, relative));
  let reach: Tensor | null = null;
  if (!withinReach(tf, relative)) {
    const far = tf.exp(tf.clipByValue(grownLog(), LOWEST_FLOAT, LARGEST_STEP));
    parts = tf.where(tf.greater(relative, LARGEST_STEP), far, parts);
    reach = tf.lessEqual(tf.max(grownLog(), 1, true), LARGEST_STEP);
  }
  const change = lossFrom(tf, tf.sum(parts, 1, true), reach, () => logSumExp(tf, grownLog()));
  return tf.reshape(change, [steps.shape[0], steps.shape[2] ?? 0]);
}

/** Over axis 1, shifted by the maximum. */
function logSumExp(tf: Tensorflow, z: Tensor): Tensor {
  const top = tf.max(z, 1, true);
  return tf.add(top, tf.log(tf.sum(tf.exp(tf.sub(z, top)), 1, true)));
}
