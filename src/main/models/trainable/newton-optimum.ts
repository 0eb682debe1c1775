/**
 * The optimum of a strictly convex TrainableModel in float64: Newton's method with a backtracking line search, each step
 * by conjugate gradients preconditioned with a Cholesky factor of H_λ; for squared loss the first step is the optimum.
 */
import { LeverageError } from '../../../shared/errors.ts';
import { factorInPlace, solveCholesky, type Cholesky } from './cholesky.ts';
import { conjugateSolve, inner } from './conjugate-solve.ts';
import type { LinearModel } from './linear-model.ts';

export interface Optimum {
  theta: Float64Array;
  gradientNorm: number;
  converged: boolean;
  iterations: number;
}

/** ‖∇‖ per unit of Σs: the aim, which is rounding (a small group's own gradient is to be found to many digits), and the contract (method.md §2). */
const GRADIENT_GOAL = 1e-18;
export const GRADIENT_LIMIT = 1e-10;
const MAXIMUM_STEPS = 200;
/** In units of ‖∇‖: the step it allows where there is no curvature is the inverse. */
const FIRST_DAMPING = 1e-2;
const MOST_DAMPING = 1e8;
/** Beyond this many parameters a factor no longer pays (q² numbers, q³/3 multiplications): the diagonal of H_λ then. */
const LARGEST_FACTOR = 2500;
/** More conjugate iterations than this in one step: the factor is of a point too far away. */
const STALE_AFTER = 25;

/** H_λ + damping·I at θ as a factor; null when q is too large. Of a model with one output. Throws `numerical` when it is far from positive definite. */
export function factorHessian(
  model: LinearModel,
  theta: Float64Array,
  weights: Float64Array,
  damping = 0,
): Cholesky | null {
  const q = model.parameterCount;
  if (q > LARGEST_FACTOR) return null;
  const H = denseHessian(model, theta, weights);
  let trace = 0;
  for (let j = 0; j < q; j++) trace += H[j * q + j];
  // A free intercept without curvature (every margin far beyond the hinge) leaves H_λ singular to rounding.
  for (const shift of [0, 1e-14, 1e-11, 1e-8]) {
    const A = H.slice();
    for (let j = 0; j < q; j++) A[j * q + j] += damping + shift * (trace / q);
    const factor = factorInPlace(A, q);
    if (factor !== null) return factor;
  }
  throw new LeverageError(
    'numerical',
    'The Hessian is not positive definite in double precision.',
    'Use a larger λ, or rescale the features (standardise).',
  );
}

/** Lower triangle of Σ sᵢ ℓ″ᵢ x̃ᵢx̃ᵢᵀ + diag(penalty), q×q. */
function denseHessian(model: LinearModel, theta: Float64Array, weights: Float64Array): Float64Array {
  const q = model.parameterCount;
  const H = new Float64Array(q * q);
  const x = new Float64Array(q);
  model.rowCurvatures(theta).forEach((curvature, i) => {
    const scale = weights[i] * curvature;
    if (scale === 0) return;
    x.fill(0);
    model.trainRows.add(i, 1, x, 0);
    for (let a = 0; a < q; a++) {
      const factor = scale * x[a];
      if (factor === 0) continue;
      for (let b = 0, to = a * q; b <= a; b++) H[to + b] += factor * x[b];
    }
  });
  for (let j = 0; j < q; j++) H[j * q + j] += model.penalty[j];
  return H;
}

export interface OptimumOptions {
  weights: Float64Array;
  from: Float64Array;
  /** A factor of H_λ near the optimum, if one is at hand: that of all rows serves every removal. */
  factor?: Cholesky | null;
  checkCancelled?: () => void;
}

/**
 * Minimises Σ sᵢℓᵢ + ½ θᵀdiag(penalty)θ from `from`, until the gradient no longer falls: what is left is rounding.
 * `converged` says whether it is below 1e-10·Σs.
 */
