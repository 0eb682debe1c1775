/** A table of any format, opened: its columns, its first rows, and the way to read all of them. */
import type { Column } from '../../shared/dataset.ts';
import { invalidInput } from '../../shared/errors.ts';
import type { LeverageError } from '../../shared/errors.ts';
import type { ReadControl, SourceFile } from './source-file.ts';
import type { ColumnBuilder } from './table-columns.ts';

/** Rows that a head shows and judges by. */
export const HEAD_ROWS = 1000;
/** Bytes that are read to find them, where a format is read front to back. */
export const HEAD_BYTES = 1 << 20;

export interface TableHead {
  file: SourceFile;
  /** For people: "CSV (comma)", "TSV · gzip", "Parquet". */
  format: string;
  /** Whether the file names its columns. */
  header: boolean;
  names: string[];
  /** The first rows, as text. */
  rows: string[][];
  /** Whether `rows` is the whole table. */
  complete: boolean;
  /** Rows of the whole table, where that is known without reading it. */
  rowCount: number | null;
  /** The columns of `rows` alone. */
  sample: Column[];
  /** How values that are neither numbers nor text are read: dates, decimals, true and false. */
  notes: string[];
  /** Reads every row into the builders. */
  feed(into: TableSink): Promise<number>;
}

/** Where the rows of a table go. */
export interface TableSink {
  /** One per column, in the order of the file. */
  builders: readonly ColumnBuilder[];
  /** Index of the label among them, or −1: a row without its label is refused. */
  label: number;
  control: ReadControl;
  /** Kept up to date by the reader, so that a builder can say where it met what it refuses. */
  place: Place;
}

/** Where in which file a reader is. */
export interface Place {
  file: string;
  /** Lines of text files and rows of the others, from 1. */
  unit: 'line' | 'row';
  number: number;
}

export const NOWHERE: Place = { file: 'the table', unit: 'row', number: 0 };

/** "mails.csv, line 7". */
export function placeName({ file, unit, number }: Place): string {
  return `${file}, ${unit} ${number}`;
}

export function emptyLabel(place: Place, label: string): LeverageError {
  return invalidInput(
    `${placeName(place)}: the label "${label}" is empty.`,
    'Remove the rows without a label, or choose another label column.',
  );
}

export function noRows(file: string, header: boolean): LeverageError {
  return invalidInput(`${file} has no rows${header ? ' below its header' : ''}.`, 'Check the file.');
}

/** @throws LeverageError 'invalidInput' when two columns have one name */
export function requireDistinctNames(names: readonly string[], where: string): void {
  const seen = new Map<string, number>();
  names.forEach((name, index) => {
    const before = seen.get(name);
    if (before !== undefined) {
      throw invalidInput(
        `${where}: columns ${before + 1} and ${index + 1} are both called "${name}".`,
        'Give every column a name of its own.',
      );
    }
    seen.set(name, index);
  });
}

/** "a", "b" and 3 more. */
export function quotedNames(names: readonly string[], most = 5): string {
  const more = names.length > most ? ` and ${names.length - most} more` : '';
  return (
    names
      .slice(0, most)
      .map((name) => `"${name}"`)
      .join(', ') + more
  );
}
