/**
 * LiSSA over all rows with its scale chosen anew at each iteration from both ends of the spectrum: h ← v + h − H h/scaleₜ with
 * Chebyshev's scales, in the stable three-term form (Golub & Van Loan 2013, section 11.2.8). √κ iterations where one
 * scale takes κ.
 */
import { LeverageError } from '../../../shared/errors.ts';
import type { Product, ResidualPoint, Solution, SolverWatch } from './linear-system.ts';
import { addScaled, norm } from './vectors.ts';

export interface ChebyshevOptions extends SolverWatch {
  /** Below the smallest eigenvalue that v has a part in: smaller is slower, larger still converges. */
  lowest: number;
  /** Above the largest eigenvalue: smaller diverges. */
  highest: number;
  /** On the error of x: ‖r‖/lowest bounds it. */
  tolerance: number;
  depth: number;
}

const DIVERGED = 1e3;

/** Throws LeverageError 'numerical' where the residual grows: x is finite, always. */
export async function chebyshev(
  product: Product,
  v: Float64Array,
  { lowest, highest, tolerance, depth, onResidual, checkCancelled }: ChebyshevOptions,
): Promise<Solution> {
  const x = new Float64Array(v.length);
  const size = norm(v);
  const residuals: ResidualPoint[] = [];
  if (size === 0) return { x, converged: true, residuals };
  const centre = (highest + lowest) / 2;
  const reach = (highest - lowest) / 2;
  const sigma = centre / reach;
  let rho = 1 / sigma;
  const r = v.slice();
  let d = r.map((value) => value / centre);
  for (let iteration = 1; iteration <= depth; iteration++) {
    checkCancelled?.();
    addScaled(x, 1, d);
    addScaled(r, -1, await product(d));
    const point = { iteration, products: iteration, residual: norm(r) / size };
    if (!Number.isFinite(point.residual) || point.residual > DIVERGED) throw diverged(point, highest);
    residuals.push(point);
    onResidual?.(point);
    if ((point.residual * size) / lowest <= tolerance * norm(x)) return { x, converged: true, residuals };
    const next = 1 / (2 * sigma - rho);
    d = d.map((value, j) => next * rho * value + ((2 * next) / reach) * r[j]);
    rho = next;
  }
  return { x, converged: false, residuals };
}

function diverged({ iteration, residual }: ResidualPoint, highest: number): LeverageError {
  const size = Number.isFinite(residual) ? `${residual.toExponential(1)} times the right-hand side` : 'out of range';
  return new LeverageError(
    'numerical',
    `LiSSA diverges: after ${iteration} iterations with scales up to ${highest.toPrecision(3)} the residual is ${size}.`,
    'The largest scale must be above the largest eigenvalue: leave it to be chosen, or raise it.',
  );
}
