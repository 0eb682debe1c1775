import { describe, expect, it } from 'vitest';
import { filterRows } from '../../src/main/browse/filter-rows.ts';
import type { RowFilter } from '../../src/shared/browse.ts';
import { rejectionOf } from '../store/failure-of.ts';
import { awkwardNumbers, codes, sourceOf } from './made-up-rows.ts';

const ROWS = 500;
const LEVELS = ['Blue Whale', 'red fox', 'RED', ''];
const age = awkwardNumbers(ROWS, 7);
const colour = codes(ROWS, LEVELS.length, 8);
const source = sourceOf(ROWS, {
  age: { kind: 'number', values: age },
  colour: { kind: 'category', codes: colour, levels: LEVELS },
});

const textOf = (row: number): string | null => (colour[row] < 0 ? null : LEVELS[colour[row]]);

async function expectRows(filters: RowFilter[], holds: (row: number) => boolean): Promise<void> {
  const expected = Array.from({ length: ROWS }, (_, row) => row).filter(holds);
  expect([...(await filterRows(filters, source))]).toEqual(expected);
}

describe('filtering rows', () => {
  it('keeps all rows without a filter', () => expectRows([], () => true));

  it('keeps a closed range, and missing values only when asked', async () => {
    await expectRows(
      [{ kind: 'range', column: 'age', from: -3, to: 3, missing: false }],
      (row) => age[row] >= -3 && age[row] <= 3,
    );
    await expectRows(
      [{ kind: 'range', column: 'age', from: 3, to: null, missing: true }],
      (row) => age[row] >= 3 || Number.isNaN(age[row]),
    );
  });

  it('keeps or leaves out values, of which missing is one', async () => {
    await expectRows(
      [{ kind: 'values', column: 'colour', values: ['RED', null], out: false }],
      (row) => textOf(row) === 'RED' || textOf(row) === null,
    );
    await expectRows(
      [{ kind: 'values', column: 'colour', values: ['RED'], out: true }],
      (row) => textOf(row) !== 'RED',
    );
    await expectRows([{ kind: 'values', column: 'age', values: ['3'], out: false }], (row) => age[row] === 3);
  });

  it('finds text in small and capital letters alike', () =>
    expectRows(
      [{ kind: 'text', column: 'colour', contains: 'rEd', out: false }],
      (row) => textOf(row)?.toLowerCase().includes('red') === true,
    ));

  it('keeps classes and members of a group, all conditions together', () =>
    expectRows(
      [
        { kind: 'class', classes: ['yes'], out: false },
        { kind: 'group', group: 'thirds', out: true },
        { kind: 'values', column: 'colour', values: [null], out: true },
      ],
      (row) => row % 2 === 1 && row % 3 !== 0 && textOf(row) !== null,
    ));

  it('refuses a range of words', async () => {
    const refused = await rejectionOf(
      filterRows([{ kind: 'range', column: 'colour', from: 0, to: 1, missing: false }], source),
    );
    expect(refused.kind).toBe('invalidInput');
  });
});
