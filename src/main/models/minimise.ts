/**
 * Newton's method for many groups side by side (method §4): minimises, for each,
 *
 *   F(δ) = Σᵢ keepᵢ [ℓᵢ(θ̂+δ) − ℓᵢ(θ̂) − ∇ℓᵢ(θ̂)ᵀδ] + (λ/2)‖δ‖² − pullᵀδ,
 *   ∇F(δ) = X̃ᵀ[keep ∘ (p(z + X̃δ) − p(z))] + λδ − pull.
 *
 * With pull = g(w), the gradient that removing the group leaves at θ̂, the minimiser is
 * δ = θ̂(1 − w) − θ̂; with keep = s and pull = −∇ the same loop fits a model.
 * The first step, solved tightly, is the one-step Newton estimate.
 *
 * Where a device of single precision solves: it descends until its own rounding is near, then each gradient is
 * taken in double precision and only the correction is solved for in single precision, until the gradient of
 * double precision is within the tolerance. Groups for which that stalls descend in double precision.
 */
import { descend, type Descent } from './descend.ts';
import { decrementTest, type DecrementTest } from './decrement.ts';
import { solveBatch, type SolveControl } from './conjugate-gradients.ts';
import { narrowed, newtonSteps, WORKING_TOLERANCE, type BatchPair } from './newton-step.ts';
import { addPenalty, norms, parameterCount, projectFlat, takeVectors, type Objective } from './objective.ts';
import type { Preconditioner } from './preconditioner.ts';

export interface MinimiseControl {
  /** On ‖∇F(δ)‖ / ‖pull‖, per group. */
  tolerance: number;
  /** On the linear residual of the first step. */
  firstStepTolerance: number;
  maximumRounds: number;
  maximumIterations: number;
  /** Per group, on √(∇FᵀH⁻¹∇F) relative to the same norm of the whole move: see decrement.ts. Not looked at when left out. */
  decrementTolerance?: Float64Array;
  /** B×q: where to begin, for groups whose minimum is known to be near it; θ̂ when left out. */
  start?: Float64Array;
  checkCancelled(): void;
}

export interface Minimum {
  /** B×q: the first, full Newton step (H_λ − H(w))⁻¹ g(w). */
  firstStep: Float64Array;
  /** Its relative linear residual, per group. */
  firstStepResidual: Float64Array;
  /** Products that its solution took, per group. */
  firstStepIterations: Int32Array;
  /** Seconds that all first steps took. */
  firstStepSeconds: number;
  /** B×q. */
  delta: Float64Array;
  /** B×q: ∇F(δ), evaluated at δ in double precision (not by a recurrence). */
  gradient: Float64Array;
  /** ‖∇F(δ)‖ per group. */
  gradientNorm: Float64Array;
  newtonSteps: Int32Array;
  converged: Uint8Array;
  /** B×p: Σ keepᵢ vᵢ x̃ᵢ at δ, see GroupBatch.curvatureMass. */
  mass: Float64Array;
  /** Products Xᵀ[D∘XP] used, counted in batch products. */
  iterations: number;
}

/** Where single precision stops descending on its own gradient. */
const WORKING_GRADIENT = 3e-5;
/** Corrections to gradients of double precision before a group descends in double precision. */
const MAXIMUM_CORRECTIONS = 8;
/** A correction that leaves more than this of the gradient has stalled. */
const LEAST_GAIN = 0.5;
/** The rounding of a curvature mass of single precision, as far as a lower bound of it is concerned. */
const MASS_MARGIN = 1e-3;

export async function minimise(
  objective: Objective,
  batches: BatchPair,
  pull: Float64Array,
  preconditioner: Preconditioner,
  control: MinimiseControl,
): Promise<Minimum> {
  const q = parameterCount(objective);
  const p = objective.placed.columns;
  const { exact, working } = batches;
  const { groups } = exact;
  const pullNorm = norms(pull, q);
  const { firstStepTolerance } = control;
  const begun = performance.now();
  const first = await newtonSteps(objective, batches, pull, firstStepTolerance, preconditioner, control);
  const result: Minimum = {
    firstStep: first.step,
    firstStepResidual: first.residual,
    firstStepIterations: first.longestSolve,
    firstStepSeconds: (performance.now() - begun) / 1000,
    delta: new Float64Array(groups * q),
    gradient: pull.map((value) => -value),
    gradientNorm: pullNorm.slice(),
    newtonSteps: new Int32Array(groups),
    converged: new Uint8Array(groups),
    mass: new Float64Array(groups * p),
    iterations: first.iterations,
  };
  if (control.maximumRounds === 0) return result;
  const start =
    control.start === undefined
      ? { delta: new Float64Array(groups * q), gradient: result.gradient, step: first.step }
      : { delta: control.start, gradient: await gradientAt(objective, exact, pull, control.start), step: null };
  const { decrementTolerance } = control;
  const decrement =
    decrementTolerance === undefined
      ? undefined
      : await decrementTest(objective, pull, first.step, preconditioner, decrementTolerance);
  const inDouble = { ...control, stopAtRounding: true, decrement };
  const everyGroup = Int32Array.from(pullNorm.keys());
  if (exact === working) {
    const descent = await descend(objective, exact, pull, preconditioner, start, inDouble);
    keep(result, descent, everyGroup, q, p);
    return result;
  }

  const coarse = { ...control, tolerance: Math.max(control.tolerance, WORKING_GRADIENT), stopAtRounding: true };
  const descent = await descend(objective, working, pull, preconditioner, start, coarse);
  result.iterations += descent.iterations;
  result.newtonSteps.set(descent.newtonSteps);
  result.mass.set(descent.mass.map((value) => value * (1 - MASS_MARGIN)));
  const stalled = await correct(objective, batches, pull, preconditioner, descent.delta, result, inDouble);
  if (stalled.length > 0) {
    const part = exact.select(stalled);
    const again = await descend(
      objective,
      part,
      takeVectors(pull, q, stalled),
      preconditioner,
      startAgain(result, stalled, q),
      // The test counts groups as they are numbered here.
      { ...inDouble, decrement: decrement?.of(stalled) },
    );
    again.newtonSteps.forEach((steps, at) => (again.newtonSteps[at] = steps + result.newtonSteps[stalled[at]]));
    keep(result, again, stalled, q, p);
  }
  return result;
}

