/**
 * A chart of points and lines with free axes as inline SVG: influence against coverage, ρ against λ, the scatters of
 * the paper's figures. Colours are the page's custom properties, by attribute, so that the window (which allows no inline
 * styles) and a report draw the same.
 */
import { formatNumber } from '../../shared/format.ts';
import type { GroupOrigin } from '../../shared/quantities.ts';
import { GROUP_MARK } from './group-marks.ts';
import { escapeHtml } from './html.ts';

export interface PlotPoint {
  x: number;
  y: number;
  /** How the point is marked: by the group's origin, or as one of the series. */
  mark: GroupOrigin | { series: number };
  title: string | null;
}

export interface PlotLine {
  points: readonly (readonly [x: number, y: number])[];
  series: number;
  dashed?: boolean;
}

export interface Plot {
  points: readonly PlotPoint[];
  lines?: readonly PlotLine[];
  x: { title: string; log?: boolean };
  y: { title: string; range?: readonly [number, number] };
  /** Both axes share one range, and y = x is drawn. */
  equal?: boolean;
  description: string;
}

const WIDTH = 356;
const HEIGHT = 320;
const FRAME = { left: 62, right: 22, top: 10, bottom: 52 };
/** Families are drawn in so many alternating layers: none lies over all the others. */
const LAYERS = 8;

/** Custom property of a report, else of the window. */
const INK = {
  label: 'var(--ink-3)',
  grid: 'var(--grid,var(--chart-grid))',
  zero: 'var(--zero,var(--chart-zero))',
  diagonal: 'var(--diagonal,var(--chart-diagonal))',
} as const;
const SERIES: readonly GroupOrigin[] = [
  'natural',
  'positiveInfluence',
  'gradientClusters',
  'randomWithinClass',
  'negativeInfluence',
  'random',
];

export const originColour = (origin: GroupOrigin): string => `var(--${origin},var(--group-${origin}))`;
export const seriesColour = (series: number): string => originColour(SERIES[series % SERIES.length]);

export function plotSvg(plot: Plot): string {
  const finite = plot.points.filter(({ x, y }) => Number.isFinite(x) && Number.isFinite(y) && (!plot.x.log || x > 0));
  const lines = (plot.lines ?? []).map((line) => ({
    ...line,
    points: line.points.filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y) && (!plot.x.log || x > 0)),
  }));
  const all = [...finite.map(({ x, y }) => [x, y] as const), ...lines.flatMap(({ points }) => points)];
  const ys = plot.equal ? all.flatMap(([x, y]) => [x, y]) : all.map(([, y]) => y);
  const yScale =
    plot.y.range === undefined ? linear(ys) : { ...linear(plot.y.range), low: plot.y.range[0], high: plot.y.range[1] };
  const xScale = plot.equal ? yScale : plot.x.log ? logarithmic(all.map(([x]) => x)) : linear(all.map(([x]) => x));
  const left = FRAME.left;
  const right = WIDTH - FRAME.right;
  const top = FRAME.top;
  const bottom = HEIGHT - FRAME.bottom;
  const px = (x: number): number => {
    const value = plot.x.log ? Math.log10(x) : x;
    return left + ((value - xScale.low) / (xScale.high - xScale.low)) * (right - left);
  };
  const py = (y: number): number => bottom - ((y - yScale.low) / (yScale.high - yScale.low)) * (bottom - top);
  const parts: string[] = [];
  const rule = (x1: number, y1: number, x2: number, y2: number, colour: string, width = 1) =>
    parts.push(
      `<path d="M${short(x1)} ${short(y1)}L${short(x2)} ${short(y2)}" stroke="${colour}" stroke-width="${width}" fill="none"/>`,
    );
  for (const tick of ticks(yScale)) {
    rule(left, py(tick), right, py(tick), tick === 0 ? INK.zero : INK.grid);
    parts.push(text(left - 7, py(tick) + 3.5, tickLabel(tick, yScale.step), 'end'));
  }
  for (const tick of ticks(xScale)) {
    const at = left + ((tick - xScale.low) / (xScale.high - xScale.low)) * (right - left);
    rule(at, top, at, bottom, tick === 0 && !plot.x.log ? INK.zero : INK.grid);
    parts.push(text(at, bottom + 16, plot.x.log ? `1e${tick}` : tickLabel(tick, xScale.step), 'middle'));
  }
  if (plot.equal) rule(px(yScale.low), py(yScale.low), px(yScale.high), py(yScale.high), INK.diagonal);
  for (const { points, series, dashed } of lines) {
    if (points.length < 2) continue;
    const path = points.map(([x, y], k) => `${k === 0 ? 'M' : 'L'}${short(px(x))} ${short(py(y))}`).join('');
    parts.push(
      `<path d="${path}" fill="none" stroke="${seriesColour(series)}" stroke-width="1.75"${dashed ? ' stroke-dasharray="4 3"' : ''}/>`,
    );
  }
  parts.push(marks(finite, px, py));
  for (const { x, y, title } of finite) {
    if (title === null) continue;
    parts.push(
      `<circle class="told" cx="${short(px(x))}" cy="${short(py(y))}" r="6" fill="transparent"><title>${escapeHtml(title)}</title></circle>`,
    );
  }
  parts.push(text((left + right) / 2, HEIGHT - 12, plot.x.title, 'middle', 11));
  const middle = (top + bottom) / 2;
  parts.push(
    `<text x="12" y="${short(middle)}" transform="rotate(-90 12 ${short(middle)})" text-anchor="middle" font-size="11" fill="${INK.label}">${escapeHtml(plot.y.title)}</text>`,
  );
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeHtml(plot.description)}">${parts.join('')}</svg>`;
}

