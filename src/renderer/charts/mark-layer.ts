/** One canvas of marks: painted from pixels made by `mark-raster.ts`, in turns, over the axes. */
import type { PaintJob } from './paint-queue.ts';
import { stampMarks, type Raster, type StampedMarks } from './mark-raster.ts';

/** Marks stamped between two looks at the clock. */
const MARKS_A_TURN = 6000;

/**
 * A job that paints `marks` (those that `chosen` accepts) on `canvas` of `width` × `height` CSS pixels and calls
 * `painted` at its end. What was there stays until the new picture is whole.
 */
export function markPainting(
  canvas: HTMLCanvasElement,
  width: number,
  height: number,
  marks: StampedMarks,
  chosen: ((mark: number) => boolean) | null,
  painted?: () => void,
): PaintJob {
  let image: ImageData | null = null;
  let raster: Raster | null = null;
  let next = 0;
  return () => {
    if (raster === null) {
      image = new ImageData(
        Math.max(1, Math.round(width * marks.ratio)),
        Math.max(1, Math.round(height * marks.ratio)),
      );
      raster = { width: image.width, height: image.height, pixels: image.data };
    }
    stampMarks(raster, marks, next, next + MARKS_A_TURN, chosen);
    next += MARKS_A_TURN;
    if (next < marks.x.length || image === null) return false;
    if (canvas.width !== image.width) canvas.width = image.width;
    if (canvas.height !== image.height) canvas.height = image.height;
    canvas.getContext('2d')?.putImageData(image, 0, 0);
    painted?.();
    return true;
  };
}

/** Empties a canvas. */
export function clearLayer(canvas: HTMLCanvasElement): void {
  canvas.getContext('2d')?.clearRect(0, 0, canvas.width, canvas.height);
}
