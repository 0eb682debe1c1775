/** Damped Newton descent of many groups on one device: see minimise.ts for the function that is minimised. */
import type { GroupBatch } from '../compute/device.ts';
import { solveBatch } from './conjugate-gradients.ts';
import { addPenalty, dotAt, norms, parameterCount, projectFlat, takeVectors, type Objective } from './objective.ts';
import { Stall, type DecrementTest } from './decrement.ts';
import type { Preconditioner } from './preconditioner.ts';

export interface DescentControl {
  /** On ‖∇F(δ)‖ / ‖pull‖, per group. */
  tolerance: number;
  maximumRounds: number;
  maximumIterations: number;
  /** Leave a group, unconverged, where the device's rounding is met: a full step close to the minimum gains little. */
  stopAtRounding?: boolean;
  /** A group whose gradient is within the tolerance goes on until this holds too. */
  decrement?: DecrementTest;
  checkCancelled(): void;
}

export interface DescentStart {
  /** B×q. */
  delta: Float64Array;
  /** B×q: ∇F there. */
  gradient: Float64Array;
  /** B×q: the first step, if it is known already. */
  step: Float64Array | null;
}

export interface Descent {
  /** B×q. */
  delta: Float64Array;
  /** B×q: ∇F(δ) as this device computes it. */
  gradient: Float64Array;
  gradientNorm: Float64Array;
  newtonSteps: Int32Array;
  /** The gradient is within the tolerance, and the decrement small where that is asked for. */
  converged: Uint8Array;
  /** B×p: see GroupBatch.curvatureMass. */
  mass: Float64Array;
  iterations: number;
}

/** A step is accepted when the slope along it has not grown past this share of where it started. */
const OVERSHOOT = 0.5;
/** A full Newton step this close to the minimum that leaves more than half of the gradient has met rounding. */
const NEAR_MINIMUM = 1e-3;
const ROUNDING_GAIN = 0.5;
/** Linear residual of a step of which only the decrement is wanted. */
const DECREMENT_ACCURACY = 1e-3;

