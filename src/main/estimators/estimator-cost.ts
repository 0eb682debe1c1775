/**
 * What an estimator would cost alone. Estimators of one batch share solves (the Newton step is the retrainer's first
 * step), so that the time from asking to answer depends on who asked first; here the shared solves are timed apart
 * and charged to every estimator that needs them.
 */
import type { Estimator } from '../../shared/quantities.ts';

/** Work that several estimators rest on. */
export type SharedWork = 'influenceStep' | 'newtonStep' | 'retraining' | 'secondStep' | 'thirdStep' | 'leverages';

export type SharedSeconds = Record<SharedWork, number>;

export function noSeconds(): SharedSeconds {
  return { influenceStep: 0, newtonStep: 0, retraining: 0, secondStep: 0, thirdStep: 0, leverages: 0 };
}

const NEEDS: Readonly<Record<Estimator, readonly SharedWork[]>> = {
  // Needed for the self-loss only: charged where it was solved for that.
  influence: [],
  newton: ['newtonStep'],
  actual: ['newtonStep', 'retraining'],
  influenceOnParameters: ['influenceStep'],
  newtonLinear: ['newtonStep'],
  secondOrder: ['influenceStep'],
  rescaledInfluence: ['leverages'],
  newton2: ['newtonStep', 'secondStep'],
  newton3: ['newtonStep', 'secondStep', 'thirdStep'],
};

const NEEDS_FOR_SELF: readonly Estimator[] = ['influence', 'rescaledInfluence'];

/**
 * @param elapsed seconds from asking `estimator` to its answer
 * @param before  the shared work done when it was asked, and `after` it answered
 * @param whole   the shared work at the end of the batch
 */
export function costOf(
  estimator: Estimator,
  elapsed: number,
  { before, after, whole }: Record<'before' | 'after' | 'whole', SharedSeconds>,
  self: boolean,
): number {
  const works = Object.keys(whole) as SharedWork[];
  const shared = works.reduce((sum, work) => sum + after[work] - before[work], 0);
  const needed = new Set(NEEDS[estimator]);
  if (self && NEEDS_FOR_SELF.includes(estimator)) needed.add('influenceStep');
  return Math.max(0, elapsed - shared) + [...needed].reduce((sum, work) => sum + whole[work], 0);
}
