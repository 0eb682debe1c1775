/** The rows of a CSV or TSV file, streamed into columns. */
import { Parser } from 'csv-parse';
import { LeverageError } from '../../shared/errors.ts';
import { csvFailure, csvOptions, raggedRow } from './csv-parsing.ts';
import { contentChunks } from './source-file.ts';
import type { SourceFile } from './source-file.ts';
import { isMissing, trimmed } from './table-columns.ts';
import { emptyLabel, noRows } from './table-head.ts';
import type { TableSink } from './table-head.ts';

/** Streams one file into the builders; returns its number of rows. */
export async function readCsvRows(
  file: SourceFile,
  delimiter: string,
  header: boolean,
  { builders, label, control, place }: TableSink,
): Promise<number> {
  let rows = header ? -1 : 0;
  const parser = new Parser({
    ...csvOptions(delimiter),
    // Rows end here: none is ever queued as an object.
    on_record: (record: string[], { lines }) => {
      rows += 1;
      if (header && rows === 0) return null;
      place.number = lines;
      if (record.length !== builders.length) throw raggedRow(file.name, lines, record.length, builders.length);
      if (label >= 0 && isMissing(trimmed(record[label]))) throw emptyLabel(place, builders[label].name);
      for (let column = 0; column < record.length; column++) builders[column].add(record[column]);
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
    throw error instanceof LeverageError ? error : csvFailure(error, file.name, builders.length);
  } finally {
    parser.destroy();
  }
  if (rows < 1) throw noRows(file.name, header);
  return rows;
}
