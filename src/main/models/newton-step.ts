/** The full Newton step of many groups, (H_λ − H(w))⁻¹ g(w), to a residual verified in double precision. */
import type { GroupBatch } from '../compute/device.ts';
import { solveBatch, type SolveControl } from './conjugate-gradients.ts';
import { dotAt, hessianProduct, norms, type Objective, parameterCount, takeVectors } from './objective.ts';
import type { Preconditioner } from './preconditioner.ts';

/** The same groups on the device that certifies and on the one that solves; one batch where these are one. */
export interface BatchPair {
  exact: GroupBatch;
  working: GroupBatch;
  /** The working batch goes on with the curvature at θ̂ for a few steps: it need not be moved for small ones. */
  baseCurvature?: boolean;
}

/** What single precision is asked for at a time; below it its own rounding is met. */
export const WORKING_TOLERANCE = 1e-5;
const MAXIMUM_REFINEMENTS = 8;
/** A refinement that gains less than this has met the rounding of the working precision. */
const LEAST_GAIN = 0.25;
/** Norms of residuals deceive where columns differ in scale: a round is the last when the next would bring less than this. */
const LAST_ROUND = 1e-9;

export interface NewtonSteps {
  /** B×q. */
  step: Float64Array;
  /** ‖b − Ax‖ / ‖b‖ per group. */
  residual: Float64Array;
  /** Products used. */
  iterations: number;
  /** Per group, the longest of its solves: how well the preconditioner serves it. */
  longestSolve: Int32Array;
}

/**
 * Solves X̃ᵀ[keep ∘ V(held) ∘ X̃x] + λx = b for each group at the held points of the batches. In two precisions:
 * solutions of a few digits each, on residuals of double precision (iterative refinement; Higham, Accuracy and
 * Stability, chapter 12); where that stalls, in double precision throughout.
 * @param b B×q, orthogonal to the flat direction
 */
export async function newtonSteps(
  objective: Objective,
  batches: BatchPair,
  b: Float64Array,
  tolerance: number,
  preconditioner: Preconditioner,
  control: SolveControl,
): Promise<NewtonSteps> {
  const { exact, working } = batches;
  const q = parameterCount(objective);
  const groups = exact.groups;
  if (exact === working) {
    const solved = await solveBatch(objective, exact, b, filled(groups, tolerance), preconditioner, control);
    const { x, residual, iterations, iterationsOf } = solved;
    return { step: x, residual, iterations, longestSolve: iterationsOf };
  }
  const bNorm = norms(b, q);
  const step = new Float64Array(b.length);
  const residual = Float64Array.from(bNorm, (norm) => (norm > 0 ? 1 : 0));
  let open = Int32Array.from(bNorm.keys()).filter((g) => bNorm[g] > 0);
  const brought = new Float64Array(groups).fill(Infinity);
  const longestSolve = new Int32Array(groups);
  const stalled: number[] = [];
  let right: Float64Array = takeVectors(b, q, open);
  let iterations = 0;
  for (let round = 0; open.length > 0 && round < MAXIMUM_REFINEMENTS; round++) {
    const part = narrowed(batches, open);
    const aims = Float64Array.from(open, (g) => Math.max(WORKING_TOLERANCE, (0.2 * tolerance) / residual[g]));
    const solved = await solveBatch(objective, part.working, right, aims, preconditioner, control);
    iterations += solved.iterations;
    open.forEach((g, at) => (longestSolve[g] = Math.max(longestSolve[g], solved.iterationsOf[at])));
    control.checkCancelled();
    const product = await hessianProduct(objective, part.exact, solved.x);
    const left = right.slice();
    for (let j = 0; j < left.length; j++) left[j] -= product[j];
    const size = norms(left, q);
    const next: number[] = [];
    for (let at = 0; at < open.length; at++) {
      const group = open[at];
      const relative = size[at] / bNorm[group];
      // NaN (single precision overflowed) counts as no gain.
      if (!(relative <= Math.max(tolerance, LEAST_GAIN * residual[group]))) {
        stalled.push(group);
        continue;
      }
      for (let j = 0; j < q; j++) step[group * q + j] += solved.x[at * q + j];
      residual[group] = relative;
      // What this round brought, in the norm of the system, squared; the next one brings less by the same factor.
      const now = dotAt(right, solved.x, at, q);
      const coming = now * Math.min(1, now / Math.min(brought[group], dotAt(b, step, group, q)));
      brought[group] = now;
      if (relative > tolerance || !(coming <= LAST_ROUND ** 2 * dotAt(b, step, group, q))) next.push(at);
    }
    right = takeVectors(left, q, next);
    open = Int32Array.from(next, (at) => open[at]);
  }
  const unsolved = Int32Array.from([...stalled, ...open].sort((a, c) => a - c));
  if (unsolved.length > 0) {
    const aims = filled(unsolved.length, tolerance);
    const part = unsolved.length === groups ? exact : exact.select(unsolved);
    const solved = await solveBatch(objective, part, takeVectors(b, q, unsolved), aims, preconditioner, control);
    iterations += solved.iterations;
    unsolved.forEach((group, at) => {
      step.set(solved.x.subarray(at * q, (at + 1) * q), group * q);
      residual[group] = solved.residual[at];
      longestSolve[group] = Math.max(longestSolve[group], solved.iterationsOf[at]);
    });
  }
  return { step, residual, iterations, longestSolve };
}

/** The groups at `indices` (ascending) on both devices. */
export function narrowed(pair: BatchPair, indices: Int32Array): BatchPair {
  const { exact, working } = pair;
  if (indices.length === exact.groups) return pair;
  const part = exact.select(indices);
  return { ...pair, exact: part, working: working === exact ? part : working.select(indices) };
}

export function filled(length: number, value: number): Float64Array {
  return new Float64Array(length).fill(value);
}
