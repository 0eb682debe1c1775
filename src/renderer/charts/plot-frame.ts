/** Where the plot lies inside its panel and where each value falls: the same on screen, in pictures and in tests. Pure. */
import { place, type AxisPair } from './axis-range.ts';
import type { Points } from './points.ts';

/** Room around the plot for tick labels and axis titles, in pixels. */
export const PLOT_MARGINS = { left: 60, right: 14, top: 10, bottom: 42 } as const;

/** The plot's rectangle, in pixels from the panel's upper left corner. */
export interface PlotFrame {
  left: number;
  top: number;
  width: number;
  height: number;
}

export interface MarkPlaces {
  x: Float32Array;
  y: Float32Array;
}

export function plotFrame(width: number, height: number): PlotFrame {
  const { left, right, top, bottom } = PLOT_MARGINS;
  return { left, top, width: Math.max(0, width - left - right), height: Math.max(0, height - top - bottom) };
}

/** Pixel of a value on the horizontal axis; `placed` is in drawing units. */
export function pixelX({ x }: AxisPair, frame: PlotFrame, placed: number): number {
  return frame.left + ((placed - x.minimum) / (x.maximum - x.minimum)) * frame.width;
}

/** Pixel of a value on the vertical axis, which grows upwards. */
export function pixelY({ y }: AxisPair, frame: PlotFrame, placed: number): number {
  return frame.top + frame.height - ((placed - y.minimum) / (y.maximum - y.minimum)) * frame.height;
}

/** Pixels of every mark, in the order of the points. */
export function markPlaces(points: Points, axes: AxisPair, frame: PlotFrame): MarkPlaces {
  const count = points.x.length;
  const x = new Float32Array(count);
  const y = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    x[i] = pixelX(axes, frame, place(axes.x, points.x[i]!));
    y[i] = pixelY(axes, frame, place(axes.y, points.y[i]!));
  }
  return { x, y };
}
