/** Columns of random values with holes, ties and every awkward number, from the seeded streams of the project. */
import { openStream } from '../../src/main/groups/random-stream.ts';
import type { RowValues } from '../../src/main/browse/row-values.ts';
import type { RowSource } from '../../src/main/browse/filter-rows.ts';

const AWKWARD = [NaN, 0, -0, Infinity, -Infinity, Number.MIN_VALUE, -Number.MIN_VALUE, 1e308, -1e308, 3, 3, -3];

export function awkwardNumbers(rows: number, seed: number): Float64Array {
  const stream = openStream(seed, 'numbers');
  return Float64Array.from({ length: rows }, () =>
    stream.below(3) === 0
      ? AWKWARD[stream.below(AWKWARD.length)]
      : (stream.unit() - 0.5) * 10 ** (stream.below(40) - 20),
  );
}

export function codes(rows: number, levels: number, seed: number): Int32Array {
  const stream = openStream(seed, 'codes');
  return Int32Array.from({ length: rows }, () => stream.below(levels + 1) - 1);
}

/** A source of these columns; two classes by turns, one group of every third row. */
export function sourceOf(rows: number, columns: Record<string, RowValues>): RowSource {
  return {
    rows,
    values: async (key) => columns[key],
    classes: () => ({ names: ['no', 'yes'], index: Int32Array.from({ length: rows }, (_, row) => row % 2) }),
    group: () => Int32Array.from({ length: Math.ceil(rows / 3) }, (_, k) => 3 * k),
  };
}
