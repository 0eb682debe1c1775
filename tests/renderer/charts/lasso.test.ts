import { describe, expect, it } from 'vitest';
import { extended, marksInBox, marksInOutline, type Outline } from '../../../src/renderer/charts/lasso.ts';

const places = (points: readonly (readonly [number, number])[]) => ({
  x: Float32Array.from(points, ([x]) => x),
  y: Float32Array.from(points, ([, y]) => y),
});

describe('an outline', () => {
  it('encloses what lies inside, also of a hollow shape', () => {
    // A U: the notch between its arms is outside.
    const u: Outline = [0, 0, 10, 0, 10, 30, 20, 30, 20, 0, 30, 0, 30, 40, 0, 40];
    const marks = places([
      [5, 10],
      [15, 10],
      [25, 10],
      [15, 35],
      [40, 10],
      [-1, 5],
    ]);
    expect([...marksInOutline(u, marks)]).toEqual([0, 2, 3]);
  });

  it('encloses the same marks whichever way round it is drawn', () => {
    const way: Outline = [3, 1, 47, 12, 30, 44, 8, 31];
    const back: number[] = [];
    for (let k = way.length - 2; k >= 0; k -= 2) back.push(way[k]!, way[k + 1]!);
    const marks = places(Array.from({ length: 400 }, (_, i) => [(i * 7.3) % 50, (i * 3.1) % 50] as const));
    expect(marksInOutline(back, marks)).toEqual(marksInOutline(way, marks));
    expect(marksInOutline(way, marks).length).toBeGreaterThan(50);
  });

  it('of a rectangle encloses what a box does', () => {
    const marks = places(Array.from({ length: 300 }, (_, i) => [(i * 7.37) % 60, (i * 3.11) % 60] as const));
    const outline: Outline = [10.5, 8.5, 40.5, 8.5, 40.5, 50.5, 10.5, 50.5];
    expect(marksInOutline(outline, marks)).toEqual(marksInBox({ x0: 40.5, y0: 50.5, x1: 10.5, y1: 8.5 }, marks));
  });

  it('of fewer than three corners encloses nothing, and a mark without a place is in none', () => {
    expect(marksInOutline([0, 0, 9, 9], places([[5, 5]]))).toHaveLength(0);
    expect(marksInOutline([0, 0, 9, 0, 9, 9], places([[NaN, 5]]))).toHaveLength(0);
  });

  it('grows by corners that an eye can tell apart', () => {
    expect(extended([0, 0], 1, 1)).toEqual([0, 0]);
    expect(extended([0, 0], 4, 1)).toEqual([0, 0, 4, 1]);
  });
});
