/**
 * The objective Σ sᵢ ℓᵢ(θ) + (λ/2) ‖θ‖² (intercept free) and its geometry.
 * A parameter vector has q = L·p entries: for each logit p weights, the intercept last.
 */
import type { GroupBatch, PlacedMatrix } from '../compute/device.ts';
import { sigmoid, softmaxInto } from '../compute/stable-change.ts';

export interface Objective {
  placed: PlacedMatrix;
  /** L: 1 for two classes, else K. */
  logits: number;
  /** Absolute λ. */
  lambda: number;
}

export function parameterCount({ placed, logits }: Objective): number {
  return logits * placed.columns;
}

/** out += λ·v on every penalised coordinate of each q-vector in `v`. */
export function addPenalty({ placed, lambda }: Objective, v: Float64Array, out: Float64Array): void {
  const p = placed.columns;
  const penalised = placed.intercept ? p - 1 : p;
  for (let start = 0; start < v.length; start += p) {
    for (let j = 0; j < penalised; j++) out[start + j] += lambda * v[start + j];
  }
}

/**
 * Removes from each q-vector the directions in which softmax is flat: "add the same vector to every class". Losses do not
 * change along them, so that no gradient has a part there, and at an optimum neither have the parameters (λ > 0; for
 * the free intercepts it is a choice). In exact arithmetic nothing else is lost; in floating point what is lost is rounding,
 * which λ alone would hold in check: with a small λ and large columns it is below the rounding of the curvature.
 */
export function projectFlat({ placed, logits }: Objective, v: Float64Array): void {
  if (logits === 1) return;
  const p = placed.columns;
  const mean = new Float64Array(p);
  for (let start = 0; start < v.length; start += logits * p) {
    mean.fill(0);
    for (let k = 0; k < logits; k++) for (let j = 0; j < p; j++) mean[j] += v[start + k * p + j];
    for (let j = 0; j < p; j++) mean[j] /= logits;
    for (let k = 0; k < logits; k++) for (let j = 0; j < p; j++) v[start + k * p + j] -= mean[j];
  }
}

/**
 * Derivative of each row's loss in its logits, P(k) − [y = k], L×n, times `scale[i]` if given.
 * With one logit: σ(z) − y.
 */
export function lossResiduals(
  z: Float64Array,
  y: Int32Array,
  logits: number,
  scale: Float64Array | null,
): Float64Array {
  const n = y.length;
  const out = new Float64Array(logits * n);
  const q = new Float64Array(logits);
  for (let i = 0; i < n; i++) {
    const s = scale === null ? 1 : scale[i];
    if (logits === 1) {
      // −σ(−z) for a positive row, σ(z) for a negative one: no cancellation when the fit is sure.
      out[i] = s * (y[i] === 1 ? -sigmoid(-z[i]) : sigmoid(z[i]));
      continue;
    }
    softmaxInto(z, logits, i, n, q);
    for (let k = 0; k < logits; k++) {
      if (k !== y[i]) out[k * n + i] = s * q[k];
    }
    let others = 0;
    for (let k = 0; k < logits; k++) if (k !== y[i]) others += q[k];
    out[y[i] * n + i] = -s * others;
  }
  return out;
}

/**
 * H_λ·x for each group: the batch's curvature at its held points, the penalty, without the flat direction.
 * @param x B×q
 */
export async function hessianProduct(
  objective: Objective,
  batch: Pick<GroupBatch, 'curvatureProduct'>,
  x: Float64Array,
  into?: Float64Array,
): Promise<Float64Array> {
  const product = await batch.curvatureProduct(x, into);
  addPenalty(objective, x, product);
  projectFlat(objective, product);
  return product;
}

/** Euclidean norm of each `width`-vector. */
export function norms(v: Float64Array, width: number): Float64Array {
  const out = new Float64Array(v.length / width);
  for (let g = 0; g < out.length; g++) {
    let sum = 0;
    for (let j = g * width; j < (g + 1) * width; j++) sum += v[j] * v[j];
    out[g] = Math.sqrt(sum);
  }
  return out;
}

/** Inner product of the g-th `width`-vectors of a and b. */
export function dotAt(a: Float64Array, b: Float64Array, g: number, width: number): number {
  let sum = 0;
  for (let j = g * width; j < (g + 1) * width; j++) sum += a[j] * b[j];
  return sum;
}

/** The `width`-vectors at `indices`, side by side. */
export function takeVectors(data: Float64Array, width: number, indices: ArrayLike<number>): Float64Array {
  const out = new Float64Array(indices.length * width);
  for (let to = 0; to < indices.length; to++)
    out.set(data.subarray(indices[to] * width, (indices[to] + 1) * width), to * width);
  return out;
}
