/**
 * Changes of probabilities and losses when logits move, without cancellation.
 *
 * The naive p(z + Δ) − p(z) loses every digit of a small Δ; the effect of removing one
 * point of 20,000 is such a Δ. Below a step of 1 the differences are written in terms of
 * expm1/log1p; above it the direct difference is accurate and can not overflow.
 * The ONNX graphs (onnx/graphs.ts) state the same formulas.
 */

/** Steps of a logit up to here use the cancellation-free form. */
export const SMALL_STEP = 1;

export function sigmoid(z: number): number {
  return z >= 0 ? 1 / (1 + Math.exp(-z)) : Math.exp(z) / (1 + Math.exp(z));
}

/** log(1 + eᶻ). */
export function softplus(z: number): number {
  return Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));
}

/** σ(z + Δ) − σ(z) = σ(z) (1 − σ(z)) t / (σ(−|Δ|) + s|t|), t = tanh(Δ/2), s = σ(z) if Δ > 0 else σ(−z): all terms positive. */
export function sigmoidChange(z: number, step: number): number {
  if (Math.abs(step) > SMALL_STEP) return sigmoid(z + step) - sigmoid(z);
  const q = sigmoid(z);
  const r = sigmoid(-z);
  const t = Math.tanh(step / 2);
  return (q * r * t) / (sigmoid(-Math.abs(step)) + (step > 0 ? q : r) * Math.abs(t));
}

/** ℓ(m + Δ) − ℓ(m) for ℓ(m) = log(1 + e⁻ᵐ): log1p(σ(−m) expm1(−Δ)). */
export function logisticLossChange(margin: number, step: number): number {
  if (Math.abs(step) > SMALL_STEP) return softplus(-(margin + step)) - softplus(-margin);
  return Math.log1p(sigmoid(-margin) * Math.expm1(-step));
}

/** log Σ exp(zₖ), the entries at `z[offset + k·stride]`. */
export function logSumExp(z: Float64Array, classes: number, offset: number, stride: number): number {
  let top = -Infinity;
  for (let k = 0; k < classes; k++) top = Math.max(top, z[offset + k * stride]);
  let sum = 0;
  for (let k = 0; k < classes; k++) sum += Math.exp(z[offset + k * stride] - top);
  return top + Math.log(sum);
}

/** softmax(z) into `out` (contiguous, K). */
export function softmaxInto(z: Float64Array, classes: number, offset: number, stride: number, out: Float64Array): void {
  const total = logSumExp(z, classes, offset, stride);
  for (let k = 0; k < classes; k++) out[k] = Math.exp(z[offset + k * stride] - total);
}

/**
 * softmax(z + Δ) − softmax(z) into `change`, and log Σ qₖ e^Δₖ (the change of log-sum-exp) as the value.
 *
 * With q = softmax(z), centred steps vₖ = Δₖ − Σ q Δ and S = Σ q expm1(v) ≥ 0 (second order):
 * changeₖ = qₖ (expm1(vₖ) − S) / (1 + S), and log Σ q e^Δ = Σ q Δ + log1p(S).
 *
 * @param q      softmax(z), contiguous, K
 * @param logits z at `z[offset + k·stride]`, used for large steps
 * @param steps  Δ, contiguous, K
 */
export function softmaxChangeInto(
  q: Float64Array,
  z: Float64Array,
  offset: number,
  stride: number,
  steps: Float64Array,
  change: Float64Array,
): number {
  const classes = q.length;
  let mean = 0;
  for (let k = 0; k < classes; k++) mean += q[k] * steps[k];
  let largest = 0;
  for (let k = 0; k < classes; k++) largest = Math.max(largest, Math.abs(steps[k] - mean));
  if (largest > SMALL_STEP) {
    let top = -Infinity;
    for (let k = 0; k < classes; k++) top = Math.max(top, z[offset + k * stride] + steps[k]);
    let sum = 0;
    for (let k = 0; k < classes; k++) sum += Math.exp(z[offset + k * stride] + steps[k] - top);
    for (let k = 0; k < classes; k++) change[k] = Math.exp(z[offset + k * stride] + steps[k] - top) / sum - q[k];
    return top + Math.log(sum) - logSumExp(z, classes, offset, stride);
  }
  let second = 0;
  for (let k = 0; k < classes; k++) {
    change[k] = Math.expm1(steps[k] - mean);
    second += q[k] * change[k];
  }
  for (let k = 0; k < classes; k++) change[k] = (q[k] * (change[k] - second)) / (1 + second);
  return mean + Math.log1p(second);
}

/**
 * ℓᵢ(z + Δ) − ℓᵢ(z) of one row at a time.
 * @param base L×n logits z
 * @param y    class index per row
 * @returns of a row and its steps Δ (length L)
 */
export function rowLossChange(
  base: Float64Array,
  y: Int32Array,
  logits: number,
): (row: number, steps: Float64Array) => number {
  const n = y.length;
  if (logits === 1) {
    return (row, steps) => {
      const sign = y[row] === 1 ? 1 : -1;
      return logisticLossChange(sign * base[row], sign * steps[0]);
    };
  }
  const q = new Float64Array(logits);
  const change = new Float64Array(logits);
  return (row, steps) => {
    softmaxInto(base, logits, row, n, q);
    return softmaxChangeInto(q, base, row, n, steps, change) - steps[y[row]];
  };
}