/** ∇F(δ) of double precision, B×q; the held point stays. */
async function gradientAt(
  objective: Objective,
  batch: BatchPair['exact'],
  pull: Float64Array,
  delta: Float64Array,
): Promise<Float64Array> {
  const gradient = await batch.gradientAt(delta);
  addPenalty(objective, delta, gradient);
  for (let j = 0; j < gradient.length; j++) gradient[j] -= pull[j];
  projectFlat(objective, gradient);
  return gradient;
}

/**
 * Corrects `delta` by gradients of double precision until they are within the tolerance; writes δ, gradient and
 * verdict into `result`. @returns the groups (ascending) for which that stalled: their result is the best point seen
 */
async function correct(
  objective: Objective,
  batches: BatchPair,
  pull: Float64Array,
  preconditioner: Preconditioner,
  delta: Float64Array,
  result: Minimum,
  control: MinimiseControl & { decrement?: DecrementTest },
): Promise<Int32Array> {
  const q = parameterCount(objective);
  const pullNorm = norms(pull, q);
  const solveControl: SolveControl = control;
  const stalled: number[] = [];
  let open = Int32Array.from(pullNorm.keys());
  let part = batches;
  let current: Float64Array = delta;
  // Holds the working curvature where the descent ended: the corrections are too small to move it.
  if (part.baseCurvature !== true) await part.working.gradientChange(current);
  for (let round = 0; open.length > 0; round++) {
    control.checkCancelled();
    const gradient = await part.exact.gradientAt(current);
    addPenalty(objective, current, gradient);
    for (let at = 0; at < open.length; at++) {
      for (let j = 0; j < q; j++) gradient[at * q + j] -= pull[open[at] * q + j];
    }
    projectFlat(objective, gradient);
    const size = norms(gradient, q);
    const surelySmall = await control.decrement?.surelySmall(gradient, current, open);
    const next: number[] = [];
    for (let at = 0; at < open.length; at++) {
      const group = open[at];
      const within = size[at] <= control.tolerance * pullNorm[group];
      const gained = size[at] < LEAST_GAIN * result.gradientNorm[group];
      const converged = within && (surelySmall === undefined || surelySmall[at] === 1);
      // The first round has only θ̂ itself to compare with; NaN counts as no gain.
      if (!gained && !converged) {
        stalled.push(group);
        continue;
      }
      result.delta.set(current.subarray(at * q, (at + 1) * q), group * q);
      result.gradient.set(gradient.subarray(at * q, (at + 1) * q), group * q);
      result.gradientNorm[group] = size[at];
      if (converged) result.converged[group] = 1;
      else if (round === MAXIMUM_CORRECTIONS) stalled.push(group);
      else next.push(at);
    }
    if (next.length === 0) break;
    part = narrowed(part, Int32Array.from(next));
    const right = takeVectors(gradient, q, next).map((value) => -value);
    current = takeVectors(current, q, next);
    open = Int32Array.from(next, (at) => open[at]);
    const aims = Float64Array.from(open, (g) =>
      Math.min(0.1, Math.max(WORKING_TOLERANCE, (0.1 * control.tolerance * pullNorm[g]) / result.gradientNorm[g])),
    );
    const solved = await solveBatch(objective, part.working, right, aims, preconditioner, solveControl);
    result.iterations += solved.iterations;
    for (let j = 0; j < current.length; j++) current[j] += solved.x[j];
    for (const group of open) result.newtonSteps[group]++;
  }
  return Int32Array.from(stalled.sort((a, b) => a - b));
}

function startAgain(result: Minimum, groups: Int32Array, q: number) {
  return { delta: takeVectors(result.delta, q, groups), gradient: takeVectors(result.gradient, q, groups), step: null };
}

function keep(result: Minimum, descent: Descent, groups: Int32Array, q: number, p: number): void {
  result.iterations += descent.iterations;
  groups.forEach((group, at) => {
    result.delta.set(descent.delta.subarray(at * q, (at + 1) * q), group * q);
    result.gradient.set(descent.gradient.subarray(at * q, (at + 1) * q), group * q);
    result.mass.set(descent.mass.subarray(at * p, (at + 1) * p), group * p);
    result.gradientNorm[group] = descent.gradientNorm[at];
    result.newtonSteps[group] = descent.newtonSteps[at];
    result.converged[group] = descent.converged[at];
  });
}
