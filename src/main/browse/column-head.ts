/** What stands in the head of a column: its distribution over all rows, and over those that the filters keep. */
import type { ColumnHead } from '../../shared/browse.ts';
import type { RowValues } from './row-values.ts';

const BINS = 20;
const TOP_LEVELS = 50;

/**
 * @param kept row numbers that the filters keep
 * @returns see `ColumnHead`; infinite values are counted in the first or last bin and spoil no mean
 */
export function columnHead(key: string, values: RowValues, kept: Int32Array): ColumnHead {
  const rows = values.kind === 'number' ? values.values.length : values.codes.length;
  return {
    key,
    rows,
    kept: kept.length,
    ...(values.kind === 'number' ? ofNumbers(values.values, kept) : ofLevels(values.codes, values.levels, kept)),
  };
}

type Facts = Pick<ColumnHead, 'missing' | 'numeric' | 'top' | 'distinct'>;

function ofNumbers(values: Float64Array, kept: Int32Array): Facts {
  let minimum = Infinity;
  let maximum = -Infinity;
  for (let row = 0; row < values.length; row++) {
    const value = values[row];
    // NaN compares as false.
    if (value < minimum && value !== -Infinity) minimum = value;
    if (value > maximum && value !== Infinity) maximum = value;
  }
  const bin = binOf(minimum, maximum);
  const all = new Array<number>(BINS).fill(0);
  for (let row = 0; row < values.length; row++) if (!Number.isNaN(values[row])) all[bin(values[row])]++;
  const inKept = new Array<number>(BINS).fill(0);
  let missing = 0;
  let finite = 0;
  let mean = 0;
  let squares = 0;
  for (const row of kept) {
    const value = values[row];
    if (Number.isNaN(value)) {
      missing++;
      continue;
    }
    inKept[bin(value)]++;
    if (!Number.isFinite(value)) continue;
    // Welford: mean and squares of deviations in one pass.
    finite++;
    const off = value - mean;
    mean += off / finite;
    squares += off * (value - mean);
  }
  const numeric =
    minimum > maximum
      ? null
      : {
          minimum,
          maximum,
          mean: finite === 0 ? NaN : mean,
          deviation: finite === 0 ? NaN : Math.sqrt(squares / finite),
          all,
          kept: inKept,
        };
  return { missing, numeric, top: null, distinct: null };
}

function binOf(minimum: number, maximum: number): (value: number) => number {
  const width = (maximum - minimum) / BINS;
  if (!(width > 0) || !Number.isFinite(width)) return () => 0;
  return (value) => Math.min(BINS - 1, Math.max(0, Math.floor((value - minimum) / width)));
}

function ofLevels(codes: Int32Array, levels: readonly string[], kept: Int32Array): Facts {
  const all = new Int32Array(levels.length);
  for (let row = 0; row < codes.length; row++) if (codes[row] >= 0) all[codes[row]]++;
  const inKept = new Int32Array(levels.length);
  let missing = 0;
  for (const row of kept) {
    if (codes[row] < 0) missing++;
    else inKept[codes[row]]++;
  }
  let distinct = 0;
  for (const count of inKept) if (count > 0) distinct++;
  const top = mostFrequent(inKept, all).map((code) => ({ level: levels[code], all: all[code], kept: inKept[code] }));
  return { missing, numeric: null, top, distinct };
}

/** Codes by kept count, then by count over all, then by code; a bounded list, for there may be a million levels. */
function mostFrequent(kept: Int32Array, all: Int32Array): number[] {
  const before = (a: number, b: number): number => kept[b] - kept[a] || all[b] - all[a] || a - b;
  const top: number[] = [];
  for (let code = 0; code < kept.length; code++) {
    if (all[code] === 0) continue;
    if (top.length === TOP_LEVELS && before(code, top[TOP_LEVELS - 1]) > 0) continue;
    let at = top.length;
    while (at > 0 && before(code, top[at - 1]) < 0) at--;
    top.splice(at, 0, code);
    if (top.length > TOP_LEVELS) top.pop();
  }
  return top;
}
