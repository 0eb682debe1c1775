/** The three comparisons of two estimators, what each answers, and how well they agree in words. Pure. */
import { agreements, describeAgreement } from '../../../shared/agreement.ts';
import { formatCorrelation, formatCountOf, formatShare, keepTogether } from '../../../shared/format.ts';
import type { Estimator, Evaluation } from '../../../shared/quantities.ts';
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
    question: 'Does influence foresee retraining?',
  },
  {
    key: 'newton-actual',
    x: 'newton',
    y: 'actual',
    title: 'Newton against actual',
    question: 'Does one Newton step foresee it?',
  },
  {
    key: 'influence-newton',
    x: 'influence',
    y: 'newton',
    title: 'Influence against Newton',
    question: 'What does the new curvature change?',
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

/**
 * The line under a panel. `pending` groups are not retrained yet: they are still to come, and not
 * counted among the groups left out.
 */
export function agreementWords(pair: Pair, list: readonly Agreement[], pending: number): string {
  const agreement = list.find((candidate) => candidate.groups === 'all');
  if (agreement === undefined || agreement.count === 0) return 'no group has both effects yet';
  const settled = { ...agreement, skipped: Math.max(0, (agreement.skipped ?? 0) - pending) };
  const words = pair.y === 'actual' ? describeAgreement(settled) : againstNewton(settled);
  const soFar = pending > 0 ? ` · ${formatCountOf(agreement.count, 'group')} so far` : '';
  return keepTogether(words) + soFar;
}

function againstNewton({ spearman, underestimated, sameSign }: Agreement): string {
  const rho = formatCorrelation(spearman);
  return [
    /[<>]/.test(rho) ? `ρ ${rho}` : `ρ = ${rho}`,
    `below Newton for ${formatShare(underestimated)} of groups`,
    `same sign ${formatShare(sameSign)}`,
  ].join(' · ');
}
