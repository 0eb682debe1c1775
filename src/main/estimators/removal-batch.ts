/**
 * A batch of groups about to be removed, and the parameter changes the estimators share.
 * Each is computed when first asked for: influence alone never retrains, and the Newton
 * step is the retrainer's first step.
 */
import type { Group } from '../../shared/group.ts';
import { openPair, type ModelOnDevice } from '../models/fit.ts';
import { minimise, type Minimum } from '../models/minimise.ts';
import type { GroupWeights } from '../compute/row-weights.ts';
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
  /** Sample weights of the removed rows only. */
  readonly own: GroupWeights;
  /** B×q: g(w) = Σ over the removed rows of sᵢ∇ℓᵢ(θ̂). */
  readonly pull: Float64Array;
  /**
   * Per group: the classes that lose their last row while the intercept is free. The retrained model then has
   * no finite optimum: the intercept runs away from those classes.
   */
  readonly lostClasses: readonly ReadonlySet<number>[];
  /**
   * B×q: H_λ⁻¹ g(w). For its product with g(w) alone (self-influence) conjugate gradients may stop early: the error
   * of gᵀx is the square of x's own in the norm of H_λ.
   */
  influenceStep(use: 'parameters' | 'selfInfluence'): Promise<Float64Array>;
  /** Newton step and, if asked for, the exact minimum. */
  minimum(): Promise<Minimum>;
}

/** Tight, because it is an estimate itself. */
const INFLUENCE_STEP_TOLERANCE = 1e-12;
const SELF_INFLUENCE_TOLERANCE = 1e-8;
/** Likewise. */
const NEWTON_STEP_TOLERANCE = 1e-10;
const MAXIMUM_NEWTON_STEPS = 80;
const MAXIMUM_ITERATIONS = 1000;

export async function createRemovalBatch(
  model: ModelOnDevice,
  groups: readonly Pick<Group, 'members'>[],
  control: RetrainingControl,
): Promise<RemovalBatch> {
  const { objective, fitted, weights, preconditioner } = model;
  const residual = lossResiduals(fitted.trainLogits, fitted.design.train.y, objective.logits, weights);
  const members = groups.map((group) => group.members);
  const pull = await objective.placed.combineGroups(residual, members);
  projectFlat(objective, pull);

  let step: { tolerance: number; solution: Promise<Float64Array> } | null = null;
  let minimum: Promise<Minimum> | null = null;
  return {
    groups,
    own: { weights, members, side: 'only' },
    pull,
    lostClasses: lostClassesOf(model, members),
    influenceStep(use) {
      // Solutions of two precisions are not those of conjugate gradients: their errors are not squared.
      const early = use === 'selfInfluence' && model.working.train === objective.placed;
      const tolerance = early ? SELF_INFLUENCE_TOLERANCE : INFLUENCE_STEP_TOLERANCE;
      if (step === null || step.tolerance > tolerance) {
        step = { tolerance, solution: solveFullHessian(model, pull, control.checkCancelled, tolerance) };
      }
      return step.solution;
    },
    minimum() {
      const kept: GroupWeights = { weights, members, side: 'without' };
      minimum ??= minimise(objective, openPair(model, kept), pull, preconditioner, {
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

/** Per group, the classes of which its members are all the rows with a positive weight; none when there is no intercept. */
export function lostClassesOf(
  { fitted, objective, weights }: ModelOnDevice,
  groups: readonly Int32Array[],
): ReadonlySet<number>[] {
  if (!objective.placed.intercept) return groups.map(() => new Set<number>());
  const { y } = fitted.design.train;
  const rows = new Int32Array(fitted.classes.length);
  for (let i = 0; i < y.length; i++) if (weights[i] > 0) rows[y[i]]++;
  return groups.map((members) => {
    const left = rows.slice();
    for (const row of members) if (weights[row] > 0) left[y[row]]--;
    return new Set(Array.from(members, (row) => y[row]).filter((label) => left[label] === 0));
  });
}

/**
 * Bytes of one group in a batch, over what the batch shares: decides how many go side by side. In double precision
 * the curvature or probabilities at two points and a copy while the batch narrows, the same in single precision for
 * a solver; vectors of parameters for both.
 */
export function bytesPerGroup(rows: number, logits: number, parametersPerLogit: number): number {
  const q = logits * parametersPerLogit;
  const overRows = rows * (1 + 3 * logits);
  return (8 + 4) * overRows + 8 * 24 * q;
}
