/** Roles and types that nobody chose, from a table's first rows. */
import type { ColumnType } from '../../shared/column-types.ts';
import type { Column, ColumnRole } from '../../shared/dataset.ts';
import { unnamed } from './csv-head.ts';
import type { TableHead } from './table-head.ts';

/** Fewer rows than this are too few to call a column an identifier or text. */
const ENOUGH_ROWS = 20;
/** Text has at least this many words in a cell, on average, and hardly repeats. */
const TEXT_WORDS = 5;
const TEXT_DISTINCT = 0.5;

/** A column of running text: many words in most cells, few of them twice. Anything else keeps the type that reading finds. */
export function suggestType(column: Column): ColumnType {
  if (column.kind === 'number') return 'number';
  let filled = 0;
  for (const code of column.codes) if (code >= 0) filled += 1;
  if (filled < ENOUGH_ROWS || column.levels.length < TEXT_DISTINCT * filled) return 'category';
  const words = column.levels.reduce((sum, level) => sum + level.trim().split(/\s+/).length, 0);
  return words >= TEXT_WORDS * column.levels.length ? 'text' : 'category';
}

/**
 * Roles nobody chose: the label is a column called label, target, class or y, else the last one;
 * values that never repeat and mean nothing as numbers are identifiers; the rest are features.
 * @param chosen roles the person did choose: they win
 * @param types what the person chose: a text column is a feature
 */
export function suggestRoles(
  head: TableHead,
  chosen: ReadonlyMap<string, ColumnRole>,
  types: ReadonlyMap<string, ColumnType>,
): Map<string, ColumnRole> {
  const roles = new Map<string, ColumnRole>();
  const free = head.sample.filter((column) => !chosen.has(column.name));
  for (const column of head.sample) {
    const suggested = types.get(column.name) === 'text' ? 'feature' : suggestedRole(column, head);
    roles.set(column.name, chosen.get(column.name) ?? suggested);
  }
  if (![...chosen.values()].includes('target')) {
    const named = free.find((column) => /^(label|target|class|y)$/i.test(column.name));
    const label = named ?? free.at(-1);
    if (label !== undefined) roles.set(label.name, 'target');
  }
  return roles;
}

function suggestedRole(column: Column, head: TableHead): ColumnRole {
  return suggestType(column) !== 'text' && looksLikeIdentifier(column, head) ? 'id' : 'feature';
}

function looksLikeIdentifier(column: Column, head: TableHead): boolean {
  // pandas writes its row index under an empty name.
  if (head.header && column === head.sample[0] && column.name === unnamed(0)) return true;
  if (head.rows.length < ENOUGH_ROWS) return false;
  if (column.kind === 'category') return column.levels.length === head.rows.length;
  if (!/(^|[^a-z])(id|nbr|index|row)$/i.test(column.name)) return false;
  return new Set(column.values).size === head.rows.length;
}
