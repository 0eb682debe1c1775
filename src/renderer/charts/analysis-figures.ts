/** The charts of the analyses, as shapes: the same on screen and in exports. Pure. */
import {
  interactions,
  type AnalysisResult,
  type DoseResponse,
  type LargestGroup,
  type PairEffects,
  type ShapleyValues,
} from '../../shared/analyses.ts';
import { analysisAxis } from '../../shared/analysis-words.ts';
import { formatCount, formatNumber, formatSigned } from '../../shared/format.ts';
import { ESTIMATOR_TITLE } from '../../shared/quantities.ts';
import type { ChartTheme } from './chart-theme.ts';
import type { Figure, Shape } from './figure.ts';
import { curveSymbol } from './lambda-chart.ts';
import { cutTo, legendShapes, niceAxis, panelColumns, plotArea, words, type LegendEntry } from './plot-area.ts';

const SHOWN = ['influence', 'newton', 'actual'] as const;

export function analysisFigure(result: AnalysisResult, width: number, theme: ChartTheme, description: string): Figure {
  const { height, shapes } = drawn(result, width, theme);
  return { width, height, background: theme.surface, font: theme.fontText, description, shapes };
}

interface Drawing {
  height: number;
  shapes: Shape[];
}

function drawn(result: AnalysisResult, width: number, theme: ChartTheme): Drawing {
  switch (result.kind) {
    case 'doseResponse':
      return doseDrawing(result, width, theme);
    case 'pairs':
      return pairDrawing(result, width, theme);
    case 'shapley':
      return shapleyDrawing(result, width, theme);
    case 'largestGroup':
      return largestDrawing(result, width, theme);
  }
}

const AXES_LEFT = 68;

/** A panel per group, all of one scale: how the effect bends away from influence's line. */
function doseDrawing(result: DoseResponse, width: number, theme: ChartTheme): Drawing {
  const { groups, weights } = result;
  const T = weights.length;
  const columns = panelColumns(groups.length, width, 280);
  const rows = Math.ceil(groups.length / columns);
  const [panelWidth, panelHeight] = [width / columns, 232];
  const shapes = legendShapes(
    SHOWN.map((name): LegendEntry => ({
      title: ESTIMATOR_TITLE[name],
      colour: theme.estimator(name),
      path: name === 'actual' ? curveSymbol(name) : null,
      dashed: name === 'newton',
    })),
    AXES_LEFT,
    14,
    theme,
  );
  groups.forEach((group, g) => {
    const [left, top] = [(g % columns) * panelWidth, 26 + Math.floor(g / columns) * panelHeight];
    const own = (name: (typeof SHOWN)[number]) => result[name].subarray(g * T, (g + 1) * T);
    const y = niceAxis([...own('influence'), ...own('newton'), ...own('actual')], 'change of the quantity', {
      count: 4,
    });
    const x = niceAxis(weights, 'weight of the rows (0 removed, 1 as fitted, 2 twice)', { count: 4 });
    const box = { left: left + AXES_LEFT, top: top + 20, width: panelWidth - AXES_LEFT - 14, height: panelHeight - 70 };
    const area = plotArea(box, { x: { ...x, title: 'weight of its rows' }, y }, theme);
    shapes.push(...area.shapes, {
      ...words(theme),
      x: box.left,
      y: top + 12,
      text: cutTo(`${group.label} (${formatCount(group.size)})`, box.width),
      anchor: 'start',
      fill: theme.ink,
    });
    for (const name of SHOWN) {
      const values = own(name);
      const places = [...weights.keys()]
        .filter((k) => Number.isFinite(values[k]))
        .map((k) => [area.x(weights[k]!), area.y(values[k]!)] as const);
      shapes.push({
        kind: 'polyline',
        points: places,
        stroke: theme.estimator(name),
        width: name === 'actual' ? 2 : 1.5,
        dashed: name === 'newton',
      });
      if (name !== 'actual') continue;
      weights.forEach((weight, k) => {
        if (!Number.isFinite(values[k])) return;
        shapes.push({
          kind: 'mark',
          path: curveSymbol(name),
          x: area.x(weight),
          y: area.y(values[k]!),
          size: 5,
          fill: theme.estimator(name),
          opacity: 1,
          outline: null,
          tip: `${group.label}, weight ${formatNumber(weight, 3)}: actual ${formatSigned(values[k]!)}, influence ${formatSigned(own('influence')[k]!)}, Newton ${formatSigned(own('newton')[k]!)}`,
        });
      });
    }
  });
  return { height: 26 + rows * panelHeight, shapes };
}

