/** One batch of groups through every estimator of a study, with the certificates of the retrained. */
import type { Group } from '../../shared/group.ts';
import type { Estimator, Intervention } from '../../shared/quantities.ts';
import type { Retraining } from '../../shared/study.ts';
import { certificates } from '../estimators/actual.ts';
import { costOf, type SharedSeconds } from '../estimators/estimator-cost.ts';
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
  /** What is done to each group; removed when left out. */
  effect?: Intervention | undefined;
}

/** Evaluations that have been used. */
const warmed = new WeakSet<EvaluationSet>();

/** The share of its rows' weight that a group keeps. */
const LEFT: Record<Intervention, number> = { remove: 0, add: 2 };

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
  const { model, evaluations, directions, estimators, tolerance, effect = 'remove' } = setting;
  const { batch, firstGroup, groups } = task;
  const groupCount = groups.length;
  const start = performance.now();
  const retrain = estimators.includes('actual');
  const removal = await createRemovalBatch(model, groups, {
    tolerance,
    retrain,
    left: LEFT[effect],
    checkCancelled,
  });
  const opening = (performance.now() - start) / 1000;
  const evaluationCount = evaluations.evaluations.length;
  const values = new Float64Array(evaluationCount * estimators.length * groupCount);
  if (!warmed.has(evaluations)) {
    // The device compiles what evaluations run on at their first use: that is no estimator's own cost.
    warmed.add(evaluations);
    await evaluations.changes(new Float64Array(removal.pull.length), removal);
  }
  const timings: { elapsed: number; before: SharedSeconds; after: SharedSeconds }[] = [];
  let actual: Float64Array = new Float64Array(0);
  for (const [s, estimator] of estimators.entries()) {
    checkCancelled();
    const begun = performance.now();
    const before = { ...removal.seconds };
    const effects = await EFFECT_ESTIMATORS[estimator]({ batch: removal, evaluations, directions });
    timings.push({ elapsed: (performance.now() - begun) / 1000, before, after: { ...removal.seconds } });
    if (estimator === 'actual') actual = effects;
    for (let e = 0; e < evaluationCount; e++) {
      values.set(effects.subarray(e * groupCount, (e + 1) * groupCount), (e * estimators.length + s) * groupCount);
    }
  }
  const self = evaluations.evaluations.some(({ quantity }) => quantity === 'selfLoss');
  const estimatorSeconds = Float64Array.from(timings, ({ elapsed, before, after }, s) => {
    return opening + costOf(estimators[s], elapsed, { before, after, whole: removal.seconds }, self);
  });
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
  return { batch, firstGroup, groupCount, values, retraining, notes, estimatorSeconds };
}
