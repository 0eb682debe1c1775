/**
 * Why influence is not leave-one-out (Bae et al. 2022, "If influence functions are the answer, then what is the question?").
 * Five things happen between the two, one after the other:
 *   cold     trained again without w, from the initialisation                    leave-one-out
 *   warm     the same objective minimised from θ̂                                 cold − warm: warm start
 *   near     plus (δ/2)‖θ − θ̂‖²                                                  warm − near: proximity
 *   pbrf     each loss replaced by its Bregman divergence from θ̂'s outputs        near − pbrf: non-convergence
 *   linear   its first order: ∇fᵀ(G + penalty + δ)⁻¹g(w), solved exactly           pbrf − linear: linearisation
 *   solved   the same as a chosen solver gives it                                  linear − solved: solver error
 * Each is computed by itself, so that the five differences add up to leave-one-out − influence to rounding.
 * The proximal Bregman response function: argmin Σᵢ sᵢ[ℓ(zᵢ) − ℓ(zᵢˢ) − ∇ℓ(zᵢˢ)ᵀ(zᵢ − zᵢˢ)] − Σ_w sᵢℓ(zᵢ) + ½(penalty + δ)‖θ − θ̂‖².
 */
import { allRows, checkCancelled, type AttributionEstimator, type AttributionProblem, bySets } from './attribution.ts';
import { openInverse, type InverseHessian, type InverseOptions } from './inverse-hessian.ts';
import { newtonMinimum, type Minimum, type SmoothFunction } from './solvers/newton-minimum.ts';
import { dot, norm } from './solvers/vectors.ts';
import {
  hessianProduct,
  isLinear,
  objectiveGradient,
  objectiveValue,
  setGradient,
  targetGradients,
  targetLosses,
  weightsWithout,
} from './training-objective.ts';

/** Effects of removing one set on every target (T each). */
export interface ResponseSplit {
  cold: Float64Array;
  warm: Float64Array;
  near: Float64Array;
  pbrf: Float64Array;
  linear: Float64Array;
  solved: Float64Array;
  /** Whether the three minimisations reached their goal. */
  converged: boolean;
}

export const RESPONSE_TERMS = ['warmStart', 'proximity', 'nonConvergence', 'linearisation', 'solverError'] as const;
export type ResponseTerm = (typeof RESPONSE_TERMS)[number];

/** The five differences; their sum is cold − solved. */
export function responseTerms(split: ResponseSplit): Record<ResponseTerm, Float64Array> {
  const difference = (a: Float64Array, b: Float64Array): Float64Array => a.map((value, t) => value - b[t]);
  return {
    warmStart: difference(split.cold, split.warm),
    proximity: difference(split.warm, split.near),
    nonConvergence: difference(split.near, split.pbrf),
    linearisation: difference(split.pbrf, split.linear),
    solverError: difference(split.linear, split.solved),
  };
}

export interface ResponseOptions {
  /** δ; chosen from the spectrum when left out (0 for linear models). */
  damping?: number;
  /** Whose solution is put to the test. */
  solver?: InverseOptions;
  /** On the gradient, relative to the pull of the removed set. */
  tolerance?: number;
  maximumSteps?: number;
}

const TOLERANCE = 1e-8;
const MAXIMUM_STEPS = 60;

/** One split per set. */
export async function responseSplits(
  problem: AttributionProblem,
  sets: readonly Int32Array[],
  options: ResponseOptions = {},
): Promise<ResponseSplit[]> {
  const { model, trained, seed, targets, signal } = problem;
  const { theta } = trained;
  const exact = await openInverse(problem, { form: 'gaussNewton', damping: options.damping, tolerance: 1e-12 });
  const { damping } = exact;
  const inexact = await openInverse(problem, { ...options.solver, form: 'gaussNewton', damping });
  const before = await targetLosses(model, theta, targets);
  const gradients = await targetGradients(model, theta, targets);
  const exactly = await solveAll(exact, gradients);
  const roughly = await solveAll(inexact, gradients);
  const splits: ResponseSplit[] = [];
  for (const members of sets) {
    checkCancelled(problem);
    const pull = await setGradient(model, theta, members);
    const weights = weightsWithout(model, members);
    const goal = (options.tolerance ?? TOLERANCE) * norm(pull);
    const control = { goal, maximumSteps: options.maximumSteps ?? MAXIMUM_STEPS };
    const minimise = (f: SmoothFunction): Promise<Minimum> =>
      newtonMinimum(f, theta, { ...control, checkCancelled: () => checkCancelled(problem) });
    const effect = async (moved: Float64Array): Promise<Float64Array> =>
      (await targetLosses(model, moved, targets)).map((value, t) => value - before[t]);
    const warm = await minimise(withoutRows(problem, weights, 0));
    const near = damping === 0 ? warm : await minimise(withoutRows(problem, weights, damping));
    const pbrf = await minimise(await bregman(problem, weights, damping));
    const cold = await model.train({ weights, seed, signal });
    splits.push({
      cold: await effect(cold.theta),
      warm: await effect(warm.theta),
      near: await effect(near.theta),
      pbrf: await effect(pbrf.theta),
      linear: Float64Array.from(exactly, (s) => dot(s, pull)),
      solved: Float64Array.from(roughly, (s) => dot(s, pull)),
      converged: warm.converged && near.converged && pbrf.converged,
    });
  }
  return splits;
}