/** Below the diagonal what retraining says, above it what Newton predicts: colour by sign, strength by size. */
function pairDrawing(result: PairEffects, width: number, theme: ChartTheme): Drawing {
  const { groups, single, both, shared } = result;
  const m = groups.length;
  const labels = Math.min(300, Math.max(120, width * 0.34));
  const cell = Math.max(6, Math.min(34, (width - labels - 30) / m));
  const top = 44;
  const [actual, newton] = [interactions(result), interactions(result, 'newton')];
  const most = [...actual, ...newton].reduce((top, v) => (Number.isFinite(v) ? Math.max(top, Math.abs(v)) : top), 0);
  const colour = (value: number): string => theme.estimator(value > 0 ? 'newton' : 'influence');
  const shapes: Shape[] = [
    {
      ...words(theme),
      x: labels + (m * cell) / 2,
      y: 14,
      text: cutTo('below the diagonal: retrained · above: by Newton', width - labels),
      anchor: 'middle',
    },
  ];
  groups.forEach((group, a) => {
    const y = top + a * cell;
    if (cell >= 9) {
      shapes.push({
        ...words(theme),
        x: labels - 8,
        y: y + cell / 2 + 4,
        text: cutTo(`${group.label} · ${a + 1}`, labels - 8),
        anchor: 'end',
      });
      shapes.push({ ...words(theme), x: labels + (a + 0.5) * cell, y: top - 7, text: String(a + 1), anchor: 'middle' });
    }
    groups.forEach((other, b) => {
      const value = a === b ? NaN : (a > b ? actual : newton)[a * m + b]!;
      const x = labels + b * cell;
      shapes.push({
        kind: 'rect',
        x: x + 0.5,
        y: y + 0.5,
        width: cell - 1,
        height: cell - 1,
        fill: Number.isFinite(value) ? colour(value) : theme.grid,
        opacity: Number.isFinite(value) ? (most === 0 ? 0 : 0.06 + 0.94 * Math.sqrt(Math.abs(value) / most)) : 1,
        tip:
          a === b
            ? `${group.label}: ${formatSigned(single.actual[a]!)} alone`
            : `${group.label} and ${other.label}: ${formatSigned(both.actual[a * m + b]!)} together, ${formatSigned(single.actual[a]! + single.actual[b]!)} as a sum, ${formatSigned(actual[a * m + b]!)} between them (Newton ${formatSigned(newton[a * m + b]!)}), ${formatCount(shared[a * m + b]!)} rows shared`,
      });
    });
  });
  const bottom = top + m * cell;
  shapes.push(...scaleShapes(most, labels, bottom + 18, Math.min(240, width - labels - 20), theme, colour));
  return { height: bottom + 54, shapes };
}

/** What the colours of the heat map mean. */
function scaleShapes(
  most: number,
  left: number,
  top: number,
  width: number,
  theme: ChartTheme,
  colour: (value: number) => string,
): Shape[] {
  const STEPS = 24;
  const shapes: Shape[] = Array.from({ length: STEPS }, (_, k): Shape => {
    const value = (2 * (k + 0.5)) / STEPS - 1;
    return {
      kind: 'rect',
      x: left + (k * width) / STEPS,
      y: top,
      width: width / STEPS,
      height: 9,
      fill: colour(value),
      opacity: 0.06 + 0.94 * Math.sqrt(Math.abs(value)),
    };
  });
  for (const [at, anchor] of [
    [-1, 'start'],
    [0, 'middle'],
    [1, 'end'],
  ] as const)
    shapes.push({
      ...words(theme),
      x: left + ((at + 1) / 2) * width,
      y: top + 24,
      text: at === 0 ? '0: the sum' : formatSigned(at * most, 2),
      anchor,
    });
  return shapes;
}