export async function descend(
  objective: Objective,
  batch: GroupBatch,
  pull: Float64Array,
  preconditioner: Preconditioner,
  start: DescentStart,
  control: DescentControl,
): Promise<Descent> {
  const q = parameterCount(objective);
  const p = objective.placed.columns;
  const groups = batch.groups;
  const pullNorm = norms(pull, q);
  const { decrement: test } = control;
  const solveControl = { checkCancelled: control.checkCancelled, maximumIterations: control.maximumIterations };
  const result: Descent = {
    delta: start.delta.slice(),
    gradient: start.gradient.slice(),
    gradientNorm: norms(start.gradient, q),
    newtonSteps: new Int32Array(groups),
    converged: new Uint8Array(groups),
    mass: new Float64Array(groups * p),
    iterations: 0,
  };

  // Parallel arrays over the groups still moving; `at` counts in them, active[at] in the caller's order.
  let active = Int32Array.from(pullNorm.keys());
  let current = batch;
  let delta: Float64Array = start.delta.slice();
  let gradient: Float64Array = start.gradient.slice();
  let length: Float64Array = new Float64Array(groups).fill(1);
  // With a test, of each active group: whether its decrement falls, and whether the gradient is within the tolerance.
  let stalls = Array.from({ length: groups }, () => new Stall());
  let within = new Uint8Array(groups);

  /** New Newton steps for some of the active groups, from their held points. */
  const solve = async (some: readonly number[]): Promise<Float64Array> => {
    const part = some.length === current.groups ? current : current.select(Int32Array.from(some));
    const right = takeVectors(gradient, q, some).map((value) => -value);
    const forcing = Float64Array.from(some, (at) => {
      // Where only the decrement is wanted: a factor that does not change the verdict.
      if (within[at] === 1) return DECREMENT_ACCURACY;
      const relative = result.gradientNorm[active[at]] / pullNorm[active[at]];
      return Math.min(0.1, Math.max((0.1 * control.tolerance) / relative, 0.5 * relative));
    });
    const solution = await solveBatch(objective, part, right, forcing, preconditioner, solveControl);
    result.iterations += solution.iterations;
    return solution.x;
  };

  /** Those of the accepted groups that go on: a group within the tolerance whose decrement is surely small has converged. */
  const dropSmall = async (test: DecrementTest, accepted: number[], finished: number[]): Promise<number[]> => {
    const candidates = accepted.filter((at) => within[at] === 1);
    if (candidates.length === 0) return accepted;
    const groups = candidates.map((at) => active[at]);
    const [g, d] = [takeVectors(gradient, q, candidates), takeVectors(delta, q, candidates)];
    const small = await test.surelySmall(g, d, groups);
    const dropped = new Set(candidates.filter((_, i) => small[i] === 1));
    for (const at of dropped) {
      result.converged[active[at]] = 1;
      finished.push(at);
    }
    return accepted.filter((at) => !dropped.has(at));
  };

  /** Takes note of a group's decrement, by its new step; true when that need not, or can not, be made smaller. */
  const settled = (test: DecrementTest, at: number): boolean => {
    const group = active[at];
    const decrement = -dotAt(gradient, step, at, q);
    const stalled = stalls[at].met(decrement, test.whole(delta, at, group));
    if (within[at] === 1 && test.isSmall(decrement, delta, at, group)) {
      // Also where rounding ends it later: the point only gets better.
      result.converged[group] = 1;
      if (stalled || test.isNothing(decrement, delta, at, group)) return true;
    }
    return stalled;
  };

  let step: Float64Array;
  if (start.step !== null) {
    step = start.step.slice();
  } else {
    await current.gradientChange(delta);
    step = await solve([...active.keys()]);
  }

  for (let round = 1; round <= control.maximumRounds && active.length > 0; round++) {
    control.checkCancelled();
    const trial = delta.slice();
    for (let at = 0; at < active.length; at++) {
      for (let j = at * q; j < (at + 1) * q; j++) trial[j] += length[at] * step[j];
    }
    // The rounding of a long step is left in flat directions, where no gradient would take it back.
    projectFlat(objective, trial);
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
      const before = result.gradientNorm[group];
      const overshot = !small && !(slopeAfter <= OVERSHOOT * Math.abs(slopeBefore));
      // With a test, a norm that no longer falls says nothing: the decrement is looked at below.
      const atRounding =
        test === undefined &&
        length[at] === 1 &&
        before <= NEAR_MINIMUM * pullNorm[group] &&
        !(norm <= ROUNDING_GAIN * before);
      const overflown = test === undefined && !Number.isFinite(norm);
      if (control.stopAtRounding === true && (overflown || atRounding)) {
        // The point before is as good, and the device can not tell the two apart (or can not go on: an overflow).
        finished.push(at);
        continue;
      }
      // F is convex: a slope that turned steeply upward means the step went past the minimum along it.
      if (overshot) {
        if (!Number.isFinite(slopeAfter)) {
          length[at] *= 0.1;
          continue;
        }
        const secant = Math.abs(slopeBefore) / (Math.abs(slopeBefore) + slopeAfter);
        length[at] *= Math.min(0.7, Math.max(0.1, secant));
        continue;
      }
      delta.set(trial.subarray(at * q, (at + 1) * q), at * q);
      gradient.set(next.subarray(at * q, (at + 1) * q), at * q);
      result.newtonSteps[group] = round;
      result.gradientNorm[group] = norm;
      within[at] = small ? 1 : 0;
      if (small && test === undefined) {
        result.converged[group] = 1;
        finished.push(at);
      } else {
        accepted.push(at);
      }
    }

    const last = round === control.maximumRounds;
    const going = test === undefined ? accepted : await dropSmall(test, accepted, finished);
    if (!last && going.length > 0) {
      const steps = await solve(going);
      going.forEach((at, from) => {
        step.set(steps.subarray(from * q, (from + 1) * q), at * q);
        if (test !== undefined && settled(test, at)) finished.push(at);
        length[at] = 1;
      });
      finished.sort((a, b) => a - b);
    }
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

    if (finished.length > 0) {
      const gone = new Set(finished);
      const open = Int32Array.from(active.keys()).filter((at) => !gone.has(at));
      if (open.length > 0) current = current.select(open);
      delta = takeVectors(delta, q, open);
      gradient = takeVectors(gradient, q, open);
      step = takeVectors(step, q, open);
      length = Float64Array.from(open, (at) => length[at]);
      stalls = Array.from(open, (at) => stalls[at]);
      within = Uint8Array.from(open, (at) => within[at]);
      active = Int32Array.from(open, (at) => active[at]);
    }
  }
  return result;
}
