/**
 * Preconditioned conjugate gradients for many groups side by side: each solves its own
 * system (X̃ᵀ[keep ∘ V(held) ∘ X̃·] + λ) x = b, all share the matrix products. A group
 * that has converged stops changing; when enough have, the batch is narrowed.
 */
import type { GroupBatch } from '../compute/device.ts';
import { dotAt, hessianProduct, norms, type Objective, parameterCount, projectFlat, takeVectors } from './objective.ts';
import type { Preconditioner } from './preconditioner.ts';

/**
 * On the last gain in energy, relative to the tolerance: the residual's norm alone may be small where x is far from the
 * solution (columns of different scale, a small λ). The gain lags by one iteration, hence the room.
 */
const GAIN_ROOM = 10;
/** However rough a solution may be, the last iteration must not have brought more than the square of this. */
const LARGEST_GAIN = 0.3;
/** The batch is narrowed when at most this share of its groups is still unsolved. */
const NARROW_AT = 0.7;

/** What of a GroupBatch a system is made of. */
export interface System extends Pick<GroupBatch, 'groups' | 'curvatureProduct'> {
  select(indices: Int32Array): System;
}

export interface SolveControl {
  /** Throws when the user stopped the run; called before each product. */
  checkCancelled(): void;
  maximumIterations: number;
}

export interface Solution {
  /** B×q. */
  x: Float64Array;
  /** ‖b − Ax‖ / ‖b‖ per group (0 where b = 0), by the recurrence. */
  residual: Float64Array;
  /** Products used. */
  iterations: number;
  /** Those that each group took. */
  iterationsOf: Int32Array;
}

/**
 * @param b         B×q, orthogonal to the flat direction
 * @param tolerance per group, on ‖b − Ax‖ / ‖b‖, and (with room) on the error in the norm of A
 */
export async function solveBatch(
  objective: Objective,
  batch: System,
  b: Float64Array,
  tolerance: Float64Array,
  preconditioner: Preconditioner,
  control: SolveControl,
): Promise<Solution> {
  const q = parameterCount(objective);
  const bNorm = norms(b, q);
  const out = new Float64Array(b.length);
  const residual = new Float64Array(bNorm.length);
  const iterationsOf = new Int32Array(bNorm.length);
  // Positions of the still unsolved groups in the arrays of the caller.
  let active = Int32Array.from(bNorm.keys()).filter((g) => bNorm[g] > 0);
  if (active.length === 0) return { x: out, residual, iterations: 0, iterationsOf };

  let current = active.length === batch.groups ? batch : batch.select(active);
  let r: Float64Array = takeVectors(b, q, active);
  let x: Float64Array = new Float64Array(r.length);
  let z = await preconditioner.apply(r);
  let direction: Float64Array = z.slice();
  let rz: Float64Array = Float64Array.from(active, (_, at) => dotAt(r, z, at, q));
  let done = new Uint8Array(active.length);
  // xᵀb, which is ‖x‖² in the system's own norm: each iteration adds what it brings x closer (Hestenes & Stiefel 1952).
  let energy: Float64Array = new Float64Array(active.length);
  let into: Float64Array = new Float64Array(r.length);

  let iteration = 0;
  while (iteration < control.maximumIterations) {
    control.checkCancelled();
    iteration++;
    const product = await hessianProduct(objective, current, direction, into);
    for (let at = 0; at < active.length; at++) {
      if (done[at] === 1) continue;
      iterationsOf[active[at]] = iteration;
      const curvature = dotAt(direction, product, at, q);
      if (!(curvature > 0) || !(rz[at] > 0)) {
        done[at] = 1;
        continue;
      }
      const step = rz[at] / curvature;
      let square = 0;
      for (let j = at * q; j < (at + 1) * q; j++) {
        x[j] += step * direction[j];
        const left = r[j] - step * product[j];
        r[j] = left;
        square += left * left;
      }
      const relative = Math.sqrt(square) / bNorm[active[at]];
      residual[active[at]] = relative;
      const gain = step * rz[at];
      energy[at] += gain;
      const aim = tolerance[active[at]];
      if (relative <= aim && gain <= Math.min(GAIN_ROOM * aim, LARGEST_GAIN) ** 2 * energy[at]) done[at] = 1;
    }

    let remaining = 0;
    for (const flag of done) remaining += 1 - flag;
    const finish = remaining === 0 || iteration === control.maximumIterations;
    if (finish || remaining <= NARROW_AT * active.length) {
      for (let at = 0; at < active.length; at++) {
        if (finish || done[at] === 1) out.set(x.subarray(at * q, (at + 1) * q), active[at] * q);
      }
      if (finish) break;
      const open = Int32Array.from(done.keys()).filter((at) => done[at] === 0);
      current = current.select(open);
      r = takeVectors(r, q, open);
      x = takeVectors(x, q, open);
      direction = takeVectors(direction, q, open);
      rz = Float64Array.from(open, (at) => rz[at]);
      energy = Float64Array.from(open, (at) => energy[at]);
      active = Int32Array.from(open, (at) => active[at]);
      done = new Uint8Array(active.length);
      into = new Float64Array(r.length);
      z = new Float64Array(r.length);
    }

    z = await preconditioner.apply(r, z);
    for (let at = 0; at < active.length; at++) {
      if (done[at] === 1) continue;
      const next = dotAt(r, z, at, q);
      const beta = next / rz[at];
      rz[at] = next;
      for (let j = at * q; j < (at + 1) * q; j++) direction[j] = z[j] + beta * direction[j];
    }
  }
  projectFlat(objective, out);
  return { x: out, residual, iterations: iteration, iterationsOf };
}
