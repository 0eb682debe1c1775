/** One removal as the estimators take it, with the Newton step by whichever way is the quicker on this model. */
import { createRemovalBatch, lostClassesOf, type RemovalBatch } from '../estimators/removal-batch.ts';
import { solveFullHessian } from '../estimators/influence-directions.ts';
import { LeverageError } from '../../shared/errors.ts';
import type { Minimum } from '../models/minimise.ts';
import type { ModelOnDevice } from '../models/model-on-device.ts';
import { lossResiduals, parameterCount, projectFlat } from '../models/objective.ts';
import { formCurvature, formedNewtonStep, type FormedCurvature } from './formed-newton.ts';
import type { NewtonCosts } from './newton-costs.ts';
import { placeRemoved, type RemovedRows } from './removed-rows.ts';

export interface QuickRemoval {
  batch: RemovalBatch;
  /** Null for no rows. */
  rows: RemovedRows | null;
  /** H_λ and H(w), formed when first asked for; null where they are not, or for no rows. */
  curvature(): Promise<FormedCurvature | null>;
}

/** As the estimators solve for self-influence, of which the error is the square. */
const SELF_INFLUENCE_TOLERANCE = 1e-8;

/** @param members ascending, each once */
export async function quickRemoval(
  model: ModelOnDevice,
  members: Int32Array,
  costs: NewtonCosts,
  checkCancelled: () => void,
): Promise<QuickRemoval> {
  const { objective, weights } = model;
  const groups = [{ members }];
  const rows = members.length === 0 ? null : await placeRemoved(model, members);
  checkCancelled();
  const pull =
    rows === null
      ? new Float64Array(parameterCount(objective))
      : await rows.placed.combine(lossResiduals(rows.logits, rows.y, objective.logits, rows.weights));
  projectFlat(objective, pull);
  let curvature: Promise<FormedCurvature | null> | null = null;
  const formed = (): Promise<FormedCurvature | null> =>
    (curvature ??= rows === null ? Promise.resolve(null) : formCurvature(model, rows));
  let influenceStep: Promise<Float64Array> | null = null;
  let minimum: Promise<Minimum> | null = null;

  /** Only the first step of a minimum: nothing is retrained here. */
  async function newton(): Promise<Minimum> {
    const begun = performance.now();
    if (rows === null) return firstStepOnly(pull.slice());
    if (costs.way(members.length) === 'removedRows') {
      const matrices = await formed();
      checkCancelled();
      const step = matrices === null ? null : await formedNewtonStep(model, matrices, pull);
      if (step !== null) {
        costs.took('removedRows', members.length, performance.now() - begun);
        return firstStepOnly(step);
      }
    }
    const again = performance.now();
    const batch = await createRemovalBatch(model, groups, { tolerance: 1, retrain: false, checkCancelled });
    const found = await batch.minimum();
    costs.took('allRows', members.length, performance.now() - again);
    return found;
  }

  return {
    rows,
    curvature: formed,
    batch: {
      groups,
      own: { weights, members: [members], side: 'only' },
      pull,
      lostClasses: lostClassesOf(model, [members]),
      influenceStep: () => (influenceStep ??= solveFullHessian(model, pull, checkCancelled, SELF_INFLUENCE_TOLERANCE)),
      minimum: () => (minimum ??= newton()),
    },
  };
}

/** Whoever reads more of it than the Newton step has taken a prediction for a retraining. */
function firstStepOnly(firstStep: Float64Array): Minimum {
  const refuse = (): never => {
    throw new LeverageError('internal', 'A prediction was read as if its rows had been retrained without.');
  };
  return {
    firstStep,
    firstStepResidual: new Float64Array(1),
    firstStepIterations: new Int32Array(1),
    iterations: 0,
    get delta() {
      return refuse();
    },
    get gradient() {
      return refuse();
    },
    get gradientNorm() {
      return refuse();
    },
    get newtonSteps() {
      return refuse();
    },
    get converged() {
      return refuse();
    },
    get mass() {
      return refuse();
    },
  };
}
