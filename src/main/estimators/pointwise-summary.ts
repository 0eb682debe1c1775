/** What is kept of all pairs' influences while their tiles pass: the most extreme rows, sums and sums of sizes. */
import type { InfluenceTile } from './pointwise-influence.ts';

/** Arrays over test rows may lie in shared memory and be filled by several lanes, each its own test rows. */
export interface ExtremeRows {
  /** Rows kept at each end, at most the number of training rows. */
  top: number;
  /** testRows × top: training rows of the highest influence, descending; ties by row number. */
  highest: Int32Array;
  highestValues: Float64Array;
  /** testRows × top: of the lowest influence, ascending. */
  lowest: Int32Array;
  lowestValues: Float64Array;
}

export interface InfluenceSums {
  /** Per training row, over the test rows seen: Σ influence, Σ |influence|. */
  train: Float64Array;
  trainSizes: Float64Array;
  /** Per test row, over the training rows. */
  test: Float64Array;
  testSizes: Float64Array;
}

export function emptyExtremes(testRows: number, trainRows: number, asked: number): ExtremeRows {
  const top = Math.min(asked, trainRows);
  const length = testRows * top;
  return {
    top,
    highest: new Int32Array(new SharedArrayBuffer(4 * length)).fill(-1),
    highestValues: new Float64Array(new SharedArrayBuffer(8 * length)).fill(-Infinity),
    lowest: new Int32Array(new SharedArrayBuffer(4 * length)).fill(-1),
    lowestValues: new Float64Array(new SharedArrayBuffer(8 * length)).fill(Infinity),
  };
}

export function emptySums(trainRows: number, testRows: number): InfluenceSums {
  return {
    train: new Float64Array(trainRows),
    trainSizes: new Float64Array(trainRows),
    test: new Float64Array(testRows),
    testSizes: new Float64Array(testRows),
  };
}

/** Takes a tile into account; the tiles of a test row come in the order of their training rows. */
export function addTile(tile: InfluenceTile, extremes: ExtremeRows, sums: InfluenceSums): void {
  for (let t = 0; t < tile.testRows; t++) addTestRow(tile, t, extremes, sums);
}

/** One pass over a test row's influences: hundreds of millions of these numbers a second are looked at here. */
function addTestRow(tile: InfluenceTile, t: number, extremes: ExtremeRows, sums: InfluenceSums): void {
  const { trainRows, trainStart } = tile;
  const row = tile.testStart + t;
  const values = tile.values.subarray(t * trainRows, (t + 1) * trainRows);
  const { train, trainSizes } = sums;
  const { top } = extremes;
  const last = row * top + top - 1;
  let high = top === 0 ? Infinity : extremes.highestValues[last];
  let low = top === 0 ? -Infinity : extremes.lowestValues[last];
  let sum = 0;
  let sizes = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    const size = value < 0 ? -value : value;
    sum += value;
    sizes += size;
    train[trainStart + i] += value;
    trainSizes[trainStart + i] += size;
    if (value > high) {
      insert(extremes.highest, extremes.highestValues, row * top, top, trainStart + i, value, 1);
      high = extremes.highestValues[last];
    }
    if (value < low) {
      insert(extremes.lowest, extremes.lowestValues, row * top, top, trainStart + i, value, -1);
      low = extremes.lowestValues[last];
    }
  }
  sums.test[row] += sum;
  sums.testSizes[row] += sizes;
}

/** Puts a row in its place among the `top` kept from `start` on; the last one falls out. */
function insert(
  rows: Int32Array,
  values: Float64Array,
  start: number,
  top: number,
  row: number,
  value: number,
  sign: 1 | -1,
): void {
  let at = start + top - 1;
  while (at > start && sign * values[at - 1] < sign * value) {
    values[at] = values[at - 1];
    rows[at] = rows[at - 1];
    at--;
  }
  values[at] = value;
  rows[at] = row;
}
