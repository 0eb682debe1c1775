import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { axisPair } from '../../../src/renderer/charts/axis-range.ts';
import { groupsInside, joined } from '../../../src/renderer/charts/brush.ts';
import { stampMarks, type Raster, type Stamp } from '../../../src/renderer/charts/mark-raster.ts';
import { createPaintQueue } from '../../../src/renderer/charts/paint-queue.ts';
import { markPlaces, plotFrame, PLOT_MARGINS } from '../../../src/renderer/charts/plot-frame.ts';

const empty = (width: number, height: number): Raster => ({
  width,
  height,
  pixels: new Uint8ClampedArray(4 * width * height),
});
const square = (side: number, rgba: [number, number, number, number]): Stamp => ({
  side,
  pixels: Uint8ClampedArray.from({ length: 4 * side * side }, (_, i) => rgba[i % 4]!),
});
const pixel = ({ pixels, width }: Raster, x: number, y: number) => [...pixels.slice(4 * (y * width + x)).slice(0, 4)];
const at = (x: number[], y: number[], stamps: Stamp[], kind = x.map(() => 0)) => ({
  x: Float32Array.from(x),
  y: Float32Array.from(y),
  kind: Uint16Array.from(kind),
  stamps,
  ratio: 1,
});

describe('marks', () => {
  it('are stamped around their place, and nowhere else', () => {
    const raster = empty(9, 9);
    stampMarks(raster, at([4.5], [2.5], [square(3, [10, 20, 30, 255])]), 0, 1);
    const painted: string[] = [];
    for (let y = 0; y < 9; y++) for (let x = 0; x < 9; x++) if (pixel(raster, x, y)[3]! > 0) painted.push(`${x},${y}`);
    expect(painted).toEqual(['3,1', '4,1', '5,1', '3,2', '4,2', '5,2', '3,3', '4,3', '5,3']);
  });

  it('beyond the rim are cut off, not wrapped around', () => {
    fc.assert(
      fc.property(fc.integer({ min: -9, max: 15 }), fc.integer({ min: -9, max: 15 }), (x, y) => {
        const raster = empty(6, 6);
        stampMarks(raster, at([x], [y], [square(4, [1, 2, 3, 255])]), 0, 1);
        for (let row = 0; row < 6; row++) {
          for (let column = 0; column < 6; column++) {
            const inside = column >= x - 2 && column < x + 2 && row >= y - 2 && row < y + 2;
            expect(pixel(raster, column, row)[3]! > 0).toBe(inside);
          }
        }
      }),
    );
  });

  it('that are see-through blend as one sheet over another does', () => {
    const raster = empty(3, 3);
    const red = square(1, [255, 0, 0, 128]);
    const blue = square(1, [0, 0, 255, 128]);
    stampMarks(raster, at([1.5, 1.5], [1.5, 1.5], [red, blue], [0, 1]), 0, 2);
    // Porter and Duff's "over": α = a + b(1 − a), colours weighted by what is seen of each.
    const a = 128 / 255;
    const alpha = a + a * (1 - a);
    const [r, , b, total] = pixel(raster, 1, 1);
    expect(total! / 255).toBeCloseTo(alpha, 2);
    expect(b! / 255).toBeCloseTo(a / alpha, 2);
    expect(r! / 255).toBeCloseTo((a * (1 - a)) / alpha, 2);
  });

  it('are painted in parts as at once, and only those that are chosen', () => {
    const stamps = [square(2, [9, 8, 7, 200]), square(3, [1, 200, 3, 120])];
    const marks = at(
      Array.from({ length: 60 }, (_, k) => (k * 7) % 20),
      Array.from({ length: 60 }, (_, k) => (k * 11) % 20),
      stamps,
      Array.from({ length: 60 }, (_, k) => k % 2),
    );
    const [whole, parts, odd] = [empty(20, 20), empty(20, 20), empty(20, 20)];
    stampMarks(whole, marks, 0, 60);
    for (let from = 0; from < 60; from += 7) stampMarks(parts, marks, from, from + 7);
    expect(parts.pixels).toEqual(whole.pixels);
    stampMarks(odd, marks, 0, 60, (mark) => mark % 2 === 1);
    const colours = new Set<number>();
    for (let i = 0; i < odd.pixels.length; i += 4) if (odd.pixels[i + 3]! > 0) colours.add(odd.pixels[i]!);
    expect([...colours]).toEqual([1]);
  });
});

