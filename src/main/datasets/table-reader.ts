/** Tables of any format read into columns: one file, or a training and a test file with the same columns. */
import type { ColumnType } from '../../shared/column-types.ts';
import { invalidInput } from '../../shared/errors.ts';
import type { Column, ColumnRole, Dataset } from '../../shared/dataset.ts';
import { missingNumbersFailure } from './check-dataset.ts';
import { takeRows } from './row-selection.ts';
import type { ReadControl } from './source-file.ts';
import { columnBuilder } from './table-columns.ts';
import type { ColumnBuilder, ColumnKind } from './table-columns.ts';
import type { Place, TableHead } from './table-head.ts';

export type MissingNumbers = 'mean' | 'median' | 'zero' | 'dropRow';

/**
 * Reads the training table and, if there is one, the test table.
 * @param roles by column name
 * @param types what a person chose, by column name; the other columns are numbers until a cell says otherwise
 * @returns a dataset with missing numbers still missing, and `testRows` 0 when there is no test table
 */
export async function readTable(
  train: TableHead,
  test: TableHead | null,
  roles: ReadonlyMap<string, ColumnRole>,
  types: ReadonlyMap<string, ColumnType>,
  control: ReadControl,
): Promise<Dataset> {
  const order = test === null ? [] : matchColumns(train, test);
  const label = train.names.findIndex((name) => roles.get(name) === 'target');
  let kinds = train.names.map((name) => builtAs(types.get(name)));
  for (;;) {
    const place: Place = { file: '', unit: 'row', number: 0 };
    const builders = train.names.map((name, index) => columnBuilder(name, kinds[index], place));
    const feed = (head: TableHead, into: readonly ColumnBuilder[], labelAt: number): Promise<number> => {
      place.file = head.file.name;
      return head.feed({ builders: into, label: labelAt, control, place });
    };
    const trainRows = await feed(train, builders, label);
    const ordered = order.map((position) => builders[position]);
    const testRows = test === null ? 0 : await feed(test, ordered, order.indexOf(label));
    const found = builders.map((builder) => builder.kind());
    if (found.includes('unknown')) {
      // A column of many distinct numbers has text further down: its first texts are gone, so read again knowing so.
      kinds = found.map((kind) => (kind === 'unknown' ? 'category' : kind));
      continue;
    }
    const columns = builders.map((builder) => builder.build(roles.get(builder.name) ?? 'feature'));
    return {
      name: '',
      trainRows,
      testRows,
      columns,
      block: null,
      image: null,
      source: test === null ? train.file.name : `${train.file.name} + ${test.file.name}`,
      notes: readerNotes(train, columns),
    };
  }
}

/** The kind of column that holds a type: text is kept as it is read, as a category of its own for every text. */
export function builtAs(type: ColumnType | undefined): ColumnKind | null {
  if (type === undefined) return null;
  return type === 'number' ? 'number' : 'category';
}

/**
 * Settles what stands in for missing values of numeric features.
 * @param fallback the choice when none was made; null refuses
 * @throws LeverageError 'invalidInput' naming the column
 */
export function settleMissingNumbers(
  dataset: Dataset,
  choice: MissingNumbers | undefined,
  fallback: 'mean' | null,
): Dataset {
  const gaps = dataset.columns.filter(
    (column) => column.kind === 'number' && column.role === 'feature' && column.values.some(Number.isNaN),
  );
  if (gaps.length === 0) return dataset;
  const chosen = choice ?? fallback;
  if (chosen === null) throw missingNumbersFailure(dataset, gaps[0].name);
  if (chosen === 'dropRow') return dropRowsWithGaps(dataset, gaps);
  const notes = [...dataset.notes];
  if (choice === undefined) {
    const names = gaps.slice(0, 5).map((column) => `"${column.name}"`);
    const more = gaps.length > 5 ? ` and ${gaps.length - 5} more` : '';
    notes.push(`Missing numbers in ${names.join(', ')}${more} are replaced by the mean of the training rows.`);
  }
  return { ...dataset, missingNumbers: chosen, notes };
}

function dropRowsWithGaps(dataset: Dataset, gaps: readonly Column[]): Dataset {
  const keep = (from: number, to: number): Int32Array => {
    const rows: number[] = [];
    for (let row = from; row < to; row++) {
      if (!gaps.some((column) => column.kind === 'number' && Number.isNaN(column.values[row]))) rows.push(row);
    }
    return Int32Array.from(rows);
  };
  const train = keep(0, dataset.trainRows);
  const test = keep(dataset.trainRows, dataset.trainRows + dataset.testRows);
  const dropped = dataset.trainRows + dataset.testRows - train.length - test.length;
  if (train.length === 0) {
    throw invalidInput(
      `Every row of ${dataset.source} has a missing number, so "dropRow" leaves none.`,
      'Choose "mean", "median" or "zero", or ignore the columns that are mostly empty.',
    );
  }
  const kept = takeRows(dataset, train, test);
  kept.notes.push(`${dropped} rows with a missing number were dropped.`);
  return kept;
}

/** Position in the training table of each test column. */
function matchColumns(train: TableHead, test: TableHead): number[] {
  const where = `${test.file.name} and ${train.file.name} do not have the same columns`;
  if (!train.header || !test.header) {
    if (train.header !== test.header) {
      const [named, unnamed] = train.header ? [train, test] : [test, train];
      throw invalidInput(
        `${where}: ${named.file.name} starts with column names and ${unnamed.file.name} does not.`,
        'Give both files the same first line.',
      );
    }
    if (train.names.length !== test.names.length) {
      throw invalidInput(
        `${where}: ${test.names.length} against ${train.names.length}.`,
        'Give both the same columns.',
      );
    }
    return train.names.map((_, index) => index);
  }
  const missing = train.names.find((name) => !test.names.includes(name));
  if (missing !== undefined) throw invalidInput(`${where}: "${missing}" is missing in ${test.file.name}.`, 'Add it.');
  const extra = test.names.find((name) => !train.names.includes(name));
  if (extra !== undefined) throw invalidInput(`${where}: "${extra}" is only in ${test.file.name}.`, 'Remove it.');
  return test.names.map((name) => train.names.indexOf(name));
}

function readerNotes(train: TableHead, columns: readonly Column[]): string[] {
  const notes = [...train.notes];
  if (!train.header) notes.push('The first line holds no column names; columns are numbered from 1.');
  const garbled = columns.find(
    (column) =>
      column.name.includes('\ufffd') || (column.kind === 'category' && column.levels.some((l) => l.includes('\ufffd'))),
  );
  if (garbled !== undefined) {
    notes.push(`Column "${garbled.name}" holds bytes that are not UTF-8; they are shown as \ufffd.`);
  }
  return notes;
}
