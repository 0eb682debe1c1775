/** The three comparisons of two estimators, what each answers, and how well they agree in words. Pure. */
import { agreements, describeAgreement } from '../../../shared/agreement.ts';
import { formatCorrelation, formatShare } from '../../../shared/format.ts';
import type { Estimator, Evaluation, GroupOrigin } from '../../../shared/quantities.ts';
import type { Agreement, GroupSummary } from '../../../shared/study.ts';

export interface Pair {
  key: 'influence-actual' | 'newton-actual' | 'influence-newton';
  x: Estimator;
  y: Estimator;
  title: string;
  question: string;
}

export const PAIRS: readonly Pair[] = [
  {
    key: 'influence-actual',
    x: 'influence',
    y: 'actual',
    title: 'Influence against actual',
    question: 'Does the first-order estimate tell what retraining finds?',
  },
  {
    key: 'newton-actual',
    x: 'newton',
    y: 'actual',
    title: 'Newton against actual',
    question: 'How much is right after one Newton step?',
  },
  {
    key: 'influence-newton',
    x: 'influence',
    y: 'newton',
    title: 'Influence against Newton',
    question: 'How much does influence miss by keeping the curvature?',
  },
];

/** Agreement of `x` with `y` over all groups and per family, computed from the two columns. */
export function pairAgreements(
  pair: Pair,
  evaluation: Evaluation,
  groups: readonly GroupSummary[],
  x: Float64Array | null,
  y: Float64Array | null,
): Agreement[] {
  if (x === null || y === null || groups.length !== x.length) return [];
  const values = new Float64Array(2 * x.length);
  values.set(x, 0);
  values.set(y, x.length);
  // `agreements` judges against what stands in the place of the actual effect: here the pair's own y.
  return agreements([evaluation], [pair.x, 'actual'], groups, values);
}

/** The line under a panel. */
export function agreementWords(pair: Pair, list: readonly Agreement[], families: GroupOrigin | 'all' = 'all'): string {
  const agreement = list.find((candidate) => candidate.groups === families);
  if (agreement === undefined || agreement.count === 0) return 'no group has both effects yet';
  if (pair.y === 'actual') return describeAgreement(agreement);
  const words = [
    `ρ ${/[<>]/.test(formatCorrelation(agreement.spearman)) ? '' : '= '}${formatCorrelation(agreement.spearman)}`,
    `smaller than Newton for ${formatShare(agreement.underestimated)} of groups`,
    `same sign ${formatShare(agreement.sameSign)}`,
  ];
  return words.join(' · ');
}