describe('places of marks', () => {
  it('put the ends of the axes on the rim of the plot, upwards and to the right', () => {
    const axes = axisPair([-2, 4], [-2, 4], 'equal');
    const frame = plotFrame(400, 300);
    const { x, y } = markPlaces(
      {
        x: Float64Array.of(axes.x.minimum, axes.x.maximum),
        y: Float64Array.of(axes.y.minimum, axes.y.maximum),
        group: Int32Array.of(0, 1),
      },
      axes,
      frame,
    );
    expect([...x]).toEqual([PLOT_MARGINS.left, 400 - PLOT_MARGINS.right]);
    expect([...y]).toEqual([300 - PLOT_MARGINS.bottom, PLOT_MARGINS.top]);
  });

  it('mark the groups inside a box, whichever corner it was drawn from', () => {
    const places = { x: Float32Array.of(1, 5, 9), y: Float32Array.of(1, 5, 9) };
    const group = Int32Array.of(30, 10, 20);
    expect([...groupsInside({ x0: 6, y0: 6, x1: 0, y1: 0 }, places, group)]).toEqual([30, 10]);
    expect([...groupsInside({ x0: 9, y0: 9, x1: 9, y1: 9 }, places, group)]).toEqual([20]);
    expect([...joined([20], new Set([30, 10]))]).toEqual([30, 10, 20]);
  });
});

describe('painting in turns', () => {
  /** A clock that each job moves, and turns that wait until they are called. */
  function world() {
    let clock = 0;
    const turns: (() => void)[] = [];
    const queue = createPaintQueue(
      (turn) => void turns.push(turn),
      () => clock,
      10,
    );
    const takes = (milliseconds: number, work: () => boolean) => () => {
      clock += milliseconds;
      return work();
    };
    return { queue, turns, takes };
  }

  it('stops a turn when its time is used up and goes on in the next', () => {
    const { queue, turns, takes } = world();
    const painted: string[] = [];
    for (const name of ['a', 'b', 'c'])
      queue.paint(
        { name },
        takes(6, () => painted.push(name) > 0),
      );
    expect(turns).toHaveLength(1);
    turns.shift()!();
    expect(painted).toEqual(['a', 'b']);
    turns.shift()!();
    expect(painted).toEqual(['a', 'b', 'c']);
    expect(turns).toEqual([]);
  });

  it('paints once what was asked for twice, with the newest state', () => {
    const { queue, turns, takes } = world();
    const key = {};
    const painted: string[] = [];
    queue.paint(
      key,
      takes(1, () => painted.push('old') > 0),
    );
    queue.paint(
      key,
      takes(1, () => painted.push('new') > 0),
    );
    turns.shift()!();
    expect(painted).toEqual(['new']);
    expect(turns).toEqual([]);
  });

  it('comes back to a job until nothing is left of it, unless it is forgotten', () => {
    const { queue, turns, takes } = world();
    let left = 3;
    const key = {};
    queue.paint(
      key,
      takes(20, () => --left === 0),
    );
    while (turns.length > 0) turns.shift()!();
    expect(left).toBe(0);
    left = 3;
    queue.paint(
      key,
      takes(20, () => --left === 0),
    );
    turns.shift()!();
    queue.forget(key);
    while (turns.length > 0) turns.shift()!();
    expect(left).toBe(2);
  });
});
