/** The spectrum of a removal: what each direction adds to influence, by the share of its curvature that is removed. Pure. */
import { extent, linearAxis, tickLabel, type Axis } from './axis-range.ts';
import type { ChartTheme } from './chart-theme.ts';
import type { EChartsCoreOption } from './echarts.ts';
import type { Figure, Shape } from './figure.ts';

export interface SpectrumBars {
  /** μⱼ in [0, 1). */
  eigenvalues: ArrayLike<number>;
  contributions: ArrayLike<number>;
}

export const SPECTRUM_X = 'share of the curvature that the rows hold, by direction';
export const SPECTRUM_Y = 'adds to influence';

/** Ends where the largest share does, at least at a tenth. */
function shareAxis(eigenvalues: ArrayLike<number>): Axis {
  return linearAxis([0, Math.max(0.1, extent(eigenvalues)?.[1] ?? 0.1)], 5);
}

export function spectrumOption({ eigenvalues, contributions }: SpectrumBars, theme: ChartTheme): EChartsCoreOption {
  const [x, y] = [shareAxis(eigenvalues), linearAxis(extent(contributions), 4)];
  const axis = (from: Axis, name: string, nameGap: number, percent: boolean) => ({
    type: 'value',
    min: from.minimum,
    max: from.maximum,
    name,
    nameGap,
    nameLocation: 'middle',
    nameTextStyle: { color: theme.label, fontSize: 11 },
    axisLine: { show: false },
    axisTick: { show: false, customValues: from.ticks },
    axisLabel: {
      color: theme.label,
      fontSize: 10.5,
      customValues: from.ticks,
      formatter: (value: number) => labelAt(from, value, percent),
    },
    splitLine: { lineStyle: { color: theme.grid, width: 1 } },
  });
  // A gap after each stem.
  const stems = Array.from(eigenvalues, (mu, j) => [
    [mu, 0],
    [mu, contributions[j]],
    ['-', '-'],
  ]).flat();
  const color = theme.estimator('newton');
  return {
    animation: false,
    textStyle: { fontFamily: theme.fontText },
    grid: { left: 62, right: 26, top: 10, bottom: 42, outerBoundsMode: 'none' },
    xAxis: axis(x, SPECTRUM_X, 26, true),
    yAxis: axis(y, SPECTRUM_Y, 46, false),
    series: [
      {
        id: 'zero',
        type: 'line',
        symbol: 'none',
        silent: true,
        data: [
          [x.minimum, 0],
          [x.maximum, 0],
        ],
        lineStyle: { color: theme.zero, width: 1 },
      },
      { id: 'stems', type: 'line', symbol: 'none', silent: true, data: stems, lineStyle: { color, width: 1.5 } },
      {
        id: 'ends',
        type: 'line',
        symbol: 'circle',
        symbolSize: 6,
        showAllSymbol: true,
        data: Array.from(eigenvalues, (mu, j) => [mu, contributions[j]]),
        lineStyle: { width: 0 },
        itemStyle: { color },
      },
    ],
  };
}

function labelAt(axis: Axis, value: number, percent: boolean): string {
  const at = axis.ticks.findIndex((tick) => Math.abs(tick - value) < 1e-9 * (axis.maximum - axis.minimum));
  const tick = axis.ticks[at];
  if (tick === undefined) return '';
  return percent ? `${Number((100 * tick).toPrecision(6))} %` : (axis.labels[at] ?? '');
}

const FRAME = { left: 72, top: 66, width: 548, height: 300 };

export function spectrumFigure(
  bars: SpectrumBars,
  { title, subtitle, words, theme }: { title: string; subtitle: string; words: string; theme: ChartTheme },
): Figure {
  const { eigenvalues, contributions } = bars;
  const [x, y] = [shareAxis(eigenvalues), linearAxis(extent(contributions), 4)];
  const bottom = FRAME.top + FRAME.height;
  const px = (value: number): number => FRAME.left + ((value - x.minimum) / (x.maximum - x.minimum)) * FRAME.width;
  const py = (value: number): number => bottom - ((value - y.minimum) / (y.maximum - y.minimum)) * FRAME.height;
  const text = (
    at: number,
    down: number,
    said: string,
    more: Partial<Extract<Shape, { kind: 'text' }>> = {},
  ): Shape => ({
    ...{ kind: 'text', x: at, y: down, text: said, size: 11, fill: theme.label, anchor: 'start' },
    ...more,
  });
  const line = (x0: number, y0: number, x1: number, y1: number, stroke: string, width = 1): Shape => ({
    ...{ kind: 'line', x0, y0, x1, y1, stroke, width },
  });
  const shapes: Shape[] = [
    text(20, 28, title, { size: 16, bold: true, fill: theme.ink }),
    text(20, 48, subtitle, { size: 12 }),
    ...x.ticks.flatMap((tick) => [
      line(px(tick), FRAME.top, px(tick), bottom, theme.grid),
      text(px(tick), bottom + 17, labelAt(x, tick, true), { anchor: 'middle' }),
    ]),
    ...y.ticks.flatMap((tick, k) => [
      line(FRAME.left, py(tick), FRAME.left + FRAME.width, py(tick), tick === 0 ? theme.zero : theme.grid),
      text(FRAME.left - 8, py(tick) + 4, y.labels[k] ?? tickLabel(tick, 1), { anchor: 'end' }),
    ]),
    text(FRAME.left + FRAME.width / 2, bottom + 38, SPECTRUM_X, { size: 12, fill: theme.ink, anchor: 'middle' }),
    text(20, FRAME.top + FRAME.height / 2, SPECTRUM_Y, { size: 12, fill: theme.ink, anchor: 'middle', upright: true }),
    ...Array.from(eigenvalues, (mu, j) =>
      line(px(mu), py(0), px(mu), py(contributions[j] ?? 0), theme.estimator('newton'), 1.5),
    ),
    text(20, bottom + 64, words, { size: 12, fill: theme.ink }),
  ];
  const description = `${title}. ${subtitle}. Horizontal: ${SPECTRUM_X}; vertical: ${SPECTRUM_Y}. ${words}`;
  return { width: 640, height: bottom + 80, background: theme.surface, font: theme.fontText, description, shapes };
}
