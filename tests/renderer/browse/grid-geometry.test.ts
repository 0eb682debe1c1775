import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columnWindow, rowWindow, scrollToRow } from '../../../src/renderer/views/browse/grid-geometry.ts';

const sizes = fc.record({
  view: fc.integer({ min: 100, max: 1500 }),
  rowHeight: fc.constantFrom(28, 40),
  count: fc.integer({ min: 0, max: 5_000_000 }),
  share: fc.double({ min: 0, max: 1, noNaN: true }),
});

describe('the window on a table of any length', () => {
  it('fills the view with rows, wherever it is scrolled to', () => {
    fc.assert(
      fc.property(sizes, ({ view, rowHeight, count, share }) => {
        const { height } = rowWindow(0, view, rowHeight, count);
        const scrollTop = share * Math.max(0, height - view);
        const { first, end, offset } = rowWindow(scrollTop, view, rowHeight, count);
        expect(height).toBeLessThanOrEqual(30_000_000);
        expect(offset).toBeLessThanOrEqual(scrollTop + 1e-6);
        const bottom = Math.min(scrollTop + view, height);
        expect(offset + (end - first) * rowHeight).toBeGreaterThanOrEqual(bottom - 1e-3);
        expect(end - first).toBeLessThan(view / rowHeight + 20);
      }),
    );
  });

  it('begins with the first row and ends with the last', () => {
    const { height } = rowWindow(0, 600, 28, 4_000_000);
    expect(rowWindow(0, 600, 28, 4_000_000).first).toBe(0);
    expect(rowWindow(height - 600, 600, 28, 4_000_000).end).toBe(4_000_000);
  });

  it('brings a row into view, and stays where it is when the row is there', () => {
    fc.assert(
      fc.property(
        sizes,
        fc.double({ min: 0, max: 0.999999, noNaN: true }),
        ({ view, rowHeight, count, share }, where) => {
          if (count === 0) return;
          const { height } = rowWindow(0, view, rowHeight, count);
          const row = Math.floor(where * count);
          const scrollTop = scrollToRow(row, share * Math.max(0, height - view), view, rowHeight, count);
          const { first, offset } = rowWindow(scrollTop, view, rowHeight, count);
          const top = offset + (row - first) * rowHeight;
          expect(top).toBeGreaterThanOrEqual(scrollTop - 0.01);
          expect(top + rowHeight).toBeLessThanOrEqual(Math.max(scrollTop + view, rowHeight) + 0.01);
          expect(scrollToRow(row, scrollTop, view, rowHeight, count)).toBeCloseTo(scrollTop, 3);
        },
      ),
    );
  });

  it('draws the columns in view, and accounts for the others', () => {
    const widths = Array.from({ length: 500 }, (_, at) => 100 + (at % 3) * 20);
    const total = widths.reduce((a, b) => a + b);
    const { first, end, before, after } = columnWindow(20_000, 900, widths);
    expect(before).toBe(widths.slice(0, first).reduce((a, b) => a + b));
    expect(before + widths.slice(first, end).reduce((a, b) => a + b) + after).toBe(total);
    expect(before).toBeLessThanOrEqual(20_000);
    expect(total - after).toBeGreaterThanOrEqual(20_900);
    expect(end - first).toBeLessThan(20);
  });
});
