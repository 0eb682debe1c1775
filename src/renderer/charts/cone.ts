/** A theoretical cone in a scatter: all points between two lines through the origin. Pure. */
import type { AxisPair } from './axis-range.ts';
import { place, type Axis } from './axis-range.ts';
import { pixelX, pixelY, type PlotFrame } from './plot-frame.ts';
import { symlogInverse } from './symlog.ts';

export interface Cone {
  /** Slopes of the lower and the upper line. */
  lower: number;
  upper: number;
  /** On which side of zero the theory speaks: self-loss is positive, a margin may go either way. */
  sides: 'positive' | 'both';
}

/** Corners along each edge: enough for the bent lines of a symlog axis. */
const CORNERS = 48;

/** The cone's outline in pixels, cut at the plot's frame; empty where it is out of sight. */
export function conePixels(cone: Cone, axes: AxisPair, frame: PlotFrame): [number, number][] {
  const { x, y } = axes;
  const from = cone.sides === 'positive' ? Math.max(0, x.minimum) : x.minimum;
  if (!(from < x.maximum) || frame.width === 0) return [];
  const values = Array.from({ length: CORNERS + 1 }, (_, k) => valueOf(x, from + (k * (x.maximum - from)) / CORNERS));
  // Where a line meets the frame, and the tip, are corners of their own.
  const [bottom, top] = [valueOf(y, y.minimum), valueOf(y, y.maximum)];
  for (const slope of [cone.lower, cone.upper]) values.push(bottom / slope, top / slope);
  values.push(0);
  const [low, high] = [valueOf(x, from), valueOf(x, x.maximum)];
  const along = values.filter((value) => value >= low && value <= high).sort((a, b) => a - b);
  const edge = (slope: number): [number, number][] =>
    along.map((value) => {
      const placed = Math.min(y.maximum, Math.max(y.minimum, place(y, slope * value)));
      return [pixelX(axes, frame, place(x, value)), pixelY(axes, frame, placed)];
    });
  return [...edge(cone.upper), ...edge(cone.lower).reverse()];
}

function valueOf({ constant }: Axis, placed: number): number {
  return constant === null ? placed : symlogInverse(placed, constant);
}
