/** Parquet: row groups read one after the other, and of each one column at a time. */
import { parquetMetadataAsync, parquetRead } from 'hyparquet';
import type { AsyncBuffer, FileMetaData, SchemaElement } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import type { ColumnType } from '../../shared/column-types.ts';
import { invalidInput, LeverageError } from '../../shared/errors.ts';
import { checkPages, columnRanges } from './parquet-pages.ts';
import { checkCancelled, isGzip, openRandomAccess, UNWATCHED } from './source-file.ts';
import type { RandomAccess, ReadControl, SourceFile } from './source-file.ts';
import { emptyLabel, HEAD_ROWS, noRows, quotedNames, requireDistinctNames } from './table-head.ts';
import type { TableHead, TableSink } from './table-head.ts';
import { sampleOf } from './table-sample.ts';
import { addValue, isGap } from './typed-values.ts';

interface ParquetColumn {
  name: string;
  decimals: number | null;
}

interface Layout {
  metadata: FileMetaData;
  columns: ParquetColumn[];
  rows: number;
  notes: string[];
}

type Values = ArrayLike<unknown>;

/**
 * Opens a Parquet file by its footer and first rows.
 * @throws LeverageError 'invalidInput' for a damaged or encrypted file, nested columns, a compression that is not read
 */
export async function openParquet(file: SourceFile, types: ReadonlyMap<string, ColumnType>): Promise<TableHead> {
  return withFile(file, UNWATCHED, async (buffer) => {
    const layout = await readLayout(buffer, file.name);
    const count = Math.min(HEAD_ROWS, layout.rows);
    const values: Values[] = [];
    for (const column of layout.columns) values.push(await readValues(buffer, layout, column, 0, count, file.name));
    const names = layout.columns.map(({ name }) => name);
    const { sample, rows } = sampleOf(names, types, file.name, count, (builder, _, index) => {
      for (let row = 0; row < count; row++) addValue(builder, values[index][row]);
    });
    const gzip = await isGzip(file);
    return {
      file,
      format: gzip ? 'Parquet · gzip' : 'Parquet',
      header: true,
      names,
      rows,
      complete: count === layout.rows,
      rowCount: layout.rows,
      sample,
      notes: layout.notes,
      feed: (into) => withFile(file, into.control, (again) => readGroups(again, layout, file, into)),
    };
  });
}

async function readGroups(buffer: AsyncBuffer, layout: Layout, file: SourceFile, sink: TableSink): Promise<number> {
  const { builders, label, control, place } = sink;
  place.unit = 'row';
  let start = 0;
  let bytesRead = 0;
  for (const group of layout.metadata.row_groups) {
    const end = start + Number(group.num_rows);
    for (const [index, column] of layout.columns.entries()) {
      checkCancelled(control);
      const values = await readValues(buffer, layout, column, start, end, file.name);
      for (let at = 0; at < values.length; at++) {
        place.number = start + at + 1;
        if (index === label && isGap(values[at])) throw emptyLabel(place, column.name);
        addValue(builders[index], values[at]);
      }
      bytesRead += Number(group.columns[index].meta_data?.total_compressed_size ?? 0);
      const rows = start + Math.floor(((end - start) * (index + 1)) / layout.columns.length);
      control.progress({ file: file.name, bytesRead: Math.min(bytesRead, file.bytes), bytesTotal: file.bytes, rows });
    }
    start = end;
  }
  control.progress({ file: file.name, bytesRead: file.bytes, bytesTotal: file.bytes, rows: start });
  return start;
}

/** Values of one column, rows `start` to `end` − 1, as the kinds that `addValue` takes. */
async function readValues(
  buffer: AsyncBuffer,
  { metadata }: Layout,
  column: ParquetColumn,
  start: number,
  end: number,
  name: string,
): Promise<Values> {
  const ranges = columnRanges(metadata);
  const checked: AsyncBuffer = {
    byteLength: buffer.byteLength,
    slice: (from, to) => {
      const bytes = (async () => {
        const read = await buffer.slice(from, to);
        const range = ranges.get(from);
        if (range !== undefined) checkPages(read, range);
        return read;
      })();
      // Of several reads at once the library may wait for the first that fails only.
      bytes.catch(() => undefined);
      return bytes;
    },
  };
  const chunks: { rowStart: number; columnData: Values }[] = [];
  await parquetRead({
    file: checked,
    metadata,
    columns: [column.name],
    rowStart: start,
    rowEnd: end,
    compressors,
    parsers: { jsonFromBytes: textOf },
    onChunk: (chunk) => chunks.push(chunk),
  });
  // Row groups arrive in any order, and pages may hold rows beyond those that were asked for.
  chunks.sort((a, b) => a.rowStart - b.rowStart);
  const values: unknown[] = [];
  for (const { rowStart, columnData } of chunks) {
    if (rowStart !== start + values.length) break;
    const wanted = Math.min(columnData.length, end - rowStart);
    for (let at = 0; at < wanted; at++) values.push(columnData[at]);
  }
  if (values.length !== end - start) {
    throw damaged(name, `column "${column.name}" has ${values.length} of ${end - start} values`);
  }
  const { decimals } = column;
  // hyparquet multiplies by a power of ten, which leaves 0.57 as 0.5700000000000001.
  if (decimals === null) return values;
  return values.map((value) => (typeof value === 'number' ? Number(value.toFixed(decimals)) : value));
}

