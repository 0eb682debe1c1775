/** The Hessian H_λ of the objective, whole, by class, or its diagonal. */
import type { PlacedMatrix } from '../compute/device.ts';
import { sigmoid, softmaxInto } from '../compute/stable-change.ts';
import type { Objective } from './objective.ts';

/** H_λ at logits z: q×q, along the flat directions of softmax with λ only (0 for intercepts). */
export async function hessian(objective: Objective, z: Float64Array, weights: Float64Array): Promise<Float64Array> {
  const { placed, logits, lambda } = objective;
  const p = placed.columns;
  const q = logits * p;
  const probabilities = classProbabilities(z, logits, placed.rows);
  const H = new Float64Array(q * q);
  for (let k = 0; k < logits; k++) {
    for (let l = 0; l <= k; l++) {
      const block = await placed.gram(curvature(probabilities, weights, k, l));
      // The block is symmetric, so (k, l) and (l, k) hold the same rows.
      for (let a = 0; a < p; a++) {
        const row = block.subarray(a * p, (a + 1) * p);
        H.set(row, (k * p + a) * q + l * p);
        H.set(row, (l * p + a) * q + k * p);
      }
    }
  }
  for (let j = 0; j < q; j++) if (!placed.intercept || j % p !== p - 1) H[j * q + j] += lambda;
  return H;
}

/**
 * Adds c·uuᵀ along each flat direction u (see projectFlat), c the mean curvature of its coordinate, so that H is as
 * definite there as elsewhere. Solutions have no part along u: c is of no consequence to them.
 */
export function fillFlatDirection({ placed, logits }: Objective, H: Float64Array, q: number): void {
  const p = placed.columns;
  for (let j = 0; j < p; j++) {
    const isIntercept = placed.intercept && j === p - 1;
    if (logits === 1 && !isIntercept) continue;
    const at = (k: number): number => k * p + j;
    let mean = 0;
    for (let k = 0; k < logits; k++) mean += H[at(k) * q + at(k)] / logits;
    // An intercept without any curvature (separated classes) still needs a positive pivot.
    const floor = isIntercept ? Math.max(mean * 1e-12, Number.MIN_VALUE * 1e16) : 0;
    if (logits === 1) H[at(0) * q + at(0)] += floor;
    else
      for (let k = 0; k < logits; k++)
        for (let l = 0; l < logits; l++) H[at(k) * q + at(l)] += Math.max(mean, floor) / logits;
  }
}

/** The p×p block of H_λ of class k, definite also where its intercept has no curvature left. */
export async function classBlock(
  { placed, lambda }: Objective,
  probabilities: Float64Array,
  weights: Float64Array,
  k: number,
): Promise<Float64Array> {
  const H = await placed.gram(curvature(probabilities, weights, k, k));
  addRidge(placed, lambda, H);
  return H;
}

/**
 * ½X̃ᵀSX̃ + λ, p×p: with it for every class and the flat direction left out, an upper bound of the softmax Hessian at
 * any parameters (Böhning 1992).
 */
export async function boundBlock({ placed, lambda }: Objective, weights: Float64Array): Promise<Float64Array> {
  const H = await placed.gram(weights.map((weight) => weight / 2));
  addRidge(placed, lambda, H);
  return H;
}

function addRidge(placed: PlacedMatrix, lambda: number, H: Float64Array): void {
  const p = placed.columns;
  for (let j = 0; j < p; j++) H[j * p + j] += placed.intercept && j === p - 1 ? H[j * p + j] * 1e-9 + 1e-12 : lambda;
}

/** Length q. */
export async function hessianDiagonal(
  { placed, logits, lambda }: Objective,
  z: Float64Array,
  weights: Float64Array,
): Promise<Float64Array> {
  const p = placed.columns;
  const probabilities = classProbabilities(z, logits, placed.rows);
  const out = new Float64Array(logits * p);
  for (let k = 0; k < logits; k++) {
    out.set(await placed.gramDiagonal(curvature(probabilities, weights, k, k)), k * p);
    for (let j = 0; j < p; j++) {
      const at = k * p + j;
      out[at] += placed.intercept && j === p - 1 ? out[at] * 1e-9 + 1e-12 : lambda;
    }
  }
  return out;
}

/** L×n: P(class 1) with one logit, else class probabilities. */
export function classProbabilities(z: Float64Array, logits: number, n: number): Float64Array {
  if (logits === 1) return z.map((value) => sigmoid(value));
  const out = new Float64Array(z.length);
  const row = new Float64Array(logits);
  for (let i = 0; i < n; i++) {
    softmaxInto(z, logits, i, n, row);
    for (let k = 0; k < logits; k++) out[k * n + i] = row[k];
  }
  return out;
}

/** Entry (k, l) of sᵢ (diag(p) − ppᵀ), per row. */
function curvature(probabilities: Float64Array, weights: Float64Array, k: number, l: number): Float64Array {
  const n = weights.length;
  const logits = probabilities.length / n;
  const out = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const pk = probabilities[k * n + i];
    let factor = -probabilities[l * n + i];
    if (k === l) {
      factor = 1 - pk;
      // Of a sure row the other classes know what 1 − p has lost.
      if (pk > 0.5 && logits > 1) {
        factor = 0;
        for (let other = 0; other < logits; other++) if (other !== k) factor += probabilities[other * n + i];
      }
    }
    out[i] = weights[i] * pk * factor;
  }
  return out;
}
