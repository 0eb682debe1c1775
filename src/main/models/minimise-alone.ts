/**
 * The same minimum as minimise.ts for one group that the shared preconditioner, of all rows, serves badly: its removal
 * leaves so little curvature in some direction that conjugate gradients lose their digits there. The group gets the
 * inverse Hessian of its own rows, anew at each step: a dense Newton's method, solved to rounding. Gradients are those of the
 * rows that stay, not changes from θ̂: what rounding has left in the sums over all rows would weigh on few of them.
 */
import type { Device } from '../compute/device.ts';
import type { GroupWeights } from '../compute/row-weights.ts';
import { solveBatch, type System } from './conjugate-gradients.ts';
import { addPenalty, dotAt, lossResiduals, norms, parameterCount, projectFlat, type Objective } from './objective.ts';
import { Stall } from './decrement.ts';
import { fillFlatDirection, hessian } from './hessian.ts';
import { preconditionerOf } from './preconditioner.ts';
import { invertPositiveDefinite } from './spd-inverse.ts';

/** Up to here an inverse for one group is cheap beside a thousand products. */
export const ALONE_LIMIT = 1024;

export interface LonelyGroup {
  objective: Objective;
  device: Device;
  /** q: θ̂. */
  theta: Float64Array;
  /** Class per row. */
  y: Int32Array;
  /** L×n logits at θ̂. */
  trainLogits: Float64Array;
  /** One group, "without". */
  rows: GroupWeights;
  /** q: g(w). */
  pull: Float64Array;
}

export interface AloneControl {
  /** On ‖∇F(δ)‖ / ‖pull‖. */
  tolerance: number;
  /** On √decrement relative to √(pullᵀδ): what a converged group has at least; it is brought to rounding anyway. Infinity for a group without optimum. */
  decrementTolerance: number;
  /** 0: only the first step. */
  maximumSteps: number;
  checkCancelled(): void;
}

/** As Minimum, of one group. */
export interface LonelyMinimum {
  firstStep: Float64Array;
  firstStepResidual: number;
  delta: Float64Array;
  gradient: Float64Array;
  gradientNorm: number;
  newtonSteps: number;
  converged: boolean;
  mass: Float64Array;
}

/** Solutions go on to here: with an inverse of its own a system takes a few products. */
const SOLVE_TOLERANCE = 1e-15;
const SOLVE_ITERATIONS = 40;
/** √decrement relative to the move, at which nothing is left but rounding. */
const ROUNDING = 1e-13;
const SHORTEST = 1e-14;
const OVERSHOOT = 0.5;

export async function minimiseAlone(group: LonelyGroup, control: AloneControl): Promise<LonelyMinimum> {
  const { objective, device, trainLogits, rows, pull } = group;
  const { placed, logits } = objective;
  const q = parameterCount(objective);
  const batch = placed.openBatch(trainLogits, rows, logits);
  const pullNorm = norms(pull, q)[0];
  const kept = rows.weights.slice();
  for (const row of rows.members[0]) kept[row] *= rows.left?.[0] ?? 0;

  /** H⁻¹b at δ, H the group's own Hessian there, formed whole. */
  const solve = async (b: Float64Array, delta: Float64Array): Promise<{ x: Float64Array; residual: number }> => {
    const moved = await placed.margins(delta);
    for (let i = 0; i < moved.length; i++) moved[i] += trainLogits[i];
    const H = await hessian(objective, moved, kept);
    const definite = H.slice();
    fillFlatDirection(objective, definite, q);
    const inverse = await invertPositiveDefinite(definite, q, device);
    const preconditioner = await preconditionerOf('full', objective, [inverse], device);
    const solveControl = { checkCancelled: control.checkCancelled, maximumIterations: SOLVE_ITERATIONS };
    const aim = Float64Array.of(SOLVE_TOLERANCE);
    // Not refined by residuals: projected, their rounding is of the size of the class with the most curvature.
    const solved = await solveBatch(objective, denseSystem(objective, H), b, aim, preconditioner, solveControl);
    return { x: solved.x, residual: solved.residual[0] };
  };

  let delta: Float64Array = new Float64Array(q);
  const gradientAt = async (move: Float64Array): Promise<Float64Array> => {
    control.checkCancelled();
    const theta = group.theta.map((value, j) => value + move[j]);
    const z = await placed.margins(theta);
    const out = await placed.combine(lossResiduals(z, group.y, logits, kept));
    addPenalty(objective, theta, out);
    projectFlat(objective, out);
    return out;
  };
  let gradient: Float64Array = await gradientAt(delta);
  const first = await solve(pull, delta);
  let step = first.x;
  let newtonSteps = 0;
  let converged = false;
  const stall = new Stall();
  while (newtonSteps < control.maximumSteps) {
    const search = await alongStep(objective, { delta, gradient, step }, gradientAt);
    if (search === null) break;
    ({ delta, gradient } = search);
    newtonSteps++;
    // Holds the curvature there.
    await batch.gradientChange(delta);
    step = (
      await solve(
        gradient.map((value) => -value),
        delta,
      )
    ).x;
    const decrement = -dotAt(gradient, step, 0, q);
    const whole = dotAt(pull, delta, 0, q);
    const within = norms(gradient, q)[0] <= control.tolerance * pullNorm;
    converged =
      within && (decrement <= control.decrementTolerance ** 2 * whole || control.decrementTolerance === Infinity);
    if (within && (decrement <= ROUNDING ** 2 * whole || control.decrementTolerance === Infinity)) break;
    if (stall.met(decrement, whole)) break;
  }
  return {
    firstStep: first.x,
    firstStepResidual: first.residual,
    delta,
    gradient,
    gradientNorm: norms(gradient, q)[0],
    newtonSteps,
    converged,
    mass: await batch.curvatureMass(),
  };
}

/** A batch of one group as far as solveBatch goes: its curvature is in H, which holds λ too. */
function denseSystem(objective: Objective, H: Float64Array): System {
  const q = parameterCount(objective);
  const system: System = {
    groups: 1,
    async curvatureProduct(P) {
      const out = new Float64Array(q);
      addPenalty(objective, P, out);
      for (let j = 0; j < q; j++) {
        let sum = 0;
        for (let l = 0; l < q; l++) sum += H[j * q + l] * P[l];
        out[j] = sum - out[j];
      }
      return out;
    },
    select: () => system,
  };
  return system;
}

interface Point {
  delta: Float64Array;
  gradient: Float64Array;
}

/** The point along the step where the slope has not turned steeply upward, or null where no step is short enough. */
async function alongStep(
  objective: Objective,
  { delta, gradient, step }: Point & { step: Float64Array },
  gradientAt: (delta: Float64Array) => Promise<Float64Array>,
): Promise<Point | null> {
  const slopeBefore = dotAt(gradient, step, 0, step.length);
  for (let length = 1; length > SHORTEST;) {
    const trial = delta.map((value, j) => value + length * step[j]);
    // The rounding of a long step is left in flat directions, where no gradient would take it back.
    projectFlat(objective, trial);
    const next = await gradientAt(trial);
    const slopeAfter = dotAt(next, step, 0, step.length);
    if (slopeAfter <= OVERSHOOT * Math.abs(slopeBefore)) return { delta: trial, gradient: next };
    const secant = Math.abs(slopeBefore) / (Math.abs(slopeBefore) + slopeAfter);
    length *= Number.isFinite(secant) ? Math.min(0.7, Math.max(0.1, secant)) : 0.1;
  }
  return null;
}
