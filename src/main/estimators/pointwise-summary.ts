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

/** Test rows gone through at once: sums over them are loaded and stored once for all. */
const SIDE_BY_SIDE = 4;

/** Takes a tile into account; the tiles of a test row come in the order of their training rows. */
export function addTile(tile: InfluenceTile, extremes: ExtremeRows, sums: InfluenceSums): void {
  let t = 0;
  for (; t + SIDE_BY_SIDE <= tile.testRows; t += SIDE_BY_SIDE) addFourRows(tile, t, extremes, sums);
  for (; t < tile.testRows; t++) addRow(tile, t, extremes, sums);
}

/** As addRow for four test rows: a billion of these numbers pass in a study of 20,000 × 80,000 rows. */
function addFourRows(tile: InfluenceTile, t: number, extremes: ExtremeRows, sums: InfluenceSums): void {
  const { trainRows: n, trainStart, values } = tile;
  const { train, trainSizes, test, testSizes } = sums;
  const row = tile.testStart + t;
  const [at0, at1, at2, at3] = [t * n, (t + 1) * n, (t + 2) * n, (t + 3) * n];
  const high = new Float64Array(SIDE_BY_SIDE);
  const low = new Float64Array(SIDE_BY_SIDE);
  for (let k = 0; k < SIDE_BY_SIDE; k++) readBounds(extremes, row + k, high, low, k);
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  let [z0, z1, z2, z3] = [0, 0, 0, 0];
  for (let i = 0; i < n; i++) {
    const v0 = values[at0 + i];
    const v1 = values[at1 + i];
    const v2 = values[at2 + i];
    const v3 = values[at3 + i];
    const a0 = Math.abs(v0);
    const a1 = Math.abs(v1);
    const a2 = Math.abs(v2);
    const a3 = Math.abs(v3);
    s0 += v0;
    s1 += v1;
    s2 += v2;
    s3 += v3;
    z0 += a0;
    z1 += a1;
    z2 += a2;
    z3 += a3;
    train[trainStart + i] += v0 + v1 + v2 + v3;
    trainSizes[trainStart + i] += a0 + a1 + a2 + a3;
    if (v0 > high[0] || v0 < low[0]) offer(extremes, row, trainStart + i, v0, high, low, 0);
    if (v1 > high[1] || v1 < low[1]) offer(extremes, row + 1, trainStart + i, v1, high, low, 1);
    if (v2 > high[2] || v2 < low[2]) offer(extremes, row + 2, trainStart + i, v2, high, low, 2);
    if (v3 > high[3] || v3 < low[3]) offer(extremes, row + 3, trainStart + i, v3, high, low, 3);
  }
  for (const [k, [sum, size]] of [
    [s0, z0],
    [s1, z1],
    [s2, z2],
    [s3, z3],
  ].entries()) {
    test[row + k] += sum;
    testSizes[row + k] += size;
  }
}

function addRow(tile: InfluenceTile, t: number, extremes: ExtremeRows, sums: InfluenceSums): void {
  const { trainRows: n, trainStart, values } = tile;
  const row = tile.testStart + t;
  const high = new Float64Array(1);
  const low = new Float64Array(1);
  readBounds(extremes, row, high, low, 0);
  for (let i = 0; i < n; i++) {
    const value = values[t * n + i];
    const size = Math.abs(value);
    sums.test[row] += value;
    sums.testSizes[row] += size;
    sums.train[trainStart + i] += value;
    sums.trainSizes[trainStart + i] += size;
    if (value > high[0] || value < low[0]) offer(extremes, row, trainStart + i, value, high, low, 0);
  }
}

/** The values beyond which an influence enters the highest or lowest kept of a test row. */
function readBounds(
  { top, highestValues, lowestValues }: ExtremeRows,
  row: number,
  high: Float64Array,
  low: Float64Array,
  at: number,
): void {
  const last = row * top + top - 1;
  high[at] = top === 0 ? Infinity : highestValues[last];
  low[at] = top === 0 ? -Infinity : lowestValues[last];
}

/** Puts an influence where it belongs, and reads the bounds anew. */
function offer(
  extremes: ExtremeRows,
  row: number,
  trainRow: number,
  value: number,
  high: Float64Array,
  low: Float64Array,
  at: number,
): void {
  const { top, highest, highestValues, lowest, lowestValues } = extremes;
  if (value > high[at]) insert(highest, highestValues, row * top, top, trainRow, value, 1);
  if (value < low[at]) insert(lowest, lowestValues, row * top, top, trainRow, value, -1);
  readBounds(extremes, row, high, low, at);
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
