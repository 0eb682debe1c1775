/** Conjugate gradients (Hestenes & Stiefel 1952; for influence, Martens 2010 and Koh & Liang 2017). */
import { LeverageError } from '../../../shared/errors.ts';
import {
  negativeCurvature,
  type Product,
  type ResidualPoint,
  type Solution,
  type SolverWatch,
} from './linear-system.ts';
import { addScaled, dot, norm } from './vectors.ts';

export interface ConjugateGradientOptions extends SolverWatch {
  /** On ‖b − A x‖ / ‖b‖. */
  tolerance: number;
  maximumIterations: number;
}

/** Curvature below this share of the largest one seen is rounding of zero. */
const FLAT = 1e-13;

/**
 * Solves A x = b for A positive (semi-)definite and b in its range.
 * Throws LeverageError 'numerical' for negative curvature or numbers out of range: x is finite, always.
 */
export async function conjugateGradients(
  product: Product,
  b: Float64Array,
  { tolerance, maximumIterations, onResidual, checkCancelled }: ConjugateGradientOptions,
): Promise<Solution> {
  const x = new Float64Array(b.length);
  const size = norm(b);
  const residuals: ResidualPoint[] = [];
  if (size === 0) return { x, converged: true, residuals };
  if (!Number.isFinite(size)) throw outOfRange(0);
  const r = b.slice();
  let p = b.slice();
  let rr = size * size;
  let steepest = 0;
  for (let iteration = 1; iteration <= maximumIterations; iteration++) {
    checkCancelled?.();
    const Ap = await product(p);
    const curvature = dot(p, Ap);
    if (!Number.isFinite(curvature)) throw outOfRange(iteration);
    const pp = dot(p, p);
    steepest = Math.max(steepest, curvature / pp);
    // Along a flat direction the product is rounding of either sign, and so is what is left of r.
    if (Math.abs(curvature) <= FLAT * steepest * pp) break;
    if (curvature < 0) throw negativeCurvature(`Conjugate gradients, iteration ${iteration}`);
    const step = rr / curvature;
    addScaled(x, step, p);
    addScaled(r, -step, Ap);
    const next = dot(r, r);
    const point = { iteration, products: iteration, residual: Math.sqrt(next) / size };
    residuals.push(point);
    onResidual?.(point);
    if (point.residual <= tolerance) return { x, converged: true, residuals };
    const turn = next / rr;
    p = r.map((value, j) => value + turn * p[j]);
    rr = next;
  }
  return { x, converged: false, residuals };
}

function outOfRange(iteration: number): LeverageError {
  return new LeverageError(
    'numerical',
    `Conjugate gradients, iteration ${iteration}: the numbers went out of range.`,
    'Standardise the features, or train closer to a minimum.',
  );
}
