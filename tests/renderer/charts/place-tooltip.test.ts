import { describe, expect, it } from 'vitest';
import { covers, placeTooltip } from '../../../src/renderer/charts/place-tooltip.ts';

const size = { width: 260, height: 140 };
const window = { width: 1280, height: 800 };
const nothing = () => 0;
const boxAt = (place: { left: number; top: number }) => ({ ...place, ...size });

describe('the place of a tooltip', () => {
  it('is below and to the right of its mark when nothing is in the way', () => {
    expect(placeTooltip({ x: 300, y: 300 }, size, [], nothing, window)).toEqual({ left: 318, top: 318 });
  });

  it('never hides its own mark, also in the corners of the window', () => {
    for (const at of [
      { x: 2, y: 2 },
      { x: 1278, y: 2 },
      { x: 2, y: 798 },
      { x: 1278, y: 798 },
    ]) {
      const place = placeTooltip(at, size, [], nothing, window);
      expect(covers(boxAt(place), at)).toBe(false);
      expect(place.left).toBeGreaterThanOrEqual(0);
      expect(place.left + size.width).toBeLessThanOrEqual(window.width);
      expect(place.top + size.height).toBeLessThanOrEqual(window.height);
    }
  });

  it('leaves the same group’s marks in other panels in view', () => {
    const rings = [
      { x: 500, y: 360 },
      { x: 120, y: 240 },
    ];
    const place = placeTooltip({ x: 300, y: 300 }, size, rings, nothing, window);
    for (const ring of rings) expect(covers(boxAt(place), ring, 10)).toBe(false);
  });

  it('goes where it hides the fewest marks', () => {
    // All marks lie below the one pointed at.
    const crowd = (box: { top: number; height: number }) => (box.top + box.height > 320 ? 50 : 0);
    const place = placeTooltip({ x: 600, y: 310 }, size, [], crowd, window);
    expect(place.top + size.height).toBeLessThanOrEqual(310);
  });
});
