/**
 * The Newton step of one removal through matrices that are formed: the curvature of all rows, once per model, less
 * that of the removed rows, which takes a pass over these alone. For a set of rows that changes under the hand it
 * takes a fraction of the conjugate gradients of the estimators, which go through all rows again and again.
 */
import { wholeCurvature } from '../estimators/few-rows.ts';
import { invertedCholesky } from '../estimators/inverted-cholesky.ts';
import { fillFlatDirection, hessian } from '../models/hessian.ts';
import type { ModelOnDevice } from '../models/model-on-device.ts';
import { dotAt, norms, parameterCount, projectFlat, type Objective } from '../models/objective.ts';
import { invertPositiveDefinite } from '../models/spd-inverse.ts';
import { LeverageError } from '../../shared/errors.ts';
import type { RemovedRows } from './removed-rows.ts';

/** Up to here plain loops factor quicker than the device's products. */
const PLAIN_SIZE = 256;
/** On ‖b − Ax‖ / ‖b‖, as the estimators solve their Newton step. */
const RESIDUAL = 1e-10;
const REFINEMENTS = 2;
/** A step this many times longer than influence's leaves so little curvature that a difference of sums loses its digits. */
const MOST_LENGTHENED = 100;

/** H_λ and H(w), q×q, of one removal; null where H_λ is too large to be formed. */
export interface FormedCurvature {
  whole: Float64Array;
  removed: Float64Array;
}

export async function formCurvature(model: ModelOnDevice, rows: RemovedRows): Promise<FormedCurvature | null> {
  const whole = await wholeCurvature(model);
  if (whole === null) return null;
  const { objective } = model;
  const part: Objective = { placed: rows.placed, logits: objective.logits, lambda: 0 };
  return { whole, removed: await hessian(part, rows.logits, rows.weights) };
}

/**
 * t (H_λ − t·H(w))⁻¹ g(w): the Newton step when a share t of the rows' weight is removed.
 * @param pull q: g(w), orthogonal to the flat direction
 * @returns null where the difference of the two curvatures does not keep enough digits
 */
export async function formedNewtonStep(
  model: ModelOnDevice,
  { whole, removed }: FormedCurvature,
  pull: Float64Array,
  share = 1,
): Promise<Float64Array | null> {
  const { objective, device } = model;
  const q = parameterCount(objective);
  const A = new Float64Array(q * q);
  for (let at = 0; at < A.length; at++) A[at] = whole[at] - share * removed[at];
  const { placed, lambda } = objective;
  const p = placed.columns;
  for (let j = 0; j < q; j++) if (!placed.intercept || j % p !== p - 1) A[j * q + j] += lambda;
  const definite = A.slice();
  fillFlatDirection(objective, definite, q);
  const solve = await solverOf(definite, q, device);
  if (solve === null) return null;
  const target = pull.map((value) => share * value);
  const step = new Float64Array(q);
  const residual = target.slice();
  const size = norms(target, q)[0];
  for (let round = 0; round <= REFINEMENTS; round++) {
    const change = solve(residual);
    projectFlat(objective, change);
    for (let j = 0; j < q; j++) step[j] += change[j];
    for (let i = 0; i < q; i++) {
      let sum = 0;
      for (let j = 0; j < q; j++) sum += A[i * q + j] * step[j];
      residual[i] = target[i] - sum;
    }
    projectFlat(objective, residual);
    if (norms(residual, q)[0] <= RESIDUAL * size && round > 0) break;
  }
  if (!(norms(residual, q)[0] <= RESIDUAL * size)) return null;
  const influence = await model.preconditioner.apply(target);
  return dotAt(target, step, 0, q) <= MOST_LENGTHENED * dotAt(target, influence, 0, q) ? step : null;
}

/** b ↦ A⁻¹b; null where A is not definite in double precision. */
async function solverOf(
  A: Float64Array,
  q: number,
  device: ModelOnDevice['device'],
): Promise<((b: Float64Array) => Float64Array) | null> {
  if (q <= PLAIN_SIZE) {
    const factor = invertedCholesky(A, q);
    return factor === null ? null : (b) => throughFactor(factor, q, b);
  }
  try {
    const inverse = await invertPositiveDefinite(A, q, device);
    return (b) =>
      Float64Array.from({ length: q }, (_, i) => {
        let sum = 0;
        for (let j = 0; j < q; j++) sum += inverse[i * q + j] * b[j];
        return sum;
      });
  } catch (thrown) {
    if (thrown instanceof LeverageError && thrown.kind === 'numerical') return null;
    throw thrown;
  }
}

/** L⁻ᵀ(L⁻¹b). */
function throughFactor(factor: Float64Array, q: number, b: Float64Array): Float64Array {
  const out = new Float64Array(q);
  for (let i = 0; i < q; i++) {
    let sum = 0;
    for (let j = 0; j <= i; j++) sum += factor[i * q + j] * b[j];
    for (let j = 0; j <= i; j++) out[j] += factor[i * q + j] * sum;
  }
  return out;
}
