/** One batch of groups through every estimator of a study, with the certificates of the retrained. */
import type { Group } from '../../shared/group.ts';
import type { Estimator } from '../../shared/quantities.ts';
import type { Retraining } from '../../shared/study.ts';
import { certificates } from '../estimators/actual.ts';
import { EFFECT_ESTIMATORS } from '../estimators/index.ts';
import { createRemovalBatch } from '../estimators/removal-batch.ts';
import type { EvaluationSet } from '../evaluation/evaluation-set.ts';
import type { ModelOnDevice } from '../models/model-on-device.ts';
import type { BatchResult } from './study-run.ts';

/** What every batch of a study is computed with. */
export interface BatchSetting {
  model: ModelOnDevice;
  evaluations: EvaluationSet;
  /** E×q: H_λ⁻¹∇f. */
  directions: Float64Array;
  estimators: readonly Estimator[];
  tolerance: number;
}

export interface BatchTask {
  batch: number;
  firstGroup: number;
  groups: readonly Pick<Group, 'label' | 'members'>[];
}

export async function computeBatch(
  setting: BatchSetting,
  task: BatchTask,
  checkCancelled: () => void,
): Promise<BatchResult> {
  const { model, evaluations, directions, estimators, tolerance } = setting;
  const { batch, firstGroup, groups } = task;
  const groupCount = groups.length;
  const start = performance.now();
  const retrain = estimators.includes('actual');
  const removal = await createRemovalBatch(model, groups, { tolerance, retrain, checkCancelled });
  const evaluationCount = evaluations.evaluations.length;
  const values = new Float64Array(evaluationCount * estimators.length * groupCount);
  let actual: Float64Array = new Float64Array(0);
  for (const [s, estimator] of estimators.entries()) {
    checkCancelled();
    const effects = await EFFECT_ESTIMATORS[estimator]({ batch: removal, evaluations, directions });
    if (estimator === 'actual') actual = effects;
    for (let e = 0; e < evaluationCount; e++) {
      values.set(effects.subarray(e * groupCount, (e + 1) * groupCount), (e * estimators.length + s) * groupCount);
    }
  }
  const notes: string[] = [];
  let retraining: Retraining[] = [];
  if (retrain) {
    const seconds = (performance.now() - start) / 1000 / groupCount;
    retraining = await certificates(model, removal, evaluations, { seconds, actual });
    retraining.forEach(({ converged, relativeGradientNorm }, g) => {
      if (converged) return;
      const reached = `Group "${groups[g].label}" was retrained to a relative gradient norm of ${relativeGradientNorm.toExponential(1)}`;
      notes.push(
        relativeGradientNorm > tolerance
          ? `${reached}, above the tolerance of ${tolerance.toExponential(0)}.`
          : `${reached}, but its objective is too flat for double precision: its actual effects may be wrong. Use a larger λ, or standardise the features.`,
      );
    });
  }
  return { batch, firstGroup, groupCount, values, retraining, notes };
}