/** Effects by the proximal Bregman response function itself: own definition for groups. */
export function proximalResponse(options: ResponseOptions = {}): AttributionEstimator {
  return async (problem) => {
    const { model, trained, targets } = problem;
    const { damping, notes } = await openInverse(problem, {
      solver: 'cg',
      form: 'gaussNewton',
      damping: options.damping,
    });
    const before = await targetLosses(model, trained.theta, targets);
    let missed = 0;
    const effects = await bySets(problem, async (sets) => {
      const out = new Float64Array(targets.length * sets.length);
      for (let g = 0; g < sets.length; g++) {
        checkCancelled(problem);
        const goal = (options.tolerance ?? TOLERANCE) * norm(await setGradient(model, trained.theta, sets[g]));
        const f = await bregman(problem, weightsWithout(model, sets[g]), damping);
        const control = { goal, maximumSteps: options.maximumSteps ?? MAXIMUM_STEPS };
        const minimum = await newtonMinimum(f, trained.theta, control);
        if (!minimum.converged) missed++;
        const after = await targetLosses(model, minimum.theta, targets);
        after.forEach((value, t) => (out[t * sets.length + g] = value - before[t]));
      }
      return out;
    });
    if (missed > 0) notes.push(`${missed} responses did not reach the gradient asked for.`);
    return { ...effects, groupRule: 'own', suspicion: null, suspicionRule: '', notes };
  };
}

async function solveAll(inverse: InverseHessian, right: readonly Float64Array[]): Promise<Float64Array[]> {
  const out: Float64Array[] = [];
  for (const vector of right) out.push(await inverse.solve(vector));
  return out;
}

/** Σ weights·ℓ + ½penalty θ² + (δ/2)‖θ − θ̂‖². */
function withoutRows({ model, trained }: AttributionProblem, weights: Float64Array, damping: number): SmoothFunction {
  const form = isLinear(model) ? 'hessian' : 'gaussNewton';
  return {
    async value(theta) {
      let value = await objectiveValue(model, theta, weights);
      for (let j = 0; j < theta.length; j++) value += 0.5 * damping * (theta[j] - trained.theta[j]) ** 2;
      return value;
    },
    async gradient(theta) {
      const out = await objectiveGradient(model, theta, weights);
      for (let j = 0; j < out.length; j++) out[j] += damping * (theta[j] - trained.theta[j]);
      return out;
    },
    curvature: (theta) => hessianProduct(model, theta, { form, damping, weights }),
  };
}

/**
 * The Bregman objective, constants left out: over the kept rows their loss, over all rows −sᵢ∇ℓ(zᵢˢ)ᵀzᵢ (a removed row's
 * divergence less its loss is linear in its outputs).
 */
async function bregman(
  { model, trained }: AttributionProblem,
  weights: Float64Array,
  damping: number,
): Promise<SmoothFunction> {
  const rows = allRows(model.rows.train);
  const K = model.outputs;
  const held = await model.outputGradients(trained.theta, 'train', rows);
  for (let at = 0; at < held.length; at++) held[at] *= model.weights[Math.floor(at / K)];
  const form = isLinear(model) ? 'hessian' : 'gaussNewton';
  const drag = (j: number, theta: Float64Array): number => (model.penalty[j] + damping) * (theta[j] - trained.theta[j]);
  return {
    async value(theta) {
      const losses = await model.losses(theta, 'train');
      const z = await model.logits(theta, 'train');
      let value = 0;
      for (let i = 0; i < losses.length; i++) if (weights[i] !== 0) value += weights[i] * losses[i];
      value -= dot(held, z);
      for (let j = 0; j < theta.length; j++) value += 0.5 * drag(j, theta) * (theta[j] - trained.theta[j]);
      return value;
    },
    async gradient(theta) {
      const out = await model.gradientSum(theta, 'train', rows, weights);
      const linear = await model.outputPullback(theta, 'train', rows, held);
      for (let j = 0; j < out.length; j++) out[j] += drag(j, theta) - linear[j];
      return out;
    },
    curvature: (theta) => hessianProduct(model, theta, { form, damping, weights }),
  };
}