/** A bar per group, largest first, whiskers of twice the standard error; a ring where removing it alone lies. */
function shapleyDrawing(result: ShapleyValues, width: number, theme: ChartTheme): Drawing {
  const { groups, values, standardErrors, alone } = result;
  const order = [...values.keys()].sort((i, j) => values[j]! - values[i]!);
  const labels = Math.min(300, Math.max(120, width * 0.34));
  const bar = 20;
  const top = 26;
  const spread = [...values.keys()].flatMap((i) => {
    const room = Number.isFinite(standardErrors[i]) ? 2 * standardErrors[i]! : 0;
    return [values[i]! - room, values[i]! + room, alone[i]!];
  });
  const x = niceAxis(spread, cutTo(analysisAxis(result), width));
  const height = order.length * bar;
  const y = { from: 0, to: 1, ticks: [], title: '' };
  const area = plotArea({ left: labels, top, width: width - labels - 24, height }, { x, y }, theme);
  const shapes: Shape[] = [
    ...area.shapes,
    { kind: 'rect', x: labels, y: 6, width: 18, height: 8, fill: theme.accent, opacity: 0.85 },
    { ...words(theme), x: labels + 23, y: 14, text: 'Shapley value', anchor: 'start' },
    aloneMark(labels + 125, 10, theme, undefined),
    { ...words(theme), x: labels + 135, y: 14, text: 'removed alone', anchor: 'start' },
  ];
  order.forEach((i, at) => {
    const middle = top + (at + 0.5) * bar;
    const [value, error] = [values[i]!, standardErrors[i]!];
    const tip = `${groups[i]!.label}, ${formatCount(groups[i]!.size)} rows: ${formatSigned(value)}${Number.isFinite(error) ? ` ± ${formatNumber(error, 2)}` : ''}; removed alone ${formatSigned(alone[i]!)}`;
    shapes.push({
      ...words(theme),
      x: labels - 8,
      y: middle + 4,
      text: cutTo(groups[i]!.label, labels - 8),
      anchor: 'end',
    });
    if (Number.isFinite(value))
      shapes.push({
        kind: 'rect',
        x: Math.min(area.x(0), area.x(value)),
        y: middle - 6,
        width: Math.abs(area.x(value) - area.x(0)),
        height: 12,
        fill: theme.accent,
        opacity: 0.85,
        tip,
      });
    if (Number.isFinite(value) && Number.isFinite(error))
      shapes.push({
        kind: 'line',
        x0: area.x(value - 2 * error),
        x1: area.x(value + 2 * error),
        y0: middle,
        y1: middle,
        stroke: theme.ink,
        width: 1.5,
      });
    if (Number.isFinite(alone[i])) shapes.push(aloneMark(area.x(alone[i]!), middle, theme, tip));
  });
  return { height: top + height + 44, shapes };
}

function aloneMark(x: number, y: number, theme: ChartTheme, tip: string | undefined): Shape {
  const mark = { kind: 'mark', path: 'M5,0L9.4,5L5,10L0.6,5Z', x, y, size: 9, opacity: 1 } as const;
  return { ...mark, fill: theme.estimator('newton'), outline: theme.surface, ...(tip === undefined ? {} : { tip }) };
}

/** Effect against the number of rows: what each choice predicts (dashed) and what retraining finds (marks). */
function largestDrawing(result: LargestGroup, width: number, theme: ChartTheme): Drawing {
  const { lists, sizes } = result;
  const height = 280;
  const all = lists.flatMap((list) => [...list.actual, ...list[list.by]]);
  const y = niceAxis(all, 'change when the rows are removed');
  const x = niceAxis(sizes, 'rows removed, in the order chosen');
  const box = { left: AXES_LEFT, top: 30, width: width - AXES_LEFT - 20, height: height - 76 };
  const area = plotArea(box, { x, y }, theme);
  const shapes: Shape[] = [
    ...legendShapes(
      lists.flatMap(({ by }): LegendEntry[] => {
        const name = by === 'newton' ? 'Newton-corrected' : 'by influence';
        return [
          { title: `${name}, retrained`, colour: theme.estimator(by), path: curveSymbol(by) },
          { title: 'predicted', colour: theme.estimator(by), path: null, dashed: true },
        ];
      }),
      AXES_LEFT,
      14,
      theme,
    ),
    ...area.shapes,
  ];
  for (const list of lists) {
    const stroke = theme.estimator(list.by);
    const path = (values: Float64Array) =>
      [[area.x(0), area.y(0)] as const].concat(
        [...sizes.keys()].filter((k) => Number.isFinite(values[k])).map((k) => [area.x(sizes[k]!), area.y(values[k]!)]),
      );
    shapes.push({ kind: 'polyline', points: path(list[list.by]), stroke, width: 1.5, dashed: true });
    shapes.push({ kind: 'polyline', points: path(list.actual), stroke, width: 2 });
    sizes.forEach((size, k) => {
      if (!Number.isFinite(list.actual[k])) return;
      shapes.push({
        kind: 'mark',
        path: curveSymbol(list.by),
        x: area.x(size),
        y: area.y(list.actual[k]!),
        size: 9,
        fill: stroke,
        opacity: 1,
        outline: null,
        tip: `${formatCount(size)} rows ${list.by === 'newton' ? 'with the Newton correction' : 'by influence'}: ${formatSigned(list.actual[k]!)} retrained, ${formatSigned(list[list.by][k]!)} predicted`,
      });
    });
  }
  return { height, shapes };
}
