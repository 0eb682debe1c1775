/** The truth of logistic and softmax regression: removals side by side, each retrained exactly and certified (method.md §4). */
import { actual } from '../estimators/actual.ts';
import { createRemovalBatch } from '../estimators/removal-batch.ts';
import { createEvaluationSet } from '../evaluation/evaluation-set.ts';
import type { ModelOnDevice } from '../models/model-on-device.ts';
import { checkCancelled, type Retrainer } from './attribution.ts';

const TOLERANCE = 1e-8;
const SIDE_BY_SIDE = 128;

/** @param model the same fit as the TrainableModel's θ̂, on a device */
export function batchedRetrainer(model: ModelOnDevice): Retrainer {
  return {
    description: `Each removal retrained exactly on ${model.device.info.title}, to a relative gradient of ${TOLERANCE}.`,
    async effects(problem, groups) {
      const { targets } = problem;
      const slices = targets.map(({ rows }, t) => ({ target: `target ${t}`, rows }));
      const evaluations = await createEvaluationSet(
        model,
        slices.map(({ target }) => ({ quantity: 'meanTestLoss' as const, target })),
        slices,
      );
      // `actual` asks for no directions.
      const directions = new Float64Array(0);
      const out = new Float64Array(targets.length * groups.length);
      for (let first = 0; first < groups.length; first += SIDE_BY_SIDE) {
        const part = groups.slice(first, first + SIDE_BY_SIDE).map((members) => ({ members }));
        const control = { tolerance: TOLERANCE, retrain: true, checkCancelled: () => checkCancelled(problem) };
        const batch = await createRemovalBatch(model, part, control);
        const effects = await actual({ batch, evaluations, directions });
        for (let t = 0; t < targets.length; t++) {
          out.set(effects.subarray(t * part.length, (t + 1) * part.length), t * groups.length + first);
        }
      }
      return out;
    },
  };
}
