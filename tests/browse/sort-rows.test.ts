import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sortRows } from '../../src/main/browse/sort-rows.ts';
import type { RowValues } from '../../src/main/browse/row-values.ts';
import { awkwardNumbers, codes } from './made-up-rows.ts';

const numbers = (values: ArrayLike<number>): RowValues => ({ kind: 'number', values: Float64Array.from(values) });
const all = (count: number): Int32Array => Int32Array.from({ length: count }, (_, row) => row);

/** The same order by a comparison, which JavaScript sorts stably by. */
function byComparison(rows: Int32Array, values: Float64Array, descending: boolean): number[] {
  return [...rows].sort((a, b) => {
    const [x, y] = [values[a], values[b]];
    if (Number.isNaN(x) || Number.isNaN(y)) return Number(Number.isNaN(x)) - Number(Number.isNaN(y));
    return x === y ? 0 : (x < y ? -1 : 1) * (descending ? -1 : 1);
  });
}

describe('sorting rows', () => {
  it.each([false, true])(
    'orders any doubles as comparing them does, ties by row, missing last (descending: %s)',
    (descending) => {
      for (let seed = 0; seed < 40; seed++) {
        const values = awkwardNumbers(200 + seed, seed);
        const rows = all(values.length).filter((row) => row % 5 !== 1);
        const sorted = sortRows(rows, [{ values: { kind: 'number', values }, descending }]);
        expect([...sorted]).toEqual(byComparison(rows, values, descending));
      }
    },
  );

  it('orders whatever doubles a machine can hold', () => {
    fc.assert(
      fc.property(fc.array(fc.double()), (given) => {
        const values = Float64Array.from(given);
        const sorted = sortRows(all(values.length), [{ values: { kind: 'number', values }, descending: false }]);
        expect([...sorted]).toEqual(byComparison(all(values.length), values, false));
      }),
    );
  });

  it('orders categories as people count, missing last', () => {
    const values: RowValues = { kind: 'category', codes: Int32Array.of(1, 0, 2, -1, 1), levels: ['q1', 'q10', 'q2'] };
    expect([...sortRows(all(5), [{ values, descending: false }])]).toEqual([1, 2, 0, 4, 3]);
    expect([...sortRows(all(5), [{ values, descending: true }])]).toEqual([0, 4, 2, 1, 3]);
  });

  it('breaks the ties of the first key by the second', () => {
    const first: RowValues = { kind: 'category', codes: codes(300, 4, 1), levels: ['a', 'b', 'c', 'd'] };
    const second = awkwardNumbers(300, 2).map((value) => (Number.isNaN(value) ? 0 : value));
    const sorted = sortRows(all(300), [
      { values: first, descending: false },
      { values: { kind: 'number', values: second }, descending: true },
    ]);
    const rank = (row: number): number => (first.codes[row] < 0 ? 4 : first.codes[row]);
    const expected = [...all(300)].sort(
      (a, b) => rank(a) - rank(b) || (second[a] === second[b] ? 0 : second[b] > second[a] ? 1 : -1),
    );
    expect([...sorted]).toEqual(expected);
  });

  it('leaves the rows it was given alone', () => {
    const rows = all(4);
    sortRows(rows, [{ values: numbers([3, 1, 2, 0]), descending: false }]);
    expect([...rows]).toEqual([0, 1, 2, 3]);
    expect(sortRows(new Int32Array(0), [{ values: numbers([]), descending: false }])).toHaveLength(0);
  });
});
