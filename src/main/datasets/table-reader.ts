/** CSV and TSV, streamed into columns: one file, or a training and a test file with the same columns. */
import { Parser } from 'csv-parse';
import { invalidInput, LeverageError } from '../../shared/errors.ts';
import type { Column, ColumnRole, Dataset } from '../../shared/dataset.ts';
import { missingNumbersFailure } from './check-dataset.ts';
import { takeRows } from './row-selection.ts';
import { contentChunks } from './source-file.ts';
import type { ReadControl } from './source-file.ts';
import { columnBuilder, isMissing, trimmed } from './table-columns.ts';
import type { ColumnBuilder, ColumnKind } from './table-columns.ts';
import { csvFailure, csvOptions, raggedRow } from './table-parsing.ts';
import type { TableHead } from './table-sniff.ts';

export type MissingNumbers = 'mean' | 'median' | 'zero' | 'dropRow';

/**
 * Reads the training table and, if there is one, the test table.
 * @param roles by column name
 * @returns a dataset with missing numbers still missing, and `testRows` 0 when there is no test table
 */
export async function readTable(
  train: TableHead,
  test: TableHead | null,
  roles: ReadonlyMap<string, ColumnRole>,
  control: ReadControl,
): Promise<Dataset> {
  const order = test === null ? [] : matchColumns(train, test);
  const label = train.names.findIndex((name) => roles.get(name) === 'target');
  let kinds: (ColumnKind | null)[] = train.names.map(() => null);
  for (;;) {
    const builders = train.names.map((name, index) => columnBuilder(name, kinds[index]));
    const trainRows = await readRows(train, null, builders, label, control);
    const testRows = test === null ? 0 : await readRows(test, order, builders, label, control);
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

/** Streams one file into the builders; returns its number of rows. */
async function readRows(
  head: TableHead,
  order: readonly number[] | null,
  builders: readonly ColumnBuilder[],
  label: number,
  control: ReadControl,
): Promise<number> {
  const { file, header } = head;
  const target = order === null ? builders : order.map((position) => builders[position]);
  const labelAt = order === null ? label : order.indexOf(label);
  let rows = header ? -1 : 0;
  const parser = new Parser({
    ...csvOptions(head.delimiter),
    // Rows end here: none is ever queued as an object.
    on_record: (record: string[], { lines }) => {
      rows += 1;
      if (header && rows === 0) return null;
      if (record.length !== target.length) throw raggedRow(file.name, lines, record.length, target.length);
      if (labelAt >= 0 && isMissing(trimmed(record[labelAt]))) {
        throw invalidInput(
          `${file.name}, line ${lines}: the label "${builders[label].name}" is empty.`,
          'Remove the rows without a label, or choose another label column.',
        );
      }
      for (let column = 0; column < record.length; column++) target[column].add(record[column]);
      return null;
    },
  });
  // Errors reach us through the callbacks of write and end; without a listener Node would end the process as well.
  parser.on('error', () => undefined);
  parser.resume();
  const step = (act: (done: (error?: Error | null) => void) => void): Promise<void> =>
    new Promise((resolve, reject) =>
      act((error) => (error === undefined || error === null ? resolve() : reject(error))),
    );
  try {
    for await (const chunk of contentChunks(file, control, () => Math.max(0, rows))) {
      await step((done) => parser.write(chunk, done));
    }
    await step((done) => {
      parser.once('error', done);
      parser.once('end', () => done());
      parser.end();
    });
  } catch (error) {
    throw error instanceof LeverageError ? error : csvFailure(error, file.name, target.length);
  } finally {
    parser.destroy();
  }
  if (rows < 1) throw invalidInput(`${file.name} has no rows${header ? ' below its header' : ''}.`, 'Check the file.');
  return rows;
}

function readerNotes(train: TableHead, columns: readonly Column[]): string[] {
  const notes: string[] = [];
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