function marks(points: readonly PlotPoint[], px: (x: number) => number, py: (y: number) => number): string {
  const families = new Map<string, PlotPoint[]>();
  for (const point of points) {
    const key = typeof point.mark === 'string' ? point.mark : `series ${point.mark.series}`;
    const family = families.get(key);
    if (family === undefined) families.set(key, [point]);
    else family.push(point);
  }
  let drawn = '';
  for (let layer = 0; layer < LAYERS; layer++) {
    for (const family of families.values()) {
      const { mark } = family[0];
      const origin = typeof mark === 'string' ? mark : SERIES[mark.series % SERIES.length];
      const { paint, shape } = GROUP_MARK[origin];
      let positions = '';
      for (let i = layer; i < family.length; i += LAYERS)
        positions += `M${short(px(family[i].x))} ${short(py(family[i].y))}${shape}`;
      if (positions === '') continue;
      const colour = originColour(origin);
      const style =
        paint.kind === 'fill'
          ? `fill="${colour}"`
          : `fill="none" stroke="${colour}" stroke-width="${paint.width}" stroke-linecap="${paint.cap}"`;
      drawn += `<path d="${positions}" ${style} opacity=".78"/>`;
    }
  }
  return drawn;
}

interface Scale {
  low: number;
  high: number;
  step: number;
}

/** Ends at multiples of a round step. */
function linear(values: readonly number[]): Scale {
  const low = values.reduce((least, value) => Math.min(least, value), values[0] ?? 0);
  const high = values.reduce((most, value) => Math.max(most, value), values[0] ?? 1);
  const span = high - low > 1e-300 ? high - low : Math.abs(high) || 1;
  const rough = span / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5].find((nice) => nice * power >= rough) ?? 10) * power;
  // A twentieth of a step beyond the outermost mark, so that none is cut by the frame.
  const first = Math.floor((low - step / 20) / step) * step;
  const last = Math.ceil((high + step / 20) / step) * step;
  return { low: Number(first.toPrecision(12)), high: Number(last.toPrecision(12)), step: Number(step.toPrecision(12)) };
}

function logarithmic(values: readonly number[]): Scale {
  const logs = values.map((value) => Math.log10(value));
  const low = Math.floor(Math.min(...logs) + 1e-9);
  const high = Math.max(low + 1, Math.ceil(Math.max(...logs) - 1e-9));
  return { low, high, step: Math.max(1, Math.ceil((high - low) / 6)) };
}

function ticks({ low, high, step }: Scale): number[] {
  const first = Math.ceil(low / step - 1e-9);
  const count = Math.floor(high / step + 1e-9) - first + 1;
  return Array.from({ length: count }, (_, k) => Number(((first + k) * step).toPrecision(12)));
}

/** As few digits as tell neighbouring ticks apart. */
function tickLabel(value: number, step: number): string {
  if (Math.abs(value) < step / 1e6) return '0';
  const digits = Math.max(1, Math.floor(Math.log10(Math.abs(value))) - Math.floor(Math.log10(step)) + 2);
  const written = formatNumber(Number(value.toPrecision(digits)), digits);
  return written.includes('.') && !written.includes('e') ? written.replace(/\.?0+$/, '') : written;
}

function text(x: number, y: number, content: string, anchor: 'start' | 'middle' | 'end', size = 10.5): string {
  return `<text x="${short(x)}" y="${short(y)}" text-anchor="${anchor}" font-size="${size}" fill="${INK.label}">${escapeHtml(content)}</text>`;
}

function short(pixels: number): string {
  return String(Math.round(pixels * 10) / 10);
}
