import type { Estimator, Evaluation } from '../../shared/quantities.ts';
import type { EffectsTable } from '../../shared/study.ts';

/** One estimator's effect of every group on one evaluation; all NaN where the table has no such plane. */
export function effectColumn(
  effects: EffectsTable,
  { quantity, target }: Evaluation,
  estimator: Estimator,
): Float64Array {
  const e = effects.evaluations.findIndex((one) => one.quantity === quantity && one.target === target);
  const s = effects.estimators.indexOf(estimator);
  if (e < 0 || s < 0) return new Float64Array(effects.groupCount).fill(NaN);
  const start = (e * effects.estimators.length + s) * effects.groupCount;
  return effects.values.subarray(start, start + effects.groupCount);
}
