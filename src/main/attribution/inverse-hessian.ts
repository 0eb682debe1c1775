/** (H + penalty + damping)⁻¹ of a trained model, by a dense factor, conjugate gradients or LiSSA, tuned by itself. */
import { LeverageError } from '../../shared/errors.ts';
import { openStream } from '../groups/random-stream.ts';
import type { CurvatureForm } from '../models/trainable/trainable-model.ts';
import { allRows, checkCancelled, type AttributionProblem } from './attribution.ts';
import {
  denseBytes,
  denseMatrix,
  factorise,
  requireRoomForDense,
  solveFactored,
  type CholeskyFactor,
} from './solvers/cholesky.ts';
import { chebyshev } from './solvers/chebyshev.ts';
import { conjugateGradients } from './solvers/conjugate-gradients.ts';
import type { ResidualPoint } from './solvers/linear-system.ts';
import { lissa, tuneLissa, type LissaSystem, type LissaTuning } from './solvers/lissa.ts';
import { automaticDamping, spectrum } from './solvers/spectrum.ts';
import { hessianProduct, isLinear, targetGradients, usualForm } from './training-objective.ts';

export type SolverName = 'cholesky' | 'cg' | 'lissa';

export interface InverseOptions {
  /** 'cholesky' where q² numbers are few, else 'cg', when left out. */
  solver?: SolverName;
  form?: CurvatureForm;
  /** Added to the diagonal; chosen from the spectrum when left out (0 for linear models). */
  damping?: number;
  /** Of the residual (CG) or of the solution (LiSSA). */
  tolerance?: number;
  maximumIterations?: number;
  /** LiSSA's; chosen when left out. Rows of a batch are all rows unless said. */
  lissa?: Partial<LissaTuning>;
  /** LiSSA's scale: one for all iterations, as in the papers, or (over all rows) Chebyshev's, anew at each. The latter when left out. */
  schedule?: 'constant' | 'chebyshev';
  /** Called as a solve goes on: how the residual falls. */
  onResidual?(point: ResidualPoint): void;
}

export interface InverseHessian {
  solver: SolverName;
  form: CurvatureForm;
  damping: number;
  /** The factor, when there is one. */
  factor: CholeskyFactor | null;
  /** LiSSA's settings, when it is used. */
  tuning: LissaTuning | null;
  solve(right: Float64Array): Promise<Float64Array>;
  /** The residual of the last solve, per iteration. */
  lastResiduals(): readonly ResidualPoint[];
  notes: string[];
}

/** Dense up to here unless told: 650 parameters are a 10-class model of 64 pixels. */
const DENSE_PARAMETERS = 1024;
const TOLERANCE: Record<'cg' | 'lissa', number> = { cg: 1e-10, lissa: 2e-3 };
const LISSA_DEPTH = 50_000;

/** Throws LeverageError 'numerical' for negative curvature or divergence, 'unavailable' where a factor would not fit. */
export async function openInverse(problem: AttributionProblem, options: InverseOptions = {}): Promise<InverseHessian> {
  const { model, trained, memoryBudget } = problem;
  const q = model.parameterCount;
  const form = options.form ?? usualForm(problem);
  const solver = options.solver ?? (q <= DENSE_PARAMETERS && denseBytes(q) <= memoryBudget ? 'cholesky' : 'cg');
  if (solver === 'cholesky') requireRoomForDense(q, memoryBudget);
  const watch = { checkCancelled: () => checkCancelled(problem), onResidual: options.onResidual };
  const notes: string[] = [];
  const damping = options.damping ?? (await chooseDamping(problem, form, notes));
  const product = hessianProduct(model, trained.theta, { form, damping });
  let residuals: readonly ResidualPoint[] = [];
  const common = { solver, form, damping, notes, lastResiduals: () => residuals };
  if (solver === 'cholesky') {
    const factor = factorise(await denseMatrix(product, q, watch), q);
    if (factor.flat > 0) notes.push(`${factor.flat} flat directions were left out of the factor.`);
    return { ...common, factor, tuning: null, solve: (right) => Promise.resolve(solveFactored(factor, right)) };
  }
  if (solver === 'cg') {
    const tolerance = options.tolerance ?? TOLERANCE.cg;
    const maximumIterations = options.maximumIterations ?? Math.max(200, 10 * q);
    return {
      ...common,
      factor: null,
      tuning: null,
      async solve(right) {
        const solution = await conjugateGradients(product, right, { tolerance, maximumIterations, ...watch });
        residuals = solution.residuals;
        if (!solution.converged) noteOnce(notes, stopped('Conjugate gradients', residuals));
        return solution.x;
      },
    };
  }
  const system = lissaSystem(problem, form, damping);
  const batchSize = options.lissa?.batchSize ?? model.rows.train;
  const depth = options.lissa?.depth ?? options.maximumIterations ?? LISSA_DEPTH;
  const tuned = await tuneLissa(system, batchSize, { depth }, watch);
  const tuning: LissaTuning = { ...tuned, ...options.lissa };
  const tolerance = options.tolerance ?? TOLERANCE.lissa;
  if ((options.schedule ?? 'chebyshev') === 'chebyshev' && batchSize >= model.rows.train) {
    const lowest = await lowestCurvature(problem, system, tuning);
    notes.push(`LiSSA: scales from ${lowest.toPrecision(3)} to ${tuning.scale.toPrecision(3)}, by Chebyshev's rule.`);
    return {
      ...common,
      factor: null,
      tuning,
      async solve(right) {
        const solution = await chebyshev(product, right, { lowest, highest: tuning.scale, tolerance, depth, ...watch });
        residuals = solution.residuals;
        if (!solution.converged) noteOnce(notes, stopped('LiSSA', residuals));
        return solution.x;
      },
    };
  }
  notes.push(
    `LiSSA: scale ${tuning.scale.toPrecision(3)}, batches of ${tuning.batchSize} rows, damping ${tuning.damping}.`,
  );
  return {
    ...common,
    factor: null,
    tuning,
    async solve(right) {
      const solution = await lissa(system, right, { tuning, tolerance, ...watch });
      residuals = solution.residuals;
      if (!solution.converged) noteOnce(notes, stopped('LiSSA', residuals));
      return solution.x;
    },
  };
}

