/** What the first lines of a CSV or TSV file say: delimiter, header, column kinds. */
import { parse } from 'csv-parse/sync';
import { invalidInput } from '../../shared/errors.ts';
import type { ColumnType } from '../../shared/column-types.ts';
import { readHead } from './source-file.ts';
import type { SourceFile } from './source-file.ts';
import { csvFailure, csvOptions } from './csv-parsing.ts';
import { readCsvRows } from './csv-rows.ts';
import { columnBuilder, isMissing, parseNumber, trimmed } from './table-columns.ts';
import { HEAD_BYTES, HEAD_ROWS, requireDistinctNames } from './table-head.ts';
import type { Place, TableHead } from './table-head.ts';
import { builtAs } from './table-reader.ts';

const DELIMITERS = [',', ';', '\t', '|'];
const DELIMITER_NAME: Record<string, string> = { ',': 'comma', ';': 'semicolon', '\t': 'tab', '|': 'vertical bar' };

/** "CSV (comma)", "TSV · gzip". */
function formatName(delimiter: string, gzip: boolean): string {
  const format = delimiter === '\t' ? 'TSV' : `CSV (${DELIMITER_NAME[delimiter]})`;
  return gzip ? `${format} · gzip` : format;
}

/**
 * Reads the head of a CSV or TSV file.
 * @param expected names that the caller knows of (label, group columns): a first line holding one is a header
 * @param types what a person chose, by column name
 */
export async function openCsv(
  file: SourceFile,
  expected: readonly string[],
  types: ReadonlyMap<string, ColumnType>,
): Promise<TableHead> {
  const { bytes, complete, gzip } = await readHead(file, HEAD_BYTES);
  const text = bytes.toString('utf8').replace(/^\ufeff/, '');
  if (text.trim() === '') throw invalidInput(`${file.name} is empty.`, 'Choose a file with a header and rows.');
  const delimiter = sniffDelimiter(text, file.name);
  const records = headRecords(bytes, delimiter, complete, file.name);
  const [first, ...rest] = records;
  if (first === undefined) {
    throw invalidInput(`${file.name} has no complete line in its first megabyte.`, 'Check its quotes and delimiter.');
  }
  const header = looksLikeHeader(first.map(trimmed), rest, expected);
  const names = columnNames(first, header, file.name);
  const rows = header ? rest : records;
  const even = rows.filter((row) => row.length === names.length);
  const place: Place = { file: file.name, unit: 'row', number: 0 };
  const sample = names.map((name, index) => {
    const builder = columnBuilder(name, builtAs(types.get(name)), place);
    even.forEach((row, at) => {
      place.number = at + 1;
      builder.add(row[index]);
    });
    return builder.build('feature');
  });
  return {
    file,
    format: formatName(delimiter, gzip),
    header,
    names,
    rows: even,
    complete: complete && records.length < HEAD_ROWS,
    rowCount: null,
    sample,
    notes: [],
    feed: (into) => {
      into.place.unit = 'line';
      return readCsvRows(file, delimiter, header, into);
    },
  };
}

/** The candidate that splits the most lines into the same number of cells; of equals, the most cells. */
function sniffDelimiter(text: string, where: string): string {
  let best: { delimiter: string; share: number; count: number } | null = null;
  for (const delimiter of DELIMITERS) {
    const counts = delimitersPerLine(text, delimiter);
    const tally = new Map<number, number>();
    for (const count of counts) tally.set(count, (tally.get(count) ?? 0) + 1);
    tally.delete(0);
    const [count, lines] = [...tally].reduce((a, b) => (b[1] > a[1] ? b : a), [0, 0]);
    const share = lines / counts.length;
    const better = best === null || share > best.share + 0.05 || (share > best.share - 0.05 && count > best.count);
    if (count > 0 && better) best = { delimiter, share, count };
  }
  if (best === null) {
    throw invalidInput(
      `${where} is no table: no line has a comma, semicolon, tab or vertical bar between values.`,
      'Save the data as CSV with a comma between values.',
    );
  }
  return best.delimiter;
}

function delimitersPerLine(text: string, delimiter: string): number[] {
  const counts: number[] = [];
  let count = 0;
  let quoted = false;
  let fieldStart = true;
  let lineStart = true;
  for (let i = 0; i < text.length && counts.length < 200; i++) {
    const char = text[i];
    if (quoted) {
      if (char === '"') quoted = false;
      continue;
    }
    if (char === '\n' || char === '\r') {
      if (!lineStart) counts.push(count);
      count = 0;
      fieldStart = lineStart = true;
      continue;
    }
    lineStart = false;
    if (char === '"' && fieldStart) quoted = true;
    fieldStart = char === delimiter;
    if (fieldStart) count += 1;
  }
  // The last line counts only when nothing else does: the head may cut it.
  if (counts.length === 0) counts.push(count);
  return counts;
}

function headRecords(bytes: Buffer, delimiter: string, complete: boolean, where: string): string[][] {
  const records: string[][] = [];
  // A head cut in the middle of a line would show a row that the file does not have.
  const end = complete ? bytes.length : Math.max(bytes.lastIndexOf(10), bytes.lastIndexOf(13)) + 1;
  try {
    parse(bytes.subarray(0, end), {
      ...csvOptions(delimiter),
      relax_column_count: true,
      to: HEAD_ROWS,
      on_record: (record: string[]) => {
        records.push(record);
        return null;
      },
    });
  } catch (error) {
    // An open quote at a cut end is the cut's doing.
    if (complete) throw csvFailure(error, where, records[0]?.length ?? 0);
  }
  return records;
}

function looksLikeHeader(first: readonly string[], rest: readonly string[][], expected: readonly string[]): boolean {
  if (expected.some((name) => first.includes(name))) return true;
  if (new Set(first).size < first.length) return false;
  if (first.some((cell, index) => isMissing(cell) && !(cell === '' && index === 0))) return false;
  const numbers = first.map((cell) => (cell === '' ? null : parseNumber(cell))).filter((value) => value !== null);
  if (numbers.length === 0) return true;
  // Column names 0, 1, 2, … as pandas gives them; a first data row would hardly count up and the second not.
  const counting = (values: readonly (number | null)[]): boolean =>
    values.length >= 3 && values.every((value, i) => i === 0 || value === (values[i - 1] ?? NaN) + 1);
  const second = (rest[0] ?? []).map((cell) => parseNumber(trimmed(cell))).slice(0, numbers.length);
  return numbers[0] <= 1 && counting(numbers) && !counting(second);
}

function columnNames(first: readonly string[], header: boolean, where: string): string[] {
  if (!header) return first.map((_, index) => unnamed(index));
  const names = first.map((cell, index) => trimmed(cell) || unnamed(index));
  requireDistinctNames(names, `${where}, line 1`);
  return names;
}

/** Name of a column that the file leaves without one. */
export function unnamed(index: number): string {
  return `column ${index + 1}`;
}
