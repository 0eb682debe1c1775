/** Which groups a box drawn over a panel marks. Pure. */
import type { Box } from './place-tooltip.ts';
import type { MarkPlaces } from './plot-frame.ts';

/** Two opposite corners, in the panel's pixels. */
export interface PixelBox {
  x0: number;
  y0: number;
  x1: number;
  y1: number;
}

/** Groups whose marks' centres lie in the box, its rim included. */
export function groupsInside(box: PixelBox, { x, y }: MarkPlaces, group: Int32Array): Set<number> {
  const [left, right] = [Math.min(box.x0, box.x1), Math.max(box.x0, box.x1)];
  const [top, bottom] = [Math.min(box.y0, box.y1), Math.max(box.y0, box.y1)];
  const inside = new Set<number>();
  for (let i = 0; i < x.length; i++) {
    if (x[i]! >= left && x[i]! <= right && y[i]! >= top && y[i]! <= bottom) inside.add(group[i]!);
  }
  return inside;
}

/** Of more marks than this only every so many are looked at: a tooltip needs no exact count. */
const MOST_COUNTED = 8000;

/** About how many marks' centres lie in an area of the panel. */
export function marksInside({ left, top, width, height }: Box, { x, y }: MarkPlaces): number {
  const stride = Math.max(1, Math.ceil(x.length / MOST_COUNTED));
  let count = 0;
  for (let i = 0; i < x.length; i += stride) {
    if (x[i]! > left && x[i]! < left + width && y[i]! > top && y[i]! < top + height) count++;
  }
  return count * stride;
}

/** Those marked before, if any, and `more`. */
export function joined(more: Iterable<number>, base: ReadonlySet<number> | null): ReadonlySet<number> {
  if (base === null && more instanceof Set) return more;
  const all = new Set(base);
  for (const group of more) all.add(group);
  return all;
}
