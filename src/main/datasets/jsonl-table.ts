/** JSON lines: one object per line, its fields the columns. */
import type { ColumnType } from '../../shared/column-types.ts';
import { invalidInput, LeverageError } from '../../shared/errors.ts';
import { contentChunks, readHead } from './source-file.ts';
import type { SourceFile } from './source-file.ts';
import { emptyLabel, HEAD_BYTES, HEAD_ROWS, noRows, placeName } from './table-head.ts';
import type { Place, TableHead, TableSink } from './table-head.ts';
import { sampleOf } from './table-sample.ts';
import { addValue, isGap } from './typed-values.ts';

/** A longer line is no record. */
const MAX_LINE_BYTES = 16 << 20;
const LINE_FEED = 10;

type Fields = Record<string, unknown>;

/**
 * Reads the head of a JSON lines file. The fields of its first rows are the columns.
 * @throws LeverageError 'invalidInput' with file, line and field
 */
export async function openJsonLines(file: SourceFile, types: ReadonlyMap<string, ColumnType>): Promise<TableHead> {
  const { bytes, complete, gzip } = await readHead(file, HEAD_BYTES);
  const lines = new LineSplitter(file.name);
  const place: Place = { file: file.name, unit: 'line', number: 0 };
  const records: Fields[] = [];
  let whole = complete;
  const take = (line: string): void => {
    place.number += 1;
    if (records.length === HEAD_ROWS) whole = false;
    else if (line.trim() !== '') records.push(parseRecord(line, place));
  };
  for (const line of lines.push(bytes)) take(line);
  if (complete) for (const line of lines.end()) take(line);
  if (records.length === 0) {
    if (complete) throw noRows(file.name, false);
    throw invalidInput(`${file.name} has no complete line in its first megabyte.`, 'Write one object per line.');
  }
  const names = [...new Set(records.flatMap((record) => Object.keys(record)))];
  const { sample, rows } = sampleOf(names, types, file.name, records.length, (builder, name) => {
    for (const record of records) addValue(builder, record[name]);
  });
  return {
    file,
    format: gzip ? 'JSON lines · gzip' : 'JSON lines',
    header: true,
    names,
    rows,
    complete: whole,
    rowCount: null,
    sample,
    notes: [],
    feed: (into) => readRecords(file, names, into),
  };
}

async function readRecords(file: SourceFile, names: readonly string[], sink: TableSink): Promise<number> {
  const { builders, label, place } = sink;
  place.unit = 'line';
  place.number = 0;
  const known = new Set(names);
  let rows = 0;
  const take = (line: string): void => {
    place.number += 1;
    if (line.trim() === '') return;
    const record = parseRecord(line, place);
    const late = Object.keys(record).find((name) => !known.has(name));
    if (late !== undefined) throw lateField(late, place);
    if (label >= 0 && isGap(record[names[label]])) throw emptyLabel(place, names[label]);
    for (let column = 0; column < names.length; column++) addValue(builders[column], record[names[column]]);
    rows += 1;
  };
  const lines = new LineSplitter(file.name);
  for await (const chunk of contentChunks(file, sink.control, () => rows))
    for (const line of lines.push(chunk)) take(line);
  for (const line of lines.end()) take(line);
  if (rows === 0) throw noRows(file.name, false);
  return rows;
}

function lateField(name: string, place: Place): LeverageError {
  return invalidInput(
    `${placeName(place)}: the field "${name}" is in none of the first rows, which say what the columns are.`,
    `Write "${name}": null into the first line.`,
  );
}

function parseRecord(line: string, place: Place): Fields {
  let value: unknown;
  try {
    value = JSON.parse(line.charCodeAt(0) === 0xfeff ? line.slice(1) : line);
  } catch {
    throw invalidInput(
      `${placeName(place)}: not a JSON object on one line.`,
      'Write one object per line (pandas: to_json(…, orient="records", lines=True)).',
    );
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidInput(
      `${placeName(place)}: not an object.`,
      'Every line is one object, such as {"age": 41, "label": "yes"}.',
    );
  }
  const record = value as Fields;
  let unsafe = false;
  for (const name in record) {
    const field = record[name];
    if (typeof field === 'object' && field !== null) {
      throw invalidInput(
        `${placeName(place)}: the field "${name}" holds ${Array.isArray(field) ? 'a list' : 'an object'}.`,
        'Fields are numbers, texts, true, false or null: give each part a field of its own, or leave it out.',
      );
    }
    if (typeof field === 'number' && Number.isInteger(field) && !Number.isSafeInteger(field)) unsafe = true;
  }
  return unsafe ? withDigits(line, record) : record;
}

/** Whole numbers beyond 2⁵³ as the text that the line has: they are identifiers, and would lose their last digits. */
function withDigits(line: string, record: Fields): Fields {
  const exact: unknown = JSON.parse(line.replace(/^\ufeff/, ''), (_, value: unknown, context?: { source?: string }) =>
    typeof value === 'number' &&
    Number.isInteger(value) &&
    !Number.isSafeInteger(value) &&
    /^-?\d+$/.test(context?.source ?? '')
      ? context?.source
      : value,
  );
  return typeof exact === 'object' && exact !== null ? { ...record, ...exact } : record;
}

/** Bytes → lines; a character may be cut by a chunk's end, a line by several. */
class LineSplitter {
  private rest: Buffer[] = [];
  private length = 0;
  private readonly file: string;

  constructor(file: string) {
    this.file = file;
  }

  *push(chunk: Buffer): Generator<string> {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
      yield this.line(chunk.subarray(start, end));
      start = end + 1;
    }
    this.rest.push(chunk.subarray(start));
    this.length += chunk.length - start;
    if (this.length > MAX_LINE_BYTES) {
      throw invalidInput(`${this.file}: a line is longer than 16 MB.`, 'Write one object per line.');
    }
  }

  *end(): Generator<string> {
    const last = this.line(Buffer.alloc(0));
    if (last !== '') yield last;
  }

  private line(tail: Buffer): string {
    const bytes = this.rest.length === 0 ? tail : Buffer.concat([...this.rest, tail]);
    this.rest = [];
    this.length = 0;
    return bytes.toString('utf8');
  }
}
