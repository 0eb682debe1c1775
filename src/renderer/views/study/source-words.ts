/** A source of groups in a sentence. Pure. */
import { formatCount, formatCountOf, formatShare } from '../../../shared/format.ts';
import { CONSTRUCTORS, GROUP_ORIGIN_TITLE } from '../../../shared/quantities.ts';
import type { GroupSource } from '../../../shared/study-spec.ts';

export function sourceWords(source: GroupSource): string {
  if ('constructors' in source) {
    const { from, to, count } = source.sizes;
    const which =
      source.constructors.length === CONSTRUCTORS.length
        ? 'all seven constructors'
        : source.constructors.map((name) => GROUP_ORIGIN_TITLE[name]).join(', ');
    return `Constructed: ${which}; ${formatCountOf(count, 'size')} from ${formatShare(from, 2)} to ${formatShare(to, 2)} of the rows, seed ${source.seed}.`;
  }
  if ('column' in source) {
    const least =
      source.minimumSize === undefined || source.minimumSize <= 1
        ? ''
        : ` with at least ${formatCount(source.minimumSize)} rows`;
    return `Each value of the column “${source.column}”${least}.`;
  }
  if ('leaveOneOut' in source) {
    if (source.leaveOneOut === true) return 'Every training row alone.';
    const { from, to } = source.leaveOneOut;
    return to === undefined
      ? `Each training row from row ${formatCount(from)} on, alone.`
      : `Each of the training rows ${formatCount(from)} to ${formatCount(to - 1)}, alone.`;
  }
  if ('file' in source) return `The groups of the file ${source.file}.`;
  if ('named' in source)
    return `The named ${source.named.length === 1 ? 'group' : 'groups'} ${source.named.join(', ')}.`;
  const rows = source.members.reduce((sum, group) => sum + group.rows.length, 0);
  return `${formatCountOf(source.members.length, 'group')} written row by row (${formatCountOf(rows, 'row')} in all), as the store keeps them.`;
}
