/** sha-256 of a dataset's content, whatever file, order of reading or number type it came in. */
import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import type { Dataset, FeatureBlock } from '../../shared/dataset.ts';

/** Rows of the block hashed at a time. */
const BATCH_VALUES = 1 << 16;

/**
 * The fingerprint (hex): row counts; columns with role, kind, values as float64 little-endian or codes and
 * levels; the block as its non-zero values (data × scale) with their columns. Name, source and notes do not
 * count, nor does the element type or the density of the block. Two values are one when they are equal as
 * numbers: −0 is 0, and every NaN is the same.
 */
export function fingerprintDataset(dataset: Dataset): string {
  const hash = createHash('sha256');
  addText(hash, 'leverage dataset 1');
  addNumbers(hash, [dataset.trainRows, dataset.testRows, dataset.columns.length]);
  for (const column of dataset.columns) {
    addText(hash, column.kind);
    addText(hash, column.role);
    addText(hash, column.name);
    if (column.kind === 'number') {
      addNumbers(hash, column.values);
    } else {
      addNumbers(hash, [column.levels.length]);
      for (const level of column.levels) addText(hash, level);
      addNumbers(hash, column.codes);
    }
  }
  const { block, image } = dataset;
  if (block !== null) addBlock(hash, block, dataset.trainRows + dataset.testRows);
  if (image !== null) addNumbers(hash, [image.height, image.width, image.maximum]);
  addText(hash, dataset.missingNumbers ?? '');
  return hash.digest('hex');
}

function addBlock(hash: Hash, block: FeatureBlock, rows: number): void {
  addText(hash, 'block');
  addNumbers(hash, [block.columns]);
  for (const name of block.names ?? []) addText(hash, name);
  // Row number, column, value of every non-zero entry, in row order.
  let batch: number[] = [];
  const add = (row: number, column: number, value: number): void => {
    const scaled = value * block.scale;
    if (scaled === 0) return;
    batch.push(row, column, scaled);
    if (batch.length >= BATCH_VALUES) {
      addNumbers(hash, batch);
      batch = [];
    }
  };
  for (let row = 0; row < rows; row++) {
    if (block.kind === 'dense') {
      const start = row * block.columns;
      for (let column = 0; column < block.columns; column++) add(row, column, block.data[start + column]);
    } else {
      for (let at = block.indptr[row]; at < block.indptr[row + 1]; at++) add(row, block.indices[at], block.data[at]);
    }
  }
  addNumbers(hash, batch);
}

/** Length first, so that neighbouring texts can not run into each other. */
function addText(hash: Hash, text: string): void {
  const bytes = Buffer.from(text, 'utf8');
  addNumbers(hash, [bytes.length]);
  hash.update(bytes);
}

function addNumbers(hash: Hash, numbers: ArrayLike<number>): void {
  const values = new Float64Array(Math.min(numbers.length, BATCH_VALUES));
  for (let start = 0; start < numbers.length; start += BATCH_VALUES) {
    const count = Math.min(BATCH_VALUES, numbers.length - start);
    for (let i = 0; i < count; i++) {
      const value = numbers[start + i];
      values[i] = Number.isNaN(value) ? NaN : value + 0;
    }
    hash.update(new Uint8Array(values.buffer, 0, 8 * count));
  }
}
