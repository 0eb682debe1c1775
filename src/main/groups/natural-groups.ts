import type { Column } from '../../shared/dataset.ts';
import { invalidInput } from '../../shared/errors.ts';
import type { Group } from '../../shared/group.ts';

export interface NaturalOptions {
  /** Smaller groups are left out. Default 1. */
  minimumSize?: number | undefined;
}

/**
 * One group per value of a column among the training rows: the levels of a category in their order, or the
 * distinct values of a number column ascending, provided they are whole. A missing value is in no group.
 * Throws invalidInput for a number column with fractions.
 */
export function naturalGroups(column: Column, trainRows: number, { minimumSize = 1 }: NaturalOptions = {}): Group[] {
  const byValue =
    column.kind === 'category' ? rowsByLevel(column.codes, column.levels, trainRows) : rowsByNumber(column, trainRows);
  return byValue
    .filter(({ rows }) => rows.length >= minimumSize)
    .map(({ value, rows }) => ({
      id: `${column.name}=${value}`,
      origin: 'natural',
      label: `${column.name} = ${value}`,
      members: Int32Array.from(rows),
      parameters: { column: column.name, value, size: rows.length },
    }));
}

interface ValueRows {
  value: string;
  rows: number[];
}

function rowsByLevel(codes: Int32Array, levels: readonly string[], trainRows: number): ValueRows[] {
  const byLevel: ValueRows[] = levels.map((value) => ({ value, rows: [] }));
  for (let row = 0; row < trainRows; row++) if (codes[row] >= 0) byLevel[codes[row]].rows.push(row);
  return byLevel.filter(({ rows }) => rows.length > 0);
}

function rowsByNumber({ name, values }: Extract<Column, { kind: 'number' }>, trainRows: number): ValueRows[] {
  const byNumber = new Map<number, number[]>();
  for (let row = 0; row < trainRows; row++) {
    const value = values[row];
    if (Number.isNaN(value)) continue;
    if (!Number.isInteger(value)) {
      throw invalidInput(
        `Column "${name}" can not make groups: it holds ${value} in training row ${row}, which is not a whole number.`,
        'Choose a column of categories or whole numbers, or bin the values first.',
      );
    }
    const rows = byNumber.get(value);
    if (rows === undefined) byNumber.set(value, [row]);
    else rows.push(row);
  }
  return [...byNumber].sort(([a], [b]) => a - b).map(([value, rows]) => ({ value: String(value), rows }));
}
