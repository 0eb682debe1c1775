import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rowsInView } from '../../../src/renderer/widgets/rows-in-view.ts';

describe('the rows of a long table that are in the page', () => {
  it('are all of a short table', () => {
    expect(rowsInView(0, 600, 30, 5)).toEqual({ first: 0, end: 5 });
    expect(rowsInView(0, 600, 30, 0)).toEqual({ first: 0, end: 0 });
  });

  it('cover every pixel of the view wherever it is scrolled to', () => {
    const pixels = fc.integer({ min: 0, max: 5000 });
    fc.assert(
      fc.property(pixels, pixels, fc.integer({ min: 1, max: 60 }), fc.nat(10_000), (to, height, row, count) => {
        const scroll = Math.min(to, Math.max(0, count * row - height));
        const { first, end } = rowsInView(scroll, height, row, count);
        expect(first * row).toBeLessThanOrEqual(scroll);
        expect(end * row).toBeGreaterThanOrEqual(Math.min(scroll + height, count * row));
      }),
    );
  });

  it('do not grow with the table', () => {
    const { first, end } = rowsInView(300_000, 600, 30, 1_000_000);
    expect(end - first).toBeLessThan(50);
  });

  it('are the last ones when the table has become shorter than was scrolled past', () => {
    expect(rowsInView(9000, 600, 30, 100)).toEqual({ first: 68, end: 100 });
  });
});