/**
 * The lower end of the spectrum as the targets' gradients see it: below the least penalty only where unpenalised
 * intercepts nearly follow the features. No less than 10⁻⁷ of the upper end.
 */
async function lowestCurvature(
  { model, trained, targets }: AttributionProblem,
  { full, length }: LissaSystem,
  { scale }: LissaTuning,
): Promise<number> {
  const [gradient] = await targetGradients(model, trained.theta, targets.slice(0, 1));
  const { smallest } = await spectrum(full, length, {}, gradient);
  const least = model.penalty.reduce(
    (low, value) => (value > 0 ? Math.min(low, value) : low),
    Number.POSITIVE_INFINITY,
  );
  return Math.max(Math.min(least, smallest), 1e-7 * scale);
}

async function chooseDamping(problem: AttributionProblem, form: CurvatureForm, notes: string[]): Promise<number> {
  const { model, trained } = problem;
  // Convex and, with its penalty, definite: any damping would only change the question.
  if (isLinear(model)) return 0;
  const product = hessianProduct(model, trained.theta, { form, damping: 0 });
  const ends = await spectrum(product, model.parameterCount, { checkCancelled: () => checkCancelled(problem) });
  const damping = automaticDamping(ends);
  notes.push(
    `Spectrum of the ${form === 'hessian' ? 'Hessian' : 'Gauss–Newton matrix'}: ${ends.smallest.toExponential(1)} … ${ends.largest.toExponential(1)}; damping ${damping.toExponential(1)}.`,
  );
  return damping;
}

/** H over all rows and over random batches, each batch scaled to all rows. */
export function lissaSystem(problem: AttributionProblem, form: CurvatureForm, damping: number): LissaSystem {
  const { model, trained, seed } = problem;
  const n = model.rows.train;
  const everyRow = allRows(n);
  const stream = openStream(seed, 'lissa');
  return {
    length: model.parameterCount,
    rows: n,
    full: hessianProduct(model, trained.theta, { form, damping }),
    batch(size) {
      const rows = stream.sample(everyRow, Math.min(size, n));
      const weights = Float64Array.from(rows, (row) => (model.weights[row] * n) / rows.length);
      return async (v) => {
        const out = await model.curvatureProduct(trained.theta, rows, weights, v, form);
        for (let j = 0; j < out.length; j++) out[j] += (model.penalty[j] + damping) * v[j];
        return out;
      };
    },
  };
}

function stopped(solver: string, residuals: readonly ResidualPoint[]): string {
  const last = residuals[residuals.length - 1];
  if (last === undefined) throw new LeverageError('numerical', `${solver}: no iteration was done.`);
  return `${solver} stopped at a residual of ${last.residual.toExponential(1)} after ${last.iteration} iterations.`;
}

function noteOnce(notes: string[], note: string): void {
  if (!notes.includes(note)) notes.push(note);
}
