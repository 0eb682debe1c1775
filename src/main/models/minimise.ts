/**
 * Newton's method for many groups side by side (method §4): minimises, for each,
 *
 *   F(δ) = Σᵢ keepᵢ [ℓᵢ(θ̂+δ) − ℓᵢ(θ̂) − ∇ℓᵢ(θ̂)ᵀδ] + (λ/2)‖δ‖² − pullᵀδ,
 *   ∇F(δ) = X̃ᵀ[keep ∘ (p(z + X̃δ) − p(z))] + λδ − pull.
 *
 * With pull = g(w), the gradient that removing the group leaves at θ̂, the minimiser is
 * δ = θ̂(1 − w) − θ̂; with keep = s and pull = −∇ the same loop fits a model.
 * The first step, solved tightly, is the one-step Newton estimate.
 */
import type { GroupBatch } from '../compute/device.ts';
import { addPenalty, dotAt, norms, parameterCount, projectFlat, takeVectors, type Objective } from './objective.ts';
import { solveBatch } from './conjugate-gradients.ts';
import type { Preconditioner } from './preconditioner.ts';

export interface MinimiseControl {
  /** On ‖∇F(δ)‖ / ‖pull‖, per group. */
  tolerance: number;
  /** On the linear residual of the first step. */
  firstStepTolerance: number;
  maximumRounds: number;
  maximumIterations: number;
  checkCancelled(): void;
}

export interface Minimum {
  /** B×q: the first, full Newton step (H_λ − H(w))⁻¹ g(w). */
  firstStep: Float64Array;
  /** Its relative linear residual, per group. */
  firstStepResidual: Float64Array;
  /** B×q. */
  delta: Float64Array;
  /** B×q: ∇F(δ), evaluated at δ (not by a recurrence). */
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

/** A step is accepted when the slope along it has not grown past this share of where it started. */
const OVERSHOOT = 0.5;

export async function minimise(
  objective: Objective,
  batch: GroupBatch,
  pull: Float64Array,
  preconditioner: Preconditioner,
  control: MinimiseControl,
): Promise<Minimum> {
  const q = parameterCount(objective);
  const p = objective.placed.columns;
  const groups = batch.groups;
  const pullNorm = norms(pull, q);
  const solveControl = { checkCancelled: control.checkCancelled, maximumIterations: control.maximumIterations };

  const first = await solveBatch(
    objective,
    batch,
    pull,
    new Float64Array(groups).fill(control.firstStepTolerance),
    preconditioner,
    solveControl,
  );
  const result: Minimum = {
    firstStep: first.x,
    firstStepResidual: first.residual,
    delta: new Float64Array(groups * q),
    gradient: pull.map((value) => -value),
    gradientNorm: pullNorm.slice(),
    newtonSteps: new Int32Array(groups),
    converged: new Uint8Array(groups),
    mass: new Float64Array(groups * p),
    iterations: first.iterations,
  };

  // Parallel arrays over the groups still moving; `at` counts in them, active[at] in the caller's order.
  let active = Int32Array.from(pullNorm.keys());
  let current = batch;
  let delta: Float64Array = new Float64Array(groups * q);
  let gradient: Float64Array = pull.map((value) => -value);
  let step: Float64Array = first.x.slice();
  let length: Float64Array = new Float64Array(groups).fill(1);

  for (let round = 1; round <= control.maximumRounds && active.length > 0; round++) {
    control.checkCancelled();
    const trial = delta.slice();
    for (let at = 0; at < active.length; at++) {
      for (let j = at * q; j < (at + 1) * q; j++) trial[j] += length[at] * step[j];
    }
    const next = await current.gradientChange(trial);
    addPenalty(objective, trial, next);
    for (let at = 0; at < active.length; at++) {
      const offset = active[at] * q;
      for (let j = 0; j < q; j++) next[at * q + j] -= pull[offset + j];
    }
    projectFlat(objective, next);

    const finished: number[] = [];
    const accepted: number[] = [];
    for (let at = 0; at < active.length; at++) {
      const slopeBefore = dotAt(gradient, step, at, q);
      const slopeAfter = dotAt(next, step, at, q);
      const group = active[at];
      const norm = Math.sqrt(dotAt(next, next, at, q));
      const small = norm <= control.tolerance * pullNorm[group];
      // F is convex: a slope that turned steeply upward means the step went past the minimum along it.
      if (!small && slopeAfter > OVERSHOOT * Math.abs(slopeBefore)) {
        const secant = Math.abs(slopeBefore) / (Math.abs(slopeBefore) + slopeAfter);
        length[at] *= Math.min(0.7, Math.max(0.1, secant));
        continue;
      }
      delta.set(trial.subarray(at * q, (at + 1) * q), at * q);
      gradient.set(next.subarray(at * q, (at + 1) * q), at * q);
      result.newtonSteps[group] = round;
      result.gradientNorm[group] = norm;
      if (small) {
        result.converged[group] = 1;
        finished.push(at);
      } else {
        accepted.push(at);
      }
    }

    const last = round === control.maximumRounds;
    const leaving = last ? [...active.keys()] : finished;
    if (leaving.length > 0) {
      for (const at of leaving) {
        result.delta.set(delta.subarray(at * q, (at + 1) * q), active[at] * q);
        result.gradient.set(gradient.subarray(at * q, (at + 1) * q), active[at] * q);
      }
      const mass = await (
        leaving.length === current.groups ? current : current.select(Int32Array.from(leaving))
      ).curvatureMass();
      leaving.forEach((at, from) => result.mass.set(mass.subarray(from * p, (from + 1) * p), active[at] * p));
      if (last) break;
    }

    // New steps for the accepted groups; a rejected one tries its old step, shortened.
    if (accepted.length > 0) {
      const part = accepted.length === current.groups ? current : current.select(Int32Array.from(accepted));
      const right = takeVectors(gradient, q, accepted).map((value) => -value);
      const forcing = Float64Array.from(accepted, (at) => {
        const relative = result.gradientNorm[active[at]] / pullNorm[active[at]];
        return Math.min(0.1, Math.max((0.1 * control.tolerance) / relative, 0.5 * relative));
      });
      const solution = await solveBatch(objective, part, right, forcing, preconditioner, solveControl);
      result.iterations += solution.iterations;
      accepted.forEach((at, from) => {
        step.set(solution.x.subarray(from * q, (from + 1) * q), at * q);
        length[at] = 1;
      });
    }

    if (finished.length > 0) {
      const gone = new Set(finished);
      const open = Int32Array.from(active.keys()).filter((at) => !gone.has(at));
      if (open.length > 0) current = current.select(open);
      delta = takeVectors(delta, q, open);
      gradient = takeVectors(gradient, q, open);
      step = takeVectors(step, q, open);
      length = Float64Array.from(open, (at) => length[at]);
      active = Int32Array.from(open, (at) => active[at]);
    }
  }
  return result;
}
