import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { combineRows, overlapOf } from '../../src/main/groups/set-algebra.ts';

const rows = fc.uniqueArray(fc.integer({ min: 0, max: 60 })).map((list) => Int32Array.from(list).sort());

describe('the algebra of groups', () => {
  it('unites, intersects and subtracts as sets do', () => {
    fc.assert(
      fc.property(rows, rows, (a, b) => {
        const [A, B] = [new Set(a), new Set(b)];
        const sorted = (list: number[]): number[] => [...new Set(list)].sort((x, y) => x - y);
        expect([...combineRows(a, 'or', b)]).toEqual(sorted([...A, ...B]));
        expect([...combineRows(a, 'and', b)]).toEqual(sorted([...A].filter((row) => B.has(row))));
        expect([...combineRows(a, 'minus', b)]).toEqual(sorted([...A].filter((row) => !B.has(row))));
      }),
    );
  });

  it('counts what each pair shares and what all cover', () => {
    fc.assert(
      fc.property(fc.array(rows, { minLength: 1, maxLength: 5 }), (groups) => {
        const { shared, covered } = overlapOf(groups, 61);
        groups.forEach((a, i) =>
          groups.forEach((b, j) => {
            expect(shared[i * groups.length + j]).toBe([...a].filter((row) => b.includes(row)).length);
          }),
        );
        expect(covered).toBe(new Set(groups.flatMap((group) => [...group])).size);
      }),
    );
  });
});
