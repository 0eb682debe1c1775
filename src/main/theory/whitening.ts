/** Coordinates in which the full-data curvature H_λ is the identity. */
import { invertedCholesky } from '../estimators/inverted-cholesky.ts';
import { fillFlatDirection, hessian } from '../models/hessian.ts';
import type { ModelOnDevice } from '../models/model-on-device.ts';
import { parameterCount } from '../models/objective.ts';

/** Up to here H_λ is factored whole: some seconds, once per model. */
export const LARGEST_WHOLE = 1536;

/**
 * v ↦ C⁻¹v with H_λ = CCᵀ. H_λ^{-½} is this up to a rotation, so that inner products, eigenvalues and components along
 * eigenvectors are the same.
 */
export interface Whitening {
  /** C⁻¹: q×q, lower triangular. */
  inverse: Float64Array;
  /** V (m×q, rows) ↦ m×q: C⁻¹ of each row. */
  apply(V: Float64Array): Promise<Float64Array>;
}

const made = new WeakMap<ModelOnDevice, Promise<Whitening | null>>();

/** Null where H_λ is too large to be factored, or not definite in double precision. Made once per model. */
export function whiteningOf(model: ModelOnDevice, largest = LARGEST_WHOLE): Promise<Whitening | null> {
  if (parameterCount(model.objective) > largest) return Promise.resolve(null);
  const known = made.get(model);
  if (known !== undefined) return known;
  const making = makeWhitening(model);
  made.set(model, making);
  making.catch(() => made.delete(model));
  return making;
}

async function makeWhitening(model: ModelOnDevice): Promise<Whitening | null> {
  const { objective, fitted, weights, device } = model;
  const q = parameterCount(objective);
  const H = await hessian(objective, fitted.trainLogits, weights);
  fillFlatDirection(objective, H, q);
  const inverse = invertedCholesky(H, q);
  if (inverse === null) return null;
  return { inverse, apply: (V) => device.multiply(V, inverse, V.length / q, q, q, true) };
}
