/** Dose–response: effect against the share of the rows' weight that is removed. Option and exported picture. Pure. */
import { extent, linearAxis, tickLabel, type Axis } from './axis-range.ts';
import type { ChartTheme } from './chart-theme.ts';
import type { EChartsCoreOption } from './echarts.ts';
import type { Figure, Shape } from './figure.ts';

export interface DoseCurves {
  /** Removed share of the weight, 0 … 1. */
  shares: ArrayLike<number>;
  influence: ArrayLike<number>;
  newton: ArrayLike<number>;
}

/** Retrained points. */
export interface DosePoints {
  shares: ArrayLike<number>;
  actual: ArrayLike<number>;
}

export const DOSE_X = 'removed share of the rows’ weight';
const ACTUAL_PATH = 'M5,0.4A4.6,4.6,0,1,1,5,9.6A4.6,4.6,0,1,1,5,0.4Z';

export function doseAxis({ influence, newton }: DoseCurves, points: DosePoints | null): Axis {
  return linearAxis(extent(influence, newton, points?.actual ?? []), 4);
}

export function doseOption(
  curves: DoseCurves,
  points: DosePoints | null,
  yTitle: string,
  theme: ChartTheme,
): EChartsCoreOption {
  const axis = doseAxis(curves, points);
  const labelOf = (value: number): string => {
    const at = axis.ticks.findIndex((tick) => Math.abs(tick - value) < 1e-9 * (axis.maximum - axis.minimum));
    return axis.labels[at] ?? '';
  };
  const common = {
    type: 'value',
    nameLocation: 'middle',
    nameTextStyle: { color: theme.label, fontSize: 11 },
    axisLine: { show: false },
    splitLine: { lineStyle: { color: theme.grid, width: 1 } },
  };
  const line = (id: string, values: ArrayLike<number>, color: string, dashed: boolean) => ({
    id,
    type: 'line',
    symbol: 'none',
    silent: true,
    data: Array.from(curves.shares, (share, k) => [share, values[k]]),
    lineStyle: { color, width: 2, type: dashed ? 'dashed' : 'solid' },
  });
  return {
    animation: false,
    textStyle: { fontFamily: theme.fontText },
    grid: { left: 62, right: 26, top: 10, bottom: 42, outerBoundsMode: 'none' },
    xAxis: {
      ...common,
      min: 0,
      max: 1,
      interval: 0.25,
      name: DOSE_X,
      nameGap: 26,
      axisTick: { show: false },
      axisLabel: { color: theme.label, fontSize: 10.5, formatter: (value: number) => `${Math.round(100 * value)} %` },
    },
    yAxis: {
      ...common,
      min: axis.minimum,
      max: axis.maximum,
      name: yTitle,
      nameGap: 46,
      axisTick: { show: false, customValues: axis.ticks },
      axisLabel: { color: theme.label, fontSize: 10.5, customValues: axis.ticks, formatter: labelOf },
    },
    series: [
      {
        id: 'zero',
        type: 'line',
        symbol: 'none',
        silent: true,
        data: [
          [0, 0],
          [1, 0],
        ],
        lineStyle: { color: theme.zero, width: 1 },
      },
      line('influence', curves.influence, theme.estimator('influence'), true),
      line('newton', curves.newton, theme.estimator('newton'), false),
      ...(points === null
        ? []
        : [
            {
              id: 'actual',
              type: 'line',
              symbol: 'circle',
              symbolSize: 9,
              showAllSymbol: true,
              lineStyle: { width: 0 },
              data: Array.from(points.shares, (share, k) => [share, points.actual[k]]),
              itemStyle: { color: theme.ink, borderColor: theme.surface, borderWidth: 1 },
            },
          ]),
    ],
  };
}

export interface DosePicture {
  title: string;
  subtitle: string;
  yTitle: string;
  words: string;
  curves: DoseCurves;
  points: DosePoints | null;
  theme: ChartTheme;
}

const FRAME = { left: 72, top: 66, width: 548, height: 300 };

export function doseFigure({ title, subtitle, yTitle, words, curves, points, theme }: DosePicture): Figure {
  const axis = doseAxis(curves, points);
  const right = FRAME.left + FRAME.width;
  const bottom = FRAME.top + FRAME.height;
  const px = (share: number): number => FRAME.left + share * FRAME.width;
  const py = (value: number): number =>
    bottom - ((value - axis.minimum) / (axis.maximum - axis.minimum)) * FRAME.height;
  const text = (x: number, y: number, said: string, more: Partial<Extract<Shape, { kind: 'text' }>> = {}): Shape => ({
    ...{ kind: 'text', x, y, text: said, size: 11, fill: theme.label, anchor: 'start' },
    ...more,
  });
  const line = (x0: number, y0: number, x1: number, y1: number, stroke: string): Shape => ({
    ...{ kind: 'line', x0, y0, x1, y1, stroke, width: 1 },
  });
  const shapes: Shape[] = [
    text(20, 28, title, { size: 16, bold: true, fill: theme.ink }),
    text(20, 48, subtitle, { size: 12 }),
  ];
  for (const share of [0, 0.25, 0.5, 0.75, 1]) {
    shapes.push(line(px(share), FRAME.top, px(share), bottom, theme.grid));
    shapes.push(text(px(share), bottom + 17, `${100 * share} %`, { anchor: 'middle' }));
  }
  axis.ticks.forEach((tick, k) => {
    shapes.push(line(FRAME.left, py(tick), right, py(tick), tick === 0 ? theme.zero : theme.grid));
    shapes.push(text(FRAME.left - 8, py(tick) + 4, axis.labels[k] ?? tickLabel(tick, 1), { anchor: 'end' }));
  });
  shapes.push(
    text(FRAME.left + FRAME.width / 2, bottom + 38, DOSE_X, { size: 12, fill: theme.ink, anchor: 'middle' }),
    text(20, FRAME.top + FRAME.height / 2, yTitle, { size: 12, fill: theme.ink, anchor: 'middle', upright: true }),
  );
  (['influence', 'newton'] as const).forEach((estimator, k) => {
    const places = Array.from(curves.shares, (share, t) => [px(share), py(curves[estimator][t] ?? 0)] as const);
    shapes.push({ kind: 'polyline', points: places, stroke: theme.estimator(estimator), width: 2 });
    const [x, y] = [20 + k * 150, bottom + 60];
    shapes.push({
      ...{ kind: 'line', x0: x, y0: y - 4, x1: x + 16, y1: y - 4 },
      stroke: theme.estimator(estimator),
      width: 2,
    });
    shapes.push(text(x + 22, y, estimator === 'influence' ? 'influence' : 'Newton'));
  });
  const mark = (x: number, y: number): Shape => ({
    ...{ kind: 'mark', path: ACTUAL_PATH, x, y, size: 9, fill: theme.ink, opacity: 1, outline: theme.surface },
  });
  if (points !== null) {
    Array.from(points.shares, (share, k) => shapes.push(mark(px(share), py(points.actual[k] ?? 0))));
    shapes.push(mark(325, bottom + 56), text(336, bottom + 60, 'actual, retrained'));
  }
  shapes.push(text(20, bottom + 84, words, { size: 12, fill: theme.ink }));
  const description = `${title}. ${subtitle}. Horizontal: ${DOSE_X}; vertical: ${yTitle}. ${words}`;
  return { width: 640, height: bottom + 100, background: theme.surface, font: theme.fontText, description, shapes };
}
