/**
 * The buffers of an Arrow record batch, checked against the number of rows that it announces: a damaged
 * length would have every reader run over gigabytes of nothing.
 */
import { DataType } from 'apache-arrow';
import type { Data, RecordBatch } from 'apache-arrow';

/** Rows of a batch whose columns are all null, and so have no buffers that could contradict it. */
const MOST_NULL_ROWS = 1e8;

/** @throws Error when a column has fewer values than the batch has rows */
export function checkBatch(batch: RecordBatch): void {
  const rows = batch.numRows;
  if (!Number.isSafeInteger(rows) || rows < 0 || rows > MOST_NULL_ROWS)
    throw new Error(`a batch announces ${rows} rows`);
  batch.schema.fields.forEach(({ name }, index) => {
    const column = batch.getChildAt(index);
    if (column === null) throw new Error(`a batch lacks the column "${name}"`);
    if (column.length !== rows) throw new Error(`column "${name}" has ${column.length} of ${rows} values`);
    for (const data of column.data) checkData(data, name);
  });
}

function checkData(data: Data, name: string): void {
  const { type, length, offset } = data;
  if (DataType.isNull(type) || length === 0) return;
  const end = offset + length;
  // The bits of gaps are there, or nothing says that a value is missing.
  const gaps = data.nullBitmap as Uint8Array | undefined;
  if (gaps !== undefined && gaps.length > 0 && gaps.length * 8 < length) throw short(name);
  if (DataType.isUtf8(type) || DataType.isLargeUtf8(type)) {
    const offsets = data.valueOffsets as Int32Array | BigInt64Array;
    if (offsets.length < length + 1) throw short(name);
    const bytes = (data.values as Uint8Array).length;
    for (let i = 0; i < length; i++) {
      const from = Number(offsets[i]);
      const to = Number(offsets[i + 1]);
      if (from < 0 || to < from || to > bytes) throw short(name);
    }
    return;
  }
  if (DataType.isUtf8View(type) || DataType.isBinaryView(type)) {
    if ((data.values as Uint8Array).length < 16 * length) throw short(name);
    return;
  }
  const values = data.values as ArrayLike<unknown> | undefined;
  if (values === undefined) return;
  const stride = data.stride;
  if (DataType.isBool(type) ? 8 * values.length < end : values.length < stride * length) throw short(name);
  if (DataType.isDictionary(type)) {
    const entries = data.dictionary?.length ?? 0;
    const indices = values as ArrayLike<number | bigint>;
    for (let i = 0; i < length; i++) {
      if (data.getValid(i) && !(indices[i] >= 0 && indices[i] < entries)) throw short(name);
    }
    for (const part of data.dictionary?.data ?? []) checkData(part, name);
  }
}

function short(name: string): Error {
  return new Error(`the values of column "${name}" are incomplete`);
}
