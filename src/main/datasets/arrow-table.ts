/** Arrow: IPC files (Feather version 2) and streams, read one record batch after the other. */
import { CompressionType, compressionRegistry, DataType, RecordBatchReader } from 'apache-arrow';
import type { Field, RecordBatch, Schema } from 'apache-arrow';
import { zstdDecompressSync } from 'node:zlib';
import { checkBatch } from './arrow-buffers.ts';
import { checkedMessages } from './arrow-messages.ts';
import type { ColumnType } from '../../shared/column-types.ts';
import { invalidInput, LeverageError } from '../../shared/errors.ts';
import { decodeLz4Frame } from './lz4-frame.ts';
import { typeNotes } from './parquet-table.ts';
import { checkCancelled, contentChunks, isGzip, openRandomAccess, readHead, UNWATCHED } from './source-file.ts';
import type { ReadControl, SourceFile } from './source-file.ts';
import type { ColumnBuilder } from './table-columns.ts';
import { emptyLabel, HEAD_ROWS, noRows, requireDistinctNames } from './table-head.ts';
import type { TableHead, TableSink } from './table-head.ts';
import { sampleOf } from './table-sample.ts';
import { addInstant, addValue, isGap } from './typed-values.ts';

/** Before the stream that every IPC file holds: "ARROW1" and padding to 8 bytes. */
const FILE_MAGIC = 'ARROW1';
const FILE_HEAD_BYTES = 8;
/** At its end: the footer's length (int32) and the magic again. */
const FILE_TAIL_BYTES = 10;

compressionRegistry.set(CompressionType.LZ4_FRAME, { decode: decodeLz4Frame });
compressionRegistry.set(CompressionType.ZSTD, { decode: (bytes) => new Uint8Array(zstdDecompressSync(bytes)) });

/** Adds the value of one row to a column's builder. */
type AddCell = (builder: ColumnBuilder, value: unknown) => boolean;

/**
 * Opens an Arrow file or stream by its schema and first rows.
 * @throws LeverageError 'invalidInput' for a damaged file and for nested or binary columns
 */
export async function openArrow(file: SourceFile, types: ReadonlyMap<string, ColumnType>): Promise<TableHead> {
  return inSentences(file.name, async () => {
    const head: RecordBatch[] = [];
    let rows = 0;
    let complete = true;
    let schema: Schema | null = null;
    let adders: AddCell[] | null = null;
    for await (const step of batches(file, UNWATCHED, () => 0)) {
      schema = step.schema;
      // Before the first batch is decoded: the checks of batches are for flat columns.
      adders ??= schema.fields.map((field) => cellAdder(field, file.name));
      if (step.batch === null) continue;
      if (rows >= HEAD_ROWS) {
        complete = false;
        break;
      }
      head.push(step.batch);
      rows += step.batch.numRows;
    }
    if (schema === null || adders === null) throw damaged(file.name, 'it holds no schema');
    const add = adders;
    const names = schema.fields.map(({ name }) => String(name));
    requireDistinctNames(names, file.name);
    if (rows === 0) throw noRows(file.name, false);
    const count = Math.min(HEAD_ROWS, rows);
    const { sample, rows: texts } = sampleOf(names, types, file.name, count, (builder, _, index) => {
      let left = count;
      for (const batch of head) {
        const vector = batch.getChildAt(index);
        for (let row = 0; row < batch.numRows && left > 0; row++, left--) add[index](builder, vector?.get(row));
      }
    });
    const stream = !(await isIpcFile(file));
    const gzip = await isGzip(file);
    return {
      file,
      format: `Arrow ${stream ? 'stream' : 'file'}${gzip ? ' · gzip' : ''}`,
      header: true,
      names,
      rows: texts,
      complete: complete && count === rows,
      rowCount: null,
      sample,
      notes: notesOf(schema),
      feed: (into) => inSentences(file.name, () => readBatches(file, names, add, into)),
    };
  });
}

async function readBatches(
  file: SourceFile,
  names: readonly string[],
  adders: readonly AddCell[],
  { builders, label, control, place }: TableSink,
): Promise<number> {
  place.unit = 'row';
  let rows = 0;
  for await (const { batch } of batches(file, control, () => rows)) {
    if (batch === null) continue;
    for (const [index, builder] of builders.entries()) {
      checkCancelled(control);
      const vector = batch.getChildAt(index);
      for (let row = 0; row < batch.numRows; row++) {
        const value: unknown = vector?.get(row);
        place.number = rows + row + 1;
        if (index === label && isGap(value)) throw emptyLabel(place, names[index]);
        adders[index](builder, value);
      }
    }
    rows += batch.numRows;
  }
  if (rows === 0) throw noRows(file.name, false);
  return rows;
}

