/** One sentence of reading for each analysis: what to see in it. */
import type { AnalysisResult, DoseResponse, LargestGroup, PairEffects, ShapleyValues } from './analyses.ts';
import { interactions } from './analyses.ts';
import { formatCount, formatNumber, formatShare, formatSigned } from './format.ts';
import { QUANTITY_TITLE, type Evaluation } from './quantities.ts';

/** "mean test loss", "test loss of row 12", "mean test loss of class=1". */
export function analysedWords({ quantity, target }: Evaluation): string {
  const title = QUANTITY_TITLE[quantity].toLowerCase();
  if (target === 'all') return title;
  return /^\d+$/.test(target) ? `${title} of row ${target}` : `${title} of ${target}`;
}

/** What the vertical axis of an analysis is, with its sign. */
export function analysisAxis({ kind, evaluation }: AnalysisResult): string {
  const what = `change of ${analysedWords(evaluation)}`;
  switch (kind) {
    case 'doseResponse':
      return `${what} against the fit`;
    case 'pairs':
      return `${what} by both groups less the sum of each alone`;
    case 'shapley':
      return `${what} when the group is removed, its share`;
    case 'largestGroup':
      return `${what} when the rows are removed`;
  }
}

export function readingOf(result: AnalysisResult): string {
  switch (result.kind) {
    case 'doseResponse':
      return doseReading(result);
    case 'pairs':
      return pairReading(result);
    case 'shapley':
      return shapleyReading(result);
    case 'largestGroup':
      return largestReading(result);
  }
}

function doseReading({ groups, weights, influence, actual }: DoseResponse): string {
  const T = weights.length;
  const ratio = (column: number): { worst: number; label: string } => {
    let [worst, label] = [NaN, ''];
    groups.forEach((group, g) => {
      const found = actual[g * T + column] / influence[g * T + column];
      if (Number.isFinite(found) && !(Math.abs(Math.log(Math.abs(found))) <= Math.abs(Math.log(Math.abs(worst)))))
        [worst, label] = [found, group.label];
    });
    return { worst, label };
  };
  const [removed, added] = [ratio(0), ratio(T - 1)];
  const said = ({ worst, label }: { worst: number; label: string }, weight: number): string =>
    `at weight ${Number(weight.toPrecision(3))} the actual effect is ${formatNumber(worst, 3)} times what influence predicts (“${label}”)`;
  return (
    'Influence is the straight line through the fit, and right only near it: ' +
    `where it is furthest off, ${said(removed, weights[0])}, and ${said(added, weights[T - 1])}.`
  );
}

/** The pair whose interaction is largest in size, and how many pairs do more (same sign) or less than their sum. */
export function pairFindings(result: PairEffects): {
  synergies: number;
  redundancies: number;
  largest: [number, number] | null;
} {
  const m = result.groups.length;
  const between = interactions(result);
  let [synergies, redundancies] = [0, 0];
  let largest: [number, number] | null = null;
  for (let a = 0; a < m; a++) {
    for (let b = a + 1; b < m; b++) {
      const value = between[a * m + b];
      if (!Number.isFinite(value)) continue;
      const sum = result.single.actual[a] + result.single.actual[b];
      if (Math.sign(value) === Math.sign(sum)) synergies++;
      else redundancies++;
      if (largest === null || Math.abs(value) > Math.abs(between[largest[0] * m + largest[1]])) largest = [a, b];
    }
  }
  return { synergies, redundancies, largest };
}

function pairReading(result: PairEffects): string {
  const { synergies, redundancies, largest } = pairFindings(result);
  const { groups, single } = result;
  if (largest === null) return 'There is no pair with finite effects to compare.';
  const [a, b] = largest;
  const m = groups.length;
  const sum = single.actual[a] + single.actual[b];
  const both = result.both.actual[a * m + b];
  return (
    `${formatCount(synergies)} of ${formatCount(synergies + redundancies)} pairs change it by more than the sum of their effects (synergy), ` +
    `${formatCount(redundancies)} by less or the other way (redundancy, as where groups share rows); furthest from the sum are “${groups[a].label}” and “${groups[b].label}”: ` +
    `${formatSigned(both)} together, ${formatSigned(sum)} as a sum.`
  );
}

function shapleyReading({ groups, values, standardErrors, total, method }: ShapleyValues): string {
  const order = [...values.keys()].sort((i, j) => Math.abs(values[j]) - Math.abs(values[i]));
  const [top] = order;
  if (top === undefined) return 'There is no group.';
  const error = method === 'exact' ? 'exactly' : `with a standard error of ${formatNumber(standardErrors[top], 2)}`;
  return (
    `Removing all ${formatCount(groups.length)} groups changes it by ${formatSigned(total)}, which the values share out; ` +
    `the largest share is that of “${groups[top].label}”, ${formatSigned(values[top])} (${error}): ` +
    `where a value is positive, removing the group raises it.`
  );
}

function largestReading({ lists, size, direction, common, sizes }: LargestGroup): string {
  const last = sizes.length - 1;
  const [influence, newton] = lists;
  const sign = direction === 'raise' ? 1 : -1;
  const gain = sign * (newton.actual[last] - influence.actual[last]);
  const better =
    Math.abs(gain) <= 1e-9 * Math.abs(influence.actual[last])
      ? 'both choices do the same'
      : `the ${gain > 0 ? 'Newton-corrected choice does more' : 'choice by influence does more'}, by ${formatShare(Math.abs(gain / influence.actual[last]), 1)}`;
  return (
    `Retrained without its ${formatCount(size)} rows, the choice by influence ${direction === 'raise' ? 'raises' : 'lowers'} it by ${formatNumber(Math.abs(influence.actual[last]))} ` +
    `(predicted ${formatNumber(Math.abs(influence.influence[last]))}), the Newton-corrected one by ${formatNumber(Math.abs(newton.actual[last]))}: ${better}; ` +
    `they share ${formatCount(common)} rows.`
  );
}

/** What the numbers of a ladder are. */
export const LADDER_WORDS =
  'Time: of one computing thread per group, for all that the study measures, were the estimator the only one asked for; the solves that serve the influence of every group are shared among them, ' +
  'but the influence on a group’s own loss takes one per group. ' +
  'Error: |estimate − actual| / |actual|, the median of the groups and what nine in ten of them stay within, on the target where it is worst.';

/** The recommendation of a ladder: which estimator will do, and what it saves. */
export function recommendationWords(
  title: string,
  share: number,
  { cheaper, seconds }: { cheaper: number; seconds: number },
): string {
  const within = `within ${Number((100 * share).toPrecision(3))} % of the actual effect for 9 groups in 10`;
  const cost = Number.isFinite(seconds) ? ` (${formatNumber(1000 * seconds, 3)} ms a group` : '';
  const saves =
    cost === ''
      ? ''
      : Number.isFinite(cheaper) && cheaper > 1.05
        ? `, ${formatNumber(cheaper, 2)} × cheaper than retraining)`
        : ')';
  return `Cheapest ${within}: ${title}${cost}${saves}.`;
}
