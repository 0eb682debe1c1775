/**
 * A batch of groups about to be removed, and the parameter changes the estimators share.
 * Each is computed when first asked for: influence alone never retrains, and the Newton
 * step is the retrainer's first step.
 */
import type { Group } from '../../shared/group.ts';
import type { ModelOnDevice } from '../models/fit.ts';
import { minimise, type Minimum } from '../models/minimise.ts';
import { lossResiduals, projectFlat } from '../models/objective.ts';
import { solveFullHessian } from './influence-directions.ts';

export interface RetrainingControl {
  /** On ‖∇‖ / ‖g(w)‖ of every retrained group. */
  tolerance: number;
  /** False when only the Newton step is asked for: no group is then retrained. */
  retrain: boolean;
  checkCancelled(): void;
}

export interface RemovalBatch {
  readonly groups: readonly Pick<Group, 'members'>[];
  /** B×n: sample weights of the removed rows, 0 elsewhere. */
  readonly own: Float64Array;
  /** B×q: g(w) = Σ over the removed rows of sᵢ∇ℓᵢ(θ̂). */
  readonly pull: Float64Array;
  /**
   * Per group: the classes that lose their last row while the intercept is free. The retrained model then has
   * no finite optimum: the intercept runs away from those classes.
   */
  readonly lostClasses: readonly ReadonlySet<number>[];
  /** B×q: H_λ⁻¹ g(w). */
  influenceStep(): Promise<Float64Array>;
  /** Newton step and, if asked for, the exact minimum. */
  minimum(): Promise<Minimum>;
}

/** Tight, because it is the Newton estimate itself. */
const NEWTON_STEP_TOLERANCE = 1e-10;
const MAXIMUM_NEWTON_STEPS = 80;
const MAXIMUM_ITERATIONS = 1000;

export async function createRemovalBatch(
  model: ModelOnDevice,
  groups: readonly Pick<Group, 'members'>[],
  control: RetrainingControl,
): Promise<RemovalBatch> {
  const { objective, fitted, weights, preconditioner } = model;
  const { placed, logits } = objective;
  const n = placed.rows;
  const own = new Float64Array(groups.length * n);
  const keep = new Float64Array(groups.length * n);
  const residual = lossResiduals(fitted.trainLogits, fitted.design.train.y, logits, weights);
  const removed = new Float64Array(groups.length * logits * n);
  groups.forEach(({ members }, g) => {
    keep.set(weights, g * n);
    for (const row of members) {
      own[g * n + row] = weights[row];
      keep[g * n + row] = 0;
      for (let k = 0; k < logits; k++) removed[(g * logits + k) * n + row] = residual[k * n + row];
    }
  });
  const pull = await placed.combine(removed);
  projectFlat(objective, pull);

  let step: Promise<Float64Array> | null = null;
  let minimum: Promise<Minimum> | null = null;
  return {
    groups,
    own,
    pull,
    lostClasses: groups.map((group) => lostClasses(model, group.members)),
    influenceStep() {
      step ??= solveFullHessian(model, pull, control.checkCancelled);
      return step;
    },
    minimum() {
      minimum ??= minimise(objective, placed.openBatch(fitted.trainLogits, keep, logits), pull, preconditioner, {
        tolerance: control.tolerance,
        firstStepTolerance: NEWTON_STEP_TOLERANCE,
        maximumRounds: control.retrain ? MAXIMUM_NEWTON_STEPS : 0,
        maximumIterations: MAXIMUM_ITERATIONS,
        checkCancelled: control.checkCancelled,
      });
      return minimum;
    },
  };
}

/** Classes of which `members` are all the rows with a positive weight; none when there is no intercept. */
export function lostClasses(
  { fitted, objective, weights }: ModelOnDevice,
  members: ArrayLike<number>,
): ReadonlySet<number> {
  const lost = new Set<number>();
  if (!objective.placed.intercept) return lost;
  const { y } = fitted.design.train;
  const left = new Int32Array(fitted.classes.length);
  const removed = new Uint8Array(y.length);
  for (let at = 0; at < members.length; at++) {
    removed[members[at]] = 1;
    lost.add(y[members[at]]);
  }
  for (let i = 0; i < y.length; i++) if (removed[i] === 0 && weights[i] > 0) left[y[i]]++;
  for (const label of lost) if (left[label] > 0) lost.delete(label);
  return lost;
}

/** Bytes of one group in a batch, over what the batch shares: decides how many go side by side. */
export function bytesPerGroup(rows: number, logits: number, parametersPerLogit: number): number {
  const q = logits * parametersPerLogit;
  const overRows = rows * (3 + 2 * logits);
  return 8 * (overRows + 16 * q);
}