function textOf(bytes: Uint8Array | undefined): string | undefined {
  return bytes === undefined
    ? undefined
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

async function readLayout(buffer: AsyncBuffer, name: string): Promise<Layout> {
  const metadata = await parquetMetadataAsync(buffer, { geoparquet: false });
  const [root, ...elements] = metadata.schema;
  const nested = elements.find((element) => (element.num_children ?? 0) > 0 || element.repetition_type === 'REPEATED');
  if (nested !== undefined) {
    throw invalidInput(
      `${name}: the column "${nested.name}" is nested (a list or a structure).`,
      'Give each part a column of its own, or leave the column out.',
    );
  }
  const unread = elements.find((element) => kindOf(element) === null);
  if (unread !== undefined) {
    throw invalidInput(
      `${name}: the column "${unread.name}" holds ${unread.logical_type?.type ?? unread.converted_type ?? 'values'}, which is not read.`,
      'Convert it to numbers or text, or leave the column out.',
    );
  }
  if (elements.length === 0 || root.num_children !== elements.length) throw damaged(name, 'its schema has no columns');
  requireDistinctNames(
    elements.map((element) => element.name),
    name,
  );
  let rows = 0;
  for (const group of metadata.row_groups) {
    if (group.columns.length !== elements.length) throw damaged(name, 'a row group lacks columns');
    for (const { meta_data } of group.columns) {
      if (meta_data === undefined) throw damaged(name, 'a column has no description');
      if (meta_data.codec !== 'UNCOMPRESSED' && compressors[meta_data.codec] === undefined) {
        throw invalidInput(
          `${name} is compressed with ${meta_data.codec ?? 'an unknown method'}, which is not read.`,
          'Write it with snappy, gzip, zstd, lz4 or brotli.',
        );
      }
      if (meta_data.num_values !== group.num_rows) throw damaged(name, 'its columns have different lengths');
    }
    rows += Number(group.num_rows);
  }
  if (rows !== Number(metadata.num_rows) || rows < 0 || !Number.isSafeInteger(rows)) {
    throw damaged(name, 'its row groups do not add up');
  }
  if (rows === 0) throw noRows(name, false);
  for (const { start, end } of columnRanges(metadata).values()) {
    if (!(start >= 4 && end >= start && end <= buffer.byteLength)) {
      throw damaged(name, 'it refers to bytes that it does not have');
    }
  }
  const of = (kind: string): string[] => elements.filter((element) => kindOf(element) === kind).map((e) => e.name);
  return {
    metadata,
    rows,
    columns: elements.map((element) => ({
      name: element.name,
      decimals: kindOf(element) === 'decimal' ? Math.min(100, Math.max(0, element.scale ?? 0)) : null,
    })),
    notes: typeNotes(of('date'), of('boolean'), of('decimal')),
  };
}

type Kind = 'plain' | 'date' | 'boolean' | 'decimal';

/** How a column's values are taken, or null when they are not. */
function kindOf({ type, converted_type: converted, logical_type: logical }: SchemaElement): Kind | null {
  const name = logical?.type ?? converted ?? '';
  if (['BSON', 'INTERVAL', 'VARIANT', 'GEOMETRY', 'GEOGRAPHY'].includes(name)) return null;
  if (name === 'DECIMAL') return 'decimal';
  if (name === 'DATE' || name.startsWith('TIMESTAMP') || type === 'INT96') return 'date';
  if (type === 'FIXED_LEN_BYTE_ARRAY') return name === 'UUID' || name === 'FLOAT16' ? 'plain' : null;
  return type === 'BOOLEAN' ? 'boolean' : 'plain';
}

/** What is said of columns that hold neither numbers nor text. */
export function typeNotes(
  dates: readonly string[],
  booleans: readonly string[],
  decimals: readonly string[],
): string[] {
  const notes: string[] = [];
  if (dates.length > 0) notes.push(`Dates (${quotedNames(dates)}) are read as days since 1 January 1970, UTC.`);
  if (booleans.length > 0) notes.push(`True and false (${quotedNames(booleans)}) are read as categories.`);
  if (decimals.length > 0) notes.push(`Decimals (${quotedNames(decimals)}) are read as numbers of double precision.`);
  return notes;
}

/** Opens the file, and turns whatever the Parquet library throws into a sentence. */
async function withFile<T>(
  file: SourceFile,
  control: ReadControl,
  work: (buffer: AsyncBuffer) => Promise<T>,
): Promise<T> {
  const access = await openRandomAccess(file, control);
  try {
    await requireMagic(access, file.name);
    return await work(asyncBuffer(access));
  } catch (error) {
    if (error instanceof LeverageError) throw error;
    throw damaged(file.name, error instanceof Error ? error.message.replace(/^parquet /, '') : String(error));
  } finally {
    await access.close();
  }
}

async function requireMagic(access: RandomAccess, name: string): Promise<void> {
  const end = (await access.read(Math.max(0, access.size - 4), 4)).toString('latin1');
  if (end === 'PARE') {
    throw invalidInput(`${name} is an encrypted Parquet file, which is not read.`, 'Write it without encryption.');
  }
  if (end !== 'PAR1' || access.size < 12) {
    throw invalidInput(`${name} begins as a Parquet file but ends early.`, 'Copy or download it again.');
  }
}

function asyncBuffer(access: RandomAccess): AsyncBuffer {
  return {
    byteLength: access.size,
    slice: async (start, end = access.size) => {
      if (!(start >= 0 && end >= start && end <= access.size))
        throw new Error('it refers to bytes that it does not have');
      const bytes = await access.read(start, end - start);
      // Small reads share a pool's buffer, at any offset.
      return Uint8Array.from(bytes).buffer;
    },
  };
}

function damaged(name: string, what: string): LeverageError {
  return invalidInput(`${name} is a damaged Parquet file: ${what}.`, 'Copy or download it again, or write it anew.');
}