/** The schema, with a null batch, then every batch. An IPC file is read as the stream that it holds. */
async function* batches(
  file: SourceFile,
  control: ReadControl,
  rows: () => number,
): AsyncGenerator<{ schema: Schema; batch: RecordBatch | null }> {
  const content = streamOf(file, await streamRange(file, control), control, rows);
  try {
    const reader = await RecordBatchReader.from(checkedMessages(content));
    await reader.open();
    yield { schema: reader.schema, batch: null };
    for await (const batch of reader) {
      checkBatch(batch);
      yield { schema: reader.schema, batch };
    }
    // To the end of the file, for the progress.
    while ((await content.next()).done !== true);
  } finally {
    await content.return(undefined);
  }
}

/**
 * Where in the file its stream lies: after the magic of an IPC file, before its footer (whose bytes would be
 * taken for a message).
 * @throws LeverageError 'invalidInput' for an IPC file without its end
 */
async function streamRange(file: SourceFile, control: ReadControl): Promise<{ start: number; end: number }> {
  if (!(await isIpcFile(file))) return { start: 0, end: Infinity };
  const access = await openRandomAccess(file, control);
  try {
    const tail = await access.read(Math.max(0, access.size - FILE_TAIL_BYTES), FILE_TAIL_BYTES);
    const footer = tail.length === FILE_TAIL_BYTES ? tail.readInt32LE(0) : -1;
    const end = access.size - FILE_TAIL_BYTES - footer;
    if (tail.toString('latin1', 4) !== FILE_MAGIC || footer < 0 || end < FILE_HEAD_BYTES) {
      throw invalidInput(`${file.name} begins as an Arrow file but ends early.`, 'Copy or download it again.');
    }
    return { start: FILE_HEAD_BYTES, end };
  } finally {
    await access.close();
  }
}

async function* streamOf(
  file: SourceFile,
  { start, end }: { start: number; end: number },
  control: ReadControl,
  rows: () => number,
): AsyncGenerator<Uint8Array> {
  let at = 0;
  for await (const chunk of contentChunks(file, control, rows)) {
    const from = Math.min(chunk.length, Math.max(0, start - at));
    const to = Math.min(chunk.length, Math.max(0, end - at));
    if (to > from) yield chunk.subarray(from, to);
    at += chunk.length;
  }
}

async function isIpcFile(file: SourceFile): Promise<boolean> {
  const { bytes } = await readHead(file, FILE_HEAD_BYTES);
  return bytes.toString('latin1', 0, FILE_MAGIC.length) === FILE_MAGIC;
}

/** How the cells of a field are added. @throws LeverageError 'invalidInput' when they can not be */
function cellAdder({ name, type }: Field, where: string): AddCell {
  const values: DataType = DataType.isDictionary(type) ? type.dictionary : type;
  if (DataType.isTimestamp(values) || DataType.isDate(values)) {
    return (builder, value) => {
      if (typeof value === 'number') addInstant(builder, value);
      else if (typeof value === 'bigint') addInstant(builder, Number(value));
      else return addValue(builder, value);
      return true;
    };
  }
  if (DataType.isDecimal(values)) {
    const { scale } = values;
    // The vector holds the digits without their point.
    return (builder, value) => addValue(builder, isGap(value) ? null : Number(`${String(value)}e${-scale}`));
  }
  const plain =
    DataType.isInt(values) ||
    DataType.isFloat(values) ||
    DataType.isBool(values) ||
    DataType.isUtf8(values) ||
    DataType.isLargeUtf8(values) ||
    DataType.isUtf8View(values) ||
    DataType.isTime(values) ||
    DataType.isDuration(values) ||
    DataType.isNull(values);
  if (plain) return addValue;
  const nested =
    DataType.isList(values) ||
    DataType.isFixedSizeList(values) ||
    DataType.isStruct(values) ||
    DataType.isMap(values) ||
    DataType.isUnion(values);
  throw nested
    ? invalidInput(
        `${where}: the column "${name}" is nested (${String(values)}).`,
        'Give each part a column of its own, or leave the column out.',
      )
    : invalidInput(
        `${where}: the column "${name}" holds ${String(values)}, which is not read.`,
        'Convert it to numbers or text, or leave the column out.',
      );
}

function notesOf({ fields }: Schema): string[] {
  const of = (wanted: (type: DataType) => boolean): string[] =>
    fields.filter(({ type }) => wanted(DataType.isDictionary(type) ? type.dictionary : type)).map(({ name }) => name);
  return typeNotes(
    of((type) => DataType.isTimestamp(type) || DataType.isDate(type)),
    of((type) => DataType.isBool(type)),
    of((type) => DataType.isDecimal(type)),
  );
}

async function inSentences<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof LeverageError) throw error;
    throw damaged(name, error instanceof Error ? error.message : String(error));
  }
}

function damaged(name: string, what: string): LeverageError {
  return invalidInput(
    `${name} is a damaged Arrow file, or of a kind that is not read: ${what.replace(/\.$/, '')}.`,
    'Copy or download it again, or write it as Parquet.',
  );
}
