/** A filter in words, for its chip and for the group that is made of it. Pure. */
import type { BrowseColumn, RowFilter } from '../../../shared/browse.ts';
import { formatExact } from '../../../shared/format.ts';
import type { NamedGroup } from '../../../shared/named-group.ts';

const NAMED = 3;

/** @param columns to find names by; a column that is not among them is named by its key */
export function filterWords(
  filter: RowFilter,
  columns: readonly BrowseColumn[],
  groups: readonly Pick<NamedGroup, 'id' | 'name'>[],
): string {
  switch (filter.kind) {
    case 'range':
      return `${nameOf(filter.column, columns)} ${rangeWords(filter.from, filter.to)}${filter.missing ? ' or missing' : ''}`;
    case 'values':
      return `${nameOf(filter.column, columns)} ${filter.out ? 'is not' : 'is'} ${listWords(filter.values.map((value) => (value === null ? 'missing' : value === '' ? '(empty)' : value)))}`;
    case 'text':
      return `${nameOf(filter.column, columns)} ${filter.out ? 'without' : 'contains'} “${filter.contains}”`;
    case 'class':
      return `class ${filter.out ? 'is not' : 'is'} ${listWords(filter.classes)}`;
    case 'group':
      return `${filter.out ? 'not in' : 'in'} “${groups.find(({ id }) => id === filter.group)?.name ?? 'a deleted group'}”`;
  }
}

function rangeWords(from: number | null, to: number | null): string {
  if (from !== null && to !== null)
    return from === to ? `= ${formatExact(from)}` : `${formatExact(from)} to ${formatExact(to)}`;
  if (from !== null) return `≥ ${formatExact(from)}`;
  return to === null ? 'not missing' : `≤ ${formatExact(to)}`;
}

function listWords(names: readonly string[]): string {
  const shown = names.slice(0, NAMED).join(' or ');
  return names.length > NAMED ? `${shown} or ${names.length - NAMED} more` : shown;
}

function nameOf(key: string, columns: readonly BrowseColumn[]): string {
  return columns.find((column) => column.key === key)?.name ?? key;
}
