/**
 * Leverages hᵢ of the training rows under H_λ, and the residuals that removing a row alone leaves: with them an
 * influence becomes the linear Newton step of that row (Sherman & Morrison; Hammoudeh & Lowd's "rescaled influence").
 */
import type { ModelOnDevice } from '../models/model-on-device.ts';
import { lossResiduals, parameterCount, projectFlat } from '../models/objective.ts';
import { sigmoid, softmaxInto } from '../compute/stable-change.ts';
import { rowWithIntercept } from '../evaluation/evaluation-set.ts';
import { solveFullHessian } from './influence-directions.ts';

/** Numbers of right-hand sides at a time. */
const NUMBERS_AT_A_TIME = 2 ** 20;
const TOLERANCE = 1e-10;

const kept = new WeakMap<ModelOnDevice, Promise<Float64Array>>();

/**
 * n×L×L, kept with the model: Mᵢ with (Mᵢ)ₖₗ = xᵢᵀ(H_λ⁻¹)ₖₗ xᵢ, (H_λ⁻¹)ₖₗ its p×p block of logits k and l. With one logit
 * the leverage is hᵢ = sᵢ σ(z)σ(−z) Mᵢ, with more the trace of sᵢVᵢMᵢ.
 */
export function rowSpreads(model: ModelOnDevice, checkCancelled: () => void): Promise<Float64Array> {
  const known = kept.get(model);
  if (known !== undefined) return known;
  const computing = computeSpreads(model, checkCancelled);
  kept.set(model, computing);
  // A cancelled computation is not kept.
  computing.catch(() => kept.delete(model));
  return computing;
}

async function computeSpreads(model: ModelOnDevice, checkCancelled: () => void): Promise<Float64Array> {
  const { objective, preconditioner, matrices } = model;
  const { placed, logits: L } = objective;
  const { rows: n, columns: p } = placed;
  const q = parameterCount(objective);
  const exact = preconditioner.kind === 'full' && preconditioner.inverses[0] instanceof Float64Array;
  const width = Math.max(1, Math.floor(NUMBERS_AT_A_TIME / (q * L)));
  const out = new Float64Array(n * L * L);
  for (let start = 0; start < n; start += width) {
    checkCancelled();
    const rows = Array.from({ length: Math.min(width, n - start) }, (_, at) =>
      rowWithIntercept(matrices.train, start + at, p),
    );
    const right = new Float64Array(rows.length * L * q);
    rows.forEach((x, at) => {
      for (let k = 0; k < L; k++) right.set(x, (at * L + k) * q + k * p);
    });
    projectFlat(objective, right);
    const solved = exact
      ? await preconditioner.apply(right)
      : await solveFullHessian(model, right, checkCancelled, TOLERANCE);
    rows.forEach((x, at) => {
      for (let k = 0; k < L; k++) {
        for (let l = 0; l < L; l++) {
          let sum = 0;
          const offset = (at * L + k) * q + l * p;
          for (let j = 0; j < p; j++) sum += x[j] * solved[offset + j];
          out[((start + at) * L + k) * L + l] = sum;
        }
      }
    });
  }
  return out;
}

/** sᵢVᵢ, the curvature of row i's loss in its logits at θ̂, L×L into `out`. */
export function rowCurvatureInto({ fitted, weights, objective }: ModelOnDevice, row: number, out: Float64Array): void {
  const { logits: L, placed } = objective;
  const z = fitted.trainLogits;
  if (L === 1) {
    out[0] = weights[row] * sigmoid(z[row]) * sigmoid(-z[row]);
    return;
  }
  const probabilities = new Float64Array(L);
  softmaxInto(z, L, row, placed.rows, probabilities);
  for (let k = 0; k < L; k++) {
    for (let l = 0; l < L; l++)
      out[k * L + l] = weights[row] * probabilities[k] * ((k === l ? 1 : 0) - probabilities[l]);
  }
}

/**
 * What each row alone pulls with when it loses the share `taken` of its weight, its own curvature allowed for:
 * taken (I − taken sᵢVᵢMᵢ)⁻¹ sᵢ∇ℓᵢ in the logits; with one logit taken · rᵢ / (1 − taken hᵢ).
 * @returns L×n
 */
export async function correctedResiduals(
  model: ModelOnDevice,
  taken: number,
  checkCancelled: () => void,
): Promise<Float64Array> {
  const spreads = await rowSpreads(model, checkCancelled);
  const { objective, fitted, weights } = model;
  const { logits: L, placed } = objective;
  const n = placed.rows;
  const residuals = lossResiduals(fitted.trainLogits, fitted.design.train.y, L, weights);
  const V = new Float64Array(L * L);
  const A = new Float64Array(L * L);
  const r = new Float64Array(L);
  for (let i = 0; i < n; i++) {
    rowCurvatureInto(model, i, V);
    withoutProduct(V, spreads.subarray(i * L * L, (i + 1) * L * L), taken, L, A);
    for (let k = 0; k < L; k++) r[k] = residuals[k * n + i];
    solveInPlace(A, r, L);
    for (let k = 0; k < L; k++) residuals[k * n + i] = taken * r[k];
  }
  return residuals;
}

/** A ← I − taken·V·M, all L×L. */
export function withoutProduct(V: Float64Array, M: Float64Array, taken: number, L: number, A: Float64Array): void {
  for (let k = 0; k < L; k++) {
    for (let l = 0; l < L; l++) {
      let sum = 0;
      for (let m = 0; m < L; m++) sum += V[k * L + m] * M[m * L + l];
      A[k * L + l] = (k === l ? 1 : 0) - taken * sum;
    }
  }
}

/** b ← A⁻¹b by elimination with row exchanges; A (L×L, L the number of classes) is overwritten. */
export function solveInPlace(A: Float64Array, b: Float64Array, L: number): void {
  for (let k = 0; k < L; k++) {
    let pivot = k;
    for (let i = k + 1; i < L; i++) if (Math.abs(A[i * L + k]) > Math.abs(A[pivot * L + k])) pivot = i;
    if (pivot !== k) {
      for (let j = 0; j < L; j++) [A[k * L + j], A[pivot * L + j]] = [A[pivot * L + j], A[k * L + j]];
      [b[k], b[pivot]] = [b[pivot], b[k]];
    }
    for (let i = k + 1; i < L; i++) {
      const factor = A[i * L + k] / A[k * L + k];
      for (let j = k; j < L; j++) A[i * L + j] -= factor * A[k * L + j];
      b[i] -= factor * b[k];
    }
  }
  for (let k = L - 1; k >= 0; k--) {
    for (let j = k + 1; j < L; j++) b[k] -= A[k * L + j] * b[j];
    b[k] /= A[k * L + k];
  }
}
