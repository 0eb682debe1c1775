/** A group in words: how it was made, from its parameters. Pure. */
import { formatCountOf, formatNumber, formatShare } from '../../../shared/format.ts';
import type { GroupOrigin } from '../../../shared/quantities.ts';
import type { GroupSummary } from '../../../shared/study.ts';

const HOW: Record<GroupOrigin, string> = {
  random: 'drawn at random from all training rows',
  randomWithinClass: 'drawn at random from one class',
  sharedFeature: 'with neighbouring values of one feature',
  featureClusters: 'drawn from one cluster of similar features',
  gradientClusters: 'drawn from one cluster of rows that pull the model the same way',
  positiveInfluence: 'drawn from those whose removal is predicted to raise one test row’s loss most',
  negativeInfluence: 'drawn from those whose removal is predicted to lower one test row’s loss most',
  leaveOneOut: 'removed alone',
  natural: 'that share a value of a column',
  file: 'listed in a file',
  manual: 'chosen by hand',
};

/** "36 training rows (7.9 %), drawn at random from one class." */
export function groupSentence(group: GroupSummary, trainRows: number | null): string {
  const share =
    trainRows === null ? '' : ` (${formatShare(group.size / trainRows, group.size < 0.01 * trainRows ? 2 : 1)} of all)`;
  return `${formatCountOf(group.size, 'training row')}${share}, ${HOW[group.origin]}.`;
}

/** The parameters a constructor left, as names and values for people. */
export function parameterList(group: GroupSummary): { name: string; value: string }[] {
  return Object.entries({ id: group.id, ...group.parameters })
    .filter(([, value]) => value !== null && value !== '')
    .map(([name, value]) => ({
      name: name.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase(),
      value:
        typeof value === 'number' ? (Number.isInteger(value) ? String(value) : formatNumber(value)) : String(value),
    }));
}
