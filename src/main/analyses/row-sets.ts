/** Removes many sets of training rows, side by side, and looks at one f: what all analyses come down to. */
import { EFFECT_ESTIMATORS } from '../estimators/index.ts';
import { createRemovalBatch } from '../estimators/removal-batch.ts';
import type { AnalysisInput } from './analysis.ts';

export interface SetEffects {
  /** One per set: predicted at first order, by one Newton step, and by retraining. */
  influence: Float64Array;
  newton: Float64Array;
  actual: Float64Array;
  /** Sets retrained short of the tolerance. */
  unconverged: number;
}

/**
 * Effects on f of removing each set; an empty one has none.
 * @param done retrainings done before these, of `total`, for the progress
 */
export async function effectsOfSets(
  input: AnalysisInput,
  sets: readonly Int32Array[],
  { done = 0, total = sets.length }: { done?: number; total?: number } = {},
): Promise<SetEffects> {
  const { model, evaluations, direction, tolerance, sideBySide, checkCancelled } = input;
  const effects: SetEffects = {
    influence: new Float64Array(sets.length),
    newton: new Float64Array(sets.length),
    actual: new Float64Array(sets.length),
    unconverged: 0,
  };
  for (let start = 0; start < sets.length; start += sideBySide) {
    checkCancelled();
    const groups = sets.slice(start, start + sideBySide).map((members) => ({ members }));
    const batch = await createRemovalBatch(model, groups, { tolerance, retrain: true, checkCancelled });
    for (const estimator of ['influence', 'newton', 'actual'] as const) {
      const values = await EFFECT_ESTIMATORS[estimator]({ batch, evaluations, directions: direction });
      effects[estimator].set(values, start);
    }
    const { converged } = await batch.minimum();
    converged.forEach((reached, g) => {
      if (reached === 0 && groups[g].members.length > 0 && batch.lostClasses[g].size === 0) effects.unconverged++;
    });
    input.progress(done + start + groups.length, total);
  }
  return effects;
}

/** Told where a retraining did not reach its tolerance, or has no finite effect. */
export function retrainingNotes({ actual, unconverged }: Pick<SetEffects, 'actual' | 'unconverged'>): string[] {
  const infinite = actual.reduce((count, value) => count + (Number.isFinite(value) ? 0 : 1), 0);
  return [
    ...(unconverged > 0
      ? [`${unconverged} of the ${actual.length} retrained models stopped short of the tolerance.`]
      : []),
    ...(infinite > 0
      ? [
          `${infinite} of the ${actual.length} retrained models have lost every row of a class: their effects are infinite, ` +
            'and so is what is computed from them. Groups that leave some of each class, or a model without intercept, are finite.',
        ]
      : []),
  ];
}