export async function newtonOptimum(model: LinearModel, options: OptimumOptions): Promise<Optimum> {
  const { weights, from, checkCancelled } = options;
  const q = model.parameterCount;
  const rows = Int32Array.from({ length: model.rows.train }, (_, i) => i);
  const mass = weights.reduce((sum, weight) => sum + weight, 0);
  const { penalty } = model;

  const value = async (theta: Float64Array): Promise<number> => {
    const losses = await model.losses(theta, 'train');
    let sum = 0;
    for (let i = 0; i < losses.length; i++) if (weights[i] !== 0) sum += weights[i] * losses[i];
    for (let j = 0; j < q; j++) sum += 0.5 * penalty[j] * theta[j] ** 2;
    return sum;
  };
  const gradient = async (theta: Float64Array): Promise<Float64Array> => {
    const g = await model.gradientSum(theta, 'train', rows, weights);
    for (let j = 0; j < q; j++) g[j] += penalty[j] * theta[j];
    return g;
  };

  let theta: Float64Array = from.slice();
  let g = await gradient(theta);
  let best: Optimum = { theta, gradientNorm: Math.sqrt(inner(g, g)), converged: false, iterations: 0 };
  let factor = options.factor ?? null;
  let stale = factor === null;
  let iterations = 0;
  // Levenberg's: 0 but where a Newton step leads nowhere, as where no row has curvature.
  let damping = 0;
  while (iterations < MAXIMUM_STEPS && best.gradientNorm > GRADIENT_GOAL * mass) {
    checkCancelled?.();
    if (stale) factor = factorHessian(model, theta, weights, damping);
    const at = theta;
    const mu = damping;
    const solved = await conjugateSolve(
      async (v) => {
        const product = await model.curvatureProduct(at, rows, weights, v, 'hessian');
        for (let j = 0; j < q; j++) product[j] += (penalty[j] + mu) * v[j];
        return product;
      },
      g,
      {
        tolerance: 1e-12,
        maximumIterations: 10 * q,
        precondition: factor === null ? undefined : (r) => solveCholesky(factor as Cholesky, r),
        checkCancelled,
      },
    );
    stale = solved.iterations > STALE_AFTER;
    iterations++;
    const step = solved.x;
    const slope = inner(g, step);
    const next = await lineSearch(value, theta, step, slope);
    if (next === null) {
      if (best.gradientNorm <= GRADIENT_LIMIT * mass || damping > MOST_DAMPING * best.gradientNorm) break;
      damping = damping === 0 ? best.gradientNorm * FIRST_DAMPING : 10 * damping;
      stale = true;
      continue;
    }
    if (damping > 0) {
      damping = damping < 1e-12 * mass ? 0 : damping / 10;
      stale = true;
    }
    theta = next;
    g = await gradient(theta);
    const gradientNorm = Math.sqrt(inner(g, g));
    const stalled = gradientNorm >= 0.5 * best.gradientNorm && best.gradientNorm <= GRADIENT_LIMIT * mass;
    if (gradientNorm < best.gradientNorm) best = { theta, gradientNorm, converged: false, iterations };
    if (stalled) break;
  }
  return { ...best, iterations, converged: best.gradientNorm <= GRADIENT_LIMIT * mass };
}

/** θ − t·step for the first t = 1, ½, ¼, … that decreases the objective enough (Armijo); null when rounding hides every decrease. */
async function lineSearch(
  value: (theta: Float64Array) => Promise<number>,
  theta: Float64Array,
  step: Float64Array,
  slope: number,
): Promise<Float64Array | null> {
  const start = await value(theta);
  const rounding = 1e-13 * Math.abs(start);
  for (let t = 1; t > 1e-4; t /= 2) {
    const next = theta.map((entry, j) => entry - t * step[j]);
    const now = await value(next);
    if (now <= start - 1e-4 * t * slope + rounding) return next;
  }
  return null;
}
