/** One study's effects set against another's, over the groups that both have. Pure. */
import { spearman, pearson, slopeThroughOrigin, shareWhere } from '../../../shared/statistics.ts';
import { formatCorrelation, formatCountOf, formatNumber, formatShare } from '../../../shared/format.ts';
import {
  effectAxis,
  interventionWords,
  type Estimator,
  type Evaluation,
  type Intervention,
  type Quantity,
} from '../../../shared/quantities.ts';
import type { EffectsTable, GroupMatches } from '../../../shared/study.ts';
import { effectColumn, evaluationIndex, type Points } from '../../charts/points.ts';

/** Evaluations that both studies have, in the first one's order. */
export function commonEvaluations(first: EffectsTable, second: EffectsTable): Evaluation[] {
  return first.evaluations.filter((evaluation) => evaluationIndex(second, evaluation) >= 0);
}

export function commonEstimators(first: EffectsTable, second: EffectsTable): Estimator[] {
  return first.estimators.filter((estimator) => second.estimators.includes(estimator));
}

/** Marks of the matched groups: the first study's effect across, the second's upwards; `group` is the first's index. */
export function matchedPoints(
  first: EffectsTable,
  second: EffectsTable,
  matches: GroupMatches,
  evaluation: Evaluation,
  estimator: Estimator,
): Points {
  const xs = effectColumn(first, evaluationIndex(first, evaluation), estimator);
  const ys = effectColumn(second, evaluationIndex(second, evaluation), estimator);
  const x: number[] = [];
  const y: number[] = [];
  const group: number[] = [];
  const { pairs } = matches;
  for (let k = 0; k < pairs.length; k += 2) {
    const a = xs?.[pairs[k]!] ?? NaN;
    const b = ys?.[pairs[k + 1]!] ?? NaN;
    if (!Number.isFinite(a) || !Number.isFinite(b)) continue;
    x.push(a);
    y.push(b);
    group.push(pairs[k]!);
  }
  return { x: Float64Array.from(x), y: Float64Array.from(y), group: Int32Array.from(group) };
}

/** The line under a panel of two studies. */
export function matchedWords({ x, y }: Points): string {
  if (x.length === 0) return 'no group has both effects';
  const sameSign = shareWhere(x.length, (i) => Math.sign(x[i]!) === Math.sign(y[i]!));
  // The line breaks between two figures, not inside one.
  return [
    equal('ρ', formatCorrelation(spearman(x, y))),
    equal('r', formatCorrelation(pearson(x, y))),
    `slope ${formatNumber(slopeThroughOrigin(x, y), 3)}`,
    `same sign ${formatShare(sameSign)}`,
    formatCountOf(x.length, 'group'),
  ]
    .map((figure) => figure.replaceAll(' ', '\u00a0'))
    .join(' · ');
}

/** "ρ = .995", "ρ > .999". */
function equal(name: string, correlation: string): string {
  return /^[<>]/.test(correlation) ? `${name} ${correlation}` : `${name} = ${correlation}`;
}

/** What is on the axes and which sign it has, where A and B may do different things to the groups. */
export function axesOfTwo(
  quantity: Quantity,
  first: Intervention = 'remove',
  second: Intervention = 'remove',
): { axis: string; sign: string } {
  if (first === second)
    return {
      axis: effectAxis(quantity, first),
      sign: interventionWords('Positive means that removing the group raises it.', first),
    };
  return {
    axis: `A: ${effectAxis(quantity, first)}; B: ${effectAxis(quantity, second)}`,
    sign: 'Positive means that what is done to the group raises it: one study removes the groups, the other adds them, so expect opposite signs.',
  };
}
