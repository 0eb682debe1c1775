/** A frame with two axes, their ticks and titles, as shapes: what the charts of the analyses are drawn in. Pure. */
import { formatCount, formatScientific } from '../../shared/format.ts';
import { niceStep, tickLabel } from './axis-range.ts';
import type { ChartTheme } from './chart-theme.ts';
import type { Shape } from './figure.ts';

/** From … to, ticks with their labels. */
export interface PlotAxis {
  from: number;
  to: number;
  ticks: readonly { at: number; label: string }[];
  title: string;
  /** Logarithms: 0 is no place of its own. */
  decades?: boolean;
}

export interface PlotArea {
  shapes: Shape[];
  x: (value: number) => number;
  y: (value: number) => number;
}

export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** Around all finite values, 0 with them when `zero`, ends at ticks. */
export function niceAxis(values: Iterable<number>, title: string, { zero = true, count = 5 } = {}): PlotAxis {
  let [low, high] = zero ? [0, 0] : [Infinity, -Infinity];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (!(high > low)) [low, high] = Number.isFinite(low) ? [low - 1, low + 1] : [-1, 1];
  const step = niceStep(high - low, count);
  const [from, to] = [Math.floor(low / step + 1e-9) * step, Math.ceil(high / step - 1e-9) * step];
  const ticks = Array.from({ length: Math.round((to - from) / step) + 1 }, (_, k) => {
    const at = Number((from + k * step).toPrecision(12));
    return { at, label: tickLabel(at, step) };
  });
  return { from, to, ticks, title };
}

/** Of logarithms to the base 10, a tick at each whole decade; `label` tells a value. */
export function decadeAxis(
  values: Iterable<number>,
  title: string,
  label: (value: number) => string = decadeLabel,
): PlotAxis {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (!(value > 0) || !Number.isFinite(value)) continue;
    low = Math.min(low, Math.log10(value));
    high = Math.max(high, Math.log10(value));
  }
  if (low > high) [low, high] = [-1, 1];
  const [from, to] = [Math.floor(low - 0.15), Math.ceil(high + 0.15)];
  const every = Math.max(1, Math.ceil((to - from) / 6));
  const ticks = [];
  for (let power = from; power <= to; power += every) ticks.push({ at: power, label: label(10 ** power) });
  return { from, to, ticks, title, decades: true };
}

/** "0.1", "1 000", "1e−5". */
function decadeLabel(value: number): string {
  if (value < 1e-3) return formatScientific(value, 1);
  return value < 1 ? String(Number(value.toPrecision(1))) : formatCount(Math.round(value));
}

/** How many panels stand in a row: as many as fit, and no row with one left over where rows can be even. */
export function panelColumns(count: number, width: number, least: number): number {
  const fit = Math.max(1, Math.min(count, Math.floor(width / least)));
  const rows = Math.ceil(count / fit);
  return Math.ceil(count / rows);
}

export function plotArea(box: Box, axes: { x: PlotAxis; y: PlotAxis }, theme: ChartTheme): PlotArea {
  const x = (value: number): number => box.left + ((value - axes.x.from) / (axes.x.to - axes.x.from)) * box.width;
  const y = (value: number): number =>
    box.top + box.height - ((value - axes.y.from) / (axes.y.to - axes.y.from)) * box.height;
  const bottom = box.top + box.height;
  const shapes: Shape[] = [];
  const line = (x0: number, y0: number, x1: number, y1: number, stroke: string): void =>
    void shapes.push({ kind: 'line', x0, y0, x1, y1, stroke, width: 1 });
  for (const { at, label } of axes.x.ticks) {
    line(x(at), box.top, x(at), bottom, at === 0 && axes.x.decades !== true ? theme.zero : theme.grid);
    shapes.push({ ...words(theme), x: x(at), y: bottom + 15, text: label, anchor: 'middle' });
  }
  for (const { at, label } of axes.y.ticks) {
    line(box.left, y(at), box.left + box.width, y(at), at === 0 && axes.y.decades !== true ? theme.zero : theme.grid);
    shapes.push({ ...words(theme), x: box.left - 7, y: y(at) + 4, text: label, anchor: 'end' });
  }
  shapes.push({ ...words(theme), x: box.left + box.width / 2, y: bottom + 33, text: axes.x.title, anchor: 'middle' });
  shapes.push({
    ...words(theme),
    x: box.left - 50,
    y: box.top + box.height / 2,
    text: axes.y.title,
    anchor: 'middle',
    upright: true,
  });
  return { shapes, x, y };
}

/** A text shape of a chart's small words, to be completed. */
export function words(theme: ChartTheme): { kind: 'text'; size: number; fill: string } {
  return { kind: 'text', size: 11, fill: theme.label };
}

/** About as many letters of 11 px as fit. */
export function cutTo(text: string, width: number): string {
  const letters = Math.max(4, Math.floor(width / 6));
  return text.length <= letters ? text : `${text.slice(0, letters - 1)}…`;
}

export interface LegendEntry {
  title: string;
  colour: string;
  path: string | null;
  dashed?: boolean;
}

/** One line of entries from `left` on, each as wide as its words. */
export function legendShapes(entries: readonly LegendEntry[], left: number, y: number, theme: ChartTheme): Shape[] {
  const shapes: Shape[] = [];
  let x = left;
  for (const { title, colour, path, dashed = false } of entries) {
    shapes.push({
      kind: 'polyline',
      points: [
        [x, y - 4],
        [x + 18, y - 4],
      ],
      stroke: colour,
      width: 2,
      dashed,
    });
    if (path !== null)
      shapes.push({ kind: 'mark', path, x: x + 9, y: y - 4, size: 8, fill: colour, opacity: 1, outline: null });
    shapes.push({ ...words(theme), x: x + 23, y, text: title, anchor: 'start' });
    x += 40 + 6.2 * title.length;
  }
  return shapes;
}
