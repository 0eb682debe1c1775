/** Which marks a drawn outline encloses. Pure. */
import type { PixelBox } from './brush.ts';
import type { MarkPlaces } from './plot-frame.ts';

/** A closed outline in the panel's pixels: its corners, x and y by turns. */
export type Outline = readonly number[];

/** A corner nearer than this to the last one adds nothing that an eye can see. */
const LEAST_STEP = 3;

/** The outline with one more corner. */
export function extended(outline: Outline, x: number, y: number): Outline {
  const [lastX, lastY] = outline.slice(-2);
  if (lastX !== undefined && lastY !== undefined && Math.hypot(x - lastX, y - lastY) < LEAST_STEP) return outline;
  return [...outline, x, y];
}

/** Marks (by number, ascending) whose centres lie inside the outline, by the even–odd rule. */
export function marksInOutline(outline: Outline, { x, y }: MarkPlaces): Int32Array {
  const corners = outline.length / 2;
  const inside: number[] = [];
  if (corners < 3) return new Int32Array(0);
  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let c = 0; c < corners; c++) {
    left = Math.min(left, outline[2 * c]!);
    right = Math.max(right, outline[2 * c]!);
    top = Math.min(top, outline[2 * c + 1]!);
    bottom = Math.max(bottom, outline[2 * c + 1]!);
  }
  for (let i = 0; i < x.length; i++) {
    const [px, py] = [x[i]!, y[i]!];
    if (px < left || px > right || py < top || py > bottom) continue;
    let odd = false;
    for (let c = 0, before = corners - 1; c < corners; before = c++) {
      const [ax, ay] = [outline[2 * c]!, outline[2 * c + 1]!];
      const [bx, by] = [outline[2 * before]!, outline[2 * before + 1]!];
      if (ay > py !== by > py && px < ax + ((py - ay) / (by - ay)) * (bx - ax)) odd = !odd;
    }
    if (odd) inside.push(i);
  }
  return Int32Array.from(inside);
}

/** Marks (by number, ascending) whose centres lie in the box, its rim included. */
export function marksInBox(box: PixelBox, { x, y }: MarkPlaces): Int32Array {
  const [left, right] = [Math.min(box.x0, box.x1), Math.max(box.x0, box.x1)];
  const [top, bottom] = [Math.min(box.y0, box.y1), Math.max(box.y0, box.y1)];
  const inside: number[] = [];
  for (let i = 0; i < x.length; i++) {
    if (x[i]! >= left && x[i]! <= right && y[i]! >= top && y[i]! <= bottom) inside.push(i);
  }
  return Int32Array.from(inside);
}
