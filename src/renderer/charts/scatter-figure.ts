/** The exported picture of a scatter: title, axes with the sign convention, marks, legend, agreement. Pure. */
import { GROUP_ORIGIN_TITLE, type GroupOrigin } from '../../shared/quantities.ts';
import type { GroupSummary } from '../../shared/study.ts';
import type { AxisPair } from './axis-range.ts';
import { conePixels, type Cone } from './cone.ts';
import { GROUP_PATH, type ChartTheme } from './chart-theme.ts';
import type { Figure, Shape } from './figure.ts';
import { markPlaces, pixelX, pixelY, type PlotFrame } from './plot-frame.ts';
import { markSize, type Points } from './points.ts';

export interface ScatterPicture {
  title: string;
  subtitle: string;
  /** The sign convention in words. */
  sign: string;
  xTitle: string;
  yTitle: string;
  /** The agreement in words, under the picture. */
  words: string;
  points: Points;
  axes: AxisPair;
  /** Where theory says the marks must lie; left out or null where it says nothing. */
  cone?: Cone | null;
  groups: readonly GroupSummary[];
  brushed: ReadonlySet<number> | null;
  theme: ChartTheme;
}

const WIDTH = 640;
const HEIGHT = 640;
const FRAME: PlotFrame = { left: 72, top: 66, width: 548, height: 440 };
const LEGEND_COLUMNS = 3;
/** As faint as the dimmed marks on screen. */
const DIMMED = 0.14;

export function scatterFigure(picture: ScatterPicture): Figure {
  const { title, subtitle, axes, theme, words } = picture;
  const bottom = FRAME.top + FRAME.height;
  const middle = FRAME.left + FRAME.width / 2;
  const shapes: Shape[] = [
    { kind: 'text', x: 20, y: 28, text: shortened(title, 66), size: 16, bold: true, fill: theme.ink, anchor: 'start' },
    {
      kind: 'text',
      x: 20,
      y: 48,
      text: `${shortened(subtitle, 72)}. ${picture.sign}`,
      size: 12,
      fill: theme.label,
      anchor: 'start',
    },
    ...(picture.cone === undefined || picture.cone === null
      ? []
      : [{ kind: 'area' as const, points: conePixels(picture.cone, axes, FRAME), fill: theme.cone }]),
    ...axisShapes(axes, theme),
    {
      kind: 'text',
      x: middle,
      y: bottom + 38,
      text: shortened(picture.xTitle, 80),
      size: 12,
      fill: theme.ink,
      anchor: 'middle',
    },
    {
      kind: 'text',
      x: 20,
      y: FRAME.top + FRAME.height / 2,
      text: shortened(picture.yTitle, 66),
      size: 12,
      fill: theme.ink,
      anchor: 'middle',
      upright: true,
    },
    ...markShapes(picture),
    ...legendShapes(picture, bottom + 62),
    { kind: 'text', x: 20, y: HEIGHT - 14, text: words, size: 12, fill: theme.ink, anchor: 'start' },
  ];
  const description = `${title}. ${subtitle}. ${picture.sign} Horizontal: ${picture.xTitle}; vertical: ${picture.yTitle}. ${words}.`;
  return { width: WIDTH, height: HEIGHT, background: theme.surface, font: theme.fontText, description, shapes };
}

/** Words that fit their place; the description holds all of them. */
function shortened(text: string, letters: number): string {
  return text.length <= letters ? text : `${text.slice(0, letters - 1).trimEnd()}…`;
}

function axisShapes(axes: AxisPair, theme: ChartTheme): Shape[] {
  const right = FRAME.left + FRAME.width;
  const bottom = FRAME.top + FRAME.height;
  const shapes: Shape[] = [];
  const vertical = (x: number, stroke: string, width: number): Shape => ({
    kind: 'line',
    x0: x,
    y0: FRAME.top,
    x1: x,
    y1: bottom,
    stroke,
    width,
  });
  const horizontal = (y: number, stroke: string, width: number): Shape => ({
    kind: 'line',
    x0: FRAME.left,
    y0: y,
    x1: right,
    y1: y,
    stroke,
    width,
  });
  axes.x.ticks.forEach((tick, k) => {
    const x = pixelX(axes, FRAME, tick);
    shapes.push(vertical(x, theme.grid, 1), {
      kind: 'text',
      x,
      y: bottom + 17,
      text: axes.x.labels[k] ?? '',
      size: 11,
      fill: theme.label,
      anchor: 'middle',
    });
  });
  axes.y.ticks.forEach((tick, k) => {
    const y = pixelY(axes, FRAME, tick);
    shapes.push(horizontal(y, theme.grid, 1), {
      kind: 'text',
      x: FRAME.left - 8,
      y: y + 4,
      text: axes.y.labels[k] ?? '',
      size: 11,
      fill: theme.label,
      anchor: 'end',
    });
  });
  shapes.push(vertical(pixelX(axes, FRAME, 0), theme.zero, 1), horizontal(pixelY(axes, FRAME, 0), theme.zero, 1));
  const from = Math.max(axes.x.minimum, axes.y.minimum);
  const to = Math.min(axes.x.maximum, axes.y.maximum);
  if (from < to) {
    shapes.push({
      kind: 'line',
      x0: pixelX(axes, FRAME, from),
      y0: pixelY(axes, FRAME, from),
      x1: pixelX(axes, FRAME, to),
      y1: pixelY(axes, FRAME, to),
      stroke: theme.diagonal,
      width: 1.25,
    });
  }
  return shapes;
}

/** Marked groups last, over the others. */
function markShapes({ points, axes, groups, brushed, theme }: ScatterPicture): Shape[] {
  const { x, y } = markPlaces(points, axes, FRAME);
  const largest = groups.reduce((most, group) => Math.max(most, group.size), 0);
  const order = [...points.group.keys()];
  if (brushed !== null) {
    order.sort((a, b) => Number(brushed.has(points.group[a]!)) - Number(brushed.has(points.group[b]!)) || a - b);
  }
  return order.map((mark): Shape => {
    const group = groups[points.group[mark]!];
    const origin: GroupOrigin = group?.origin ?? 'manual';
    const opacity = brushed === null ? 0.78 : brushed.has(points.group[mark]!) ? 1 : DIMMED;
    return {
      kind: 'mark',
      path: GROUP_PATH[origin],
      x: x[mark]!,
      y: y[mark]!,
      size: markSize(group?.size ?? 0, largest),
      fill: theme.group(origin),
      opacity,
      outline: theme.surface,
    };
  });
}

function legendShapes({ points, groups, theme }: ScatterPicture, top: number): Shape[] {
  const shown = new Set<GroupOrigin>();
  for (const group of points.group) shown.add(groups[group]?.origin ?? 'manual');
  const families = (Object.keys(GROUP_ORIGIN_TITLE) as GroupOrigin[]).filter((origin) => shown.has(origin));
  return families.flatMap((origin, k): Shape[] => {
    const x = 20 + (k % LEGEND_COLUMNS) * 205;
    const y = top + Math.floor(k / LEGEND_COLUMNS) * 18;
    const mark = { path: GROUP_PATH[origin], fill: theme.group(origin), opacity: 1, outline: null };
    return [
      { kind: 'mark', x: x + 5, y: y - 4, size: 9, ...mark },
      { kind: 'text', x: x + 16, y, text: GROUP_ORIGIN_TITLE[origin], size: 11, fill: theme.label, anchor: 'start' },
    ];
  });
}
