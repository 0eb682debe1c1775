/** Choosing rows of a dataset: seeded test splits, dropped rows. */
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { invalidInput } from '../../shared/errors.ts';
import type { BlockData, Column, Dataset, FeatureBlock } from '../../shared/dataset.ts';

export interface TestShare {
  fraction: number;
  seed: number;
}

/** What is split off when no test data is given. */
export const DEFAULT_TEST: TestShare = { fraction: 0.2, seed: 0 };

/** How many of n rows become test rows: round(n·fraction), at least 1 and at most n − 1. */
export function testRowCount(rows: number, { fraction }: TestShare): number {
  return Math.min(rows - 1, Math.max(1, Math.round(rows * fraction)));
}

/** The rows that become test rows, by a Fisher–Yates shuffle on xoroshiro128+ (the same on every machine). Ascending. */
export function seededTestRows(rows: number, share: TestShare): Int32Array {
  const count = testRowCount(rows, share);
  const order = Int32Array.from({ length: rows }, (_, i) => i);
  const random = xoroshiro128plus(share.seed);
  for (let i = 0; i < count; i++) {
    const j = uniformInt(random, i, rows - 1);
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order.slice(0, count).sort();
}

/** Splits seeded test rows off a dataset that has none; both parts keep the order of the file. */
export function splitOffTest(dataset: Dataset, share: TestShare): Dataset {
  const rows = dataset.trainRows;
  if (rows < 2) {
    throw invalidInput(`${dataset.source} has ${rows} row(s): too few to split test rows off.`, 'Give a test file.');
  }
  const test = seededTestRows(rows, share);
  const isTest = new Uint8Array(rows);
  for (const row of test) isTest[row] = 1;
  const train = Int32Array.from({ length: rows }, (_, i) => i).filter((row) => isTest[row] === 0);
  const split = takeRows({ ...dataset, columns: [] }, train, test);
  const chosen = concatenated(train, test);
  // Column by column, each old one let go before the next: a big table is not in memory twice.
  const { columns } = dataset;
  for (let index = 0; index < columns.length; index++) columns[index] = takeFromColumn(columns[index], chosen);
  split.columns = columns;
  const percent = Number((share.fraction * 100).toPrecision(6));
  split.notes.push(
    `Of ${rows} rows, ${test.length} (${percent} %) drawn with seed ${share.seed} are test rows; training rows are numbered in the order of the file without them.`,
  );
  return split;
}

/** The dataset with the given rows (absolute indices), in the given order. */
export function takeRows(dataset: Dataset, train: Int32Array, test: Int32Array): Dataset {
  const rows = concatenated(train, test);
  return {
    ...dataset,
    trainRows: train.length,
    testRows: test.length,
    columns: dataset.columns.map((column) => takeFromColumn(column, rows)),
    block: dataset.block === null ? null : takeFromBlock(dataset.block, rows),
    notes: [...dataset.notes],
  };
}

function concatenated(train: Int32Array, test: Int32Array): Int32Array {
  const rows = new Int32Array(train.length + test.length);
  rows.set(train);
  rows.set(test, train.length);
  return rows;
}

function takeFromColumn(column: Column, rows: Int32Array): Column {
  if (column.kind === 'number') return { ...column, values: Float64Array.from(rows, (row) => column.values[row]) };
  return { ...column, codes: rows.map((row) => column.codes[row]) };
}

function takeFromBlock(block: FeatureBlock, rows: Int32Array): FeatureBlock {
  if (block.kind === 'dense') {
    const data = sameKind(block.data, rows.length * block.columns);
    rows.forEach((row, i) => {
      data.set(block.data.subarray(row * block.columns, (row + 1) * block.columns), i * block.columns);
    });
    return { ...block, data };
  }
  const indptr = new Int32Array(rows.length + 1);
  rows.forEach((row, i) => (indptr[i + 1] = indptr[i] + block.indptr[row + 1] - block.indptr[row]));
  const data = sameKind(block.data, indptr[rows.length]);
  const indices = new Int32Array(indptr[rows.length]);
  rows.forEach((row, i) => {
    data.set(block.data.subarray(block.indptr[row], block.indptr[row + 1]), indptr[i]);
    indices.set(block.indices.subarray(block.indptr[row], block.indptr[row + 1]), indptr[i]);
  });
  return { ...block, data, indices, indptr };
}

/** Zeros, of the same element type. */
export function sameKind(data: BlockData, length: number): BlockData {
  if (data instanceof Float64Array) return new Float64Array(length);
  if (data instanceof Float32Array) return new Float32Array(length);
  if (data instanceof Int32Array) return new Int32Array(length);
  return data instanceof Uint16Array ? new Uint16Array(length) : new Uint8Array(length);
}

/** One block of the rows of several, in order; element types may differ (then float64). */
export function stackBlocks(parts: readonly BlockData[]): BlockData {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const alike = parts.every((part) => part.constructor === parts[0].constructor);
  const stacked = alike ? sameKind(parts[0], length) : new Float64Array(length);
  let offset = 0;
  for (const part of parts) {
    stacked.set(part, offset);
    offset += part.length;
  }
  return stacked;
}
