/**
 * LiSSA (Agarwal et al. 2017; Koh & Liang 2017): h ← v + (1 − d) h − H_B h / scale, B a batch drawn anew each time and
 * H_B its unbiased estimate of H; the solution is h / scale, of the system (H + d·scale) x = v: the effective damping is
 * d·scale. Converges where every batch's largest eigenvalue is below about twice the scale: users' commonest pain is
 * a scale below that, and a NaN. Here the scale comes from power iteration on the batches themselves, the residual
 * is measured with all rows as it goes, and a growing one ends in a sentence.
 */
import { LeverageError } from '../../../shared/errors.ts';
import {
  negativeCurvature,
  type Product,
  type ResidualPoint,
  type Solution,
  type SolverWatch,
} from './linear-system.ts';
import { dominantEigenvalue } from './spectrum.ts';
import { addScaled, isFiniteVector, norm, sum } from './vectors.ts';

export interface LissaSystem {
  length: number;
  /** H v over all rows, penalty included. */
  full: Product;
  /** Training rows. */
  rows: number;
  /** Draws a batch of `size` rows; its product, scaled to all rows, penalty included. */
  batch(size: number): Product;
}

export interface LissaTuning {
  /** Rows of a batch; all rows make the iteration deterministic. */
  batchSize: number;
  scale: number;
  /** d; the effective damping is d·scale. */
  damping: number;
  /** Iterations at most. */
  depth: number;
}

export interface LissaOptions extends SolverWatch {
  tuning: LissaTuning;
  /** Wanted relative error of x, estimated from the geometric tail of the residuals. */
  tolerance: number;
}

/** Above the largest eigenvalue found: power iteration comes from below. */
const SCALE_MARGIN = 1.1;
const BATCHES_TRIED = 3;
const BATCH_POWER_STEPS = 12;

/**
 * Scale for batches of a size: the largest eigenvalue over all rows and over a few batches, with a margin.
 * Throws 'numerical' where the curvature over all rows is negative.
 */
export async function tuneLissa(
  system: LissaSystem,
  batchSize: number,
  { depth, damping = 0 }: { depth: number; damping?: number },
  watch: SolverWatch = {},
): Promise<LissaTuning> {
  const whole = await dominantEigenvalue(system.full, system.length, watch);
  if (whole.value <= 0) throw negativeCurvature('LiSSA');
  let largest = whole.value;
  if (batchSize < system.rows) {
    for (let tried = 0; tried < BATCHES_TRIED; tried++) {
      const batch = system.batch(batchSize);
      largest = Math.max(largest, (await dominantEigenvalue(batch, system.length, watch, BATCH_POWER_STEPS)).value);
    }
  }
  const scale = SCALE_MARGIN * largest;
  return { batchSize: Math.min(batchSize, system.rows), scale, damping: damping / scale, depth };
}

/** Residuals measured over a run: enough for a curve, few enough to cost little. */
const CHECKS = 40;
const DIVERGED = 1e3;

/**
 * Throws LeverageError 'numerical' with iteration, residual and scale when it diverges; x is finite, always. For batches
 * smaller than the data x is the mean of the second half of the iterates, whose noise is smaller than the last one's.
 */
export async function lissa(
  system: LissaSystem,
  v: Float64Array,
  { tuning, tolerance, onResidual, checkCancelled }: LissaOptions,
): Promise<Solution> {
  const { batchSize, scale, damping, depth } = tuning;
  const size = norm(v);
  const residuals: ResidualPoint[] = [];
  if (size === 0) return { x: new Float64Array(v.length), converged: true, residuals };
  const stochastic = batchSize < system.rows;
  const shareOfRows = Math.min(1, batchSize / system.rows);
  let products = 0;
  let h = v.slice();
  let mean: Float64Array | null = null;
  let averaged = 0;
  let previous: ResidualPoint | null = null;
  const every = stochastic ? Math.max(1, Math.ceil(depth / CHECKS)) : 1;

  const solution = (of: Float64Array): Float64Array => of.map((value) => value / scale);
  /** ‖v − (H + d·scale) x‖ / ‖v‖ */
  const residualOf = async (of: Float64Array): Promise<number> => {
    const x = solution(of);
    const Hx = await system.full(x);
    addScaled(Hx, damping * scale, x);
    products += 1;
    return norm(sum(v, -1, Hx)) / size;
  };
  const watch = (iteration: number, residual: number): ResidualPoint => {
    const point = { iteration, products, residual };
    residuals.push(point);
    onResidual?.(point);
    if (!Number.isFinite(residual) || residual > DIVERGED) throw diverged(point, tuning);
    return point;
  };

  for (let iteration = 1; iteration <= depth; iteration++) {
    checkCancelled?.();
    const Hh = await (stochastic ? system.batch(batchSize) : system.full)(h);
    products += shareOfRows;
    const next = h.map((value, j) => v[j] + (1 - damping) * value - Hh[j] / scale);
    if (!isFiniteVector(next)) throw diverged({ iteration, products, residual: Number.POSITIVE_INFINITY }, tuning);
    if (!stochastic) {
      // h' − h is the residual times ‖v‖: no further product is needed.
      const point = watch(iteration, norm(sum(next, -1, h)) / size);
      h = next;
      if (tailIsSmall(point, previous, norm(h) / size, tolerance))
        return { x: solution(h), converged: true, residuals };
      previous = point;
      continue;
    }
    h = next;
    if (iteration > depth / 2) {
      mean ??= new Float64Array(v.length);
      averaged++;
      addScaled(mean, 1 / averaged, sum(h, -1, mean));
    }
    if (iteration % every === 0 && iteration < depth) watch(iteration, await residualOf(mean ?? h));
  }
  const last = mean ?? h;
  if (!stochastic) return { x: solution(last), converged: false, residuals };
  watch(depth, await residualOf(last));
  return { x: solution(last), converged: residuals[residuals.length - 1].residual <= tolerance, residuals };
}

/**
 * The steps shrink by ρ = r'/r from one to the next, slower and slower as the large eigenvalues are done with: what is
 * left of the way is r'·ρ/(1 − ρ) of ‖v‖, against the length of h.
 */
function tailIsSmall(now: ResidualPoint, before: ResidualPoint | null, length: number, tolerance: number): boolean {
  if (now.residual === 0) return true;
  if (before === null) return false;
  const rate = now.residual / before.residual;
  return rate < 1 && (now.residual * rate) / (1 - rate) <= tolerance * length;
}

function diverged({ iteration, residual }: ResidualPoint, { scale, batchSize }: LissaTuning): LeverageError {
  const size = Number.isFinite(residual) ? `${residual.toExponential(1)} times the right-hand side` : 'out of range';
  return new LeverageError(
    'numerical',
    `LiSSA diverges: after ${iteration} iterations with scale ${scale.toPrecision(3)} and batches of ${batchSize} the residual is ${size}.`,
    'The scale must be above the largest eigenvalue of a batch: leave it to be chosen, raise it, or take larger batches.',
  );
}
