/** The ECharts option of one comparison panel: everything but the marks. Pure: no instance, no DOM. */
import type { Axis, AxisPair } from './axis-range.ts';
import type { ChartTheme } from './chart-theme.ts';
import type { EChartsCoreOption } from './echarts.ts';
import { PLOT_MARGINS } from './plot-frame.ts';

export interface AxesInput {
  axes: AxisPair;
  xTitle: string;
  yTitle: string;
  theme: ChartTheme;
}

/** Axes, grid, the lines of no effect and y = x; the marks lie on a layer of their own (mark-layer.ts). */
export function scatterOption({ axes, xTitle, yTitle, theme }: AxesInput): EChartsCoreOption {
  return {
    animation: false,
    textStyle: { fontFamily: theme.fontText },
    // The plot's rectangle is exactly this one: the layers above count on it.
    grid: { ...PLOT_MARGINS, outerBoundsMode: 'none' },
    xAxis: { ...axisOption(axes.x, theme), name: xTitle, nameGap: 26 },
    yAxis: { ...axisOption(axes.y, theme), name: yTitle, nameGap: 42 },
    series: [...zeroLines(axes, theme), diagonal(axes, theme)],
  };
}

function axisOption(axis: Axis, theme: ChartTheme) {
  const labelOf = (value: number) => {
    let nearest = 0;
    axis.ticks.forEach((tick, index) => {
      if (Math.abs(tick - value) < Math.abs(axis.ticks[nearest]! - value)) nearest = index;
    });
    return axis.labels[nearest] ?? '';
  };
  return {
    type: 'value',
    min: axis.minimum,
    max: axis.maximum,
    nameLocation: 'middle',
    nameTextStyle: { color: theme.label, fontSize: 11 },
    axisLine: { show: false, onZero: false },
    axisTick: { show: false, customValues: axis.ticks },
    axisLabel: { color: theme.label, fontSize: 10.5, customValues: axis.ticks, formatter: labelOf, hideOverlap: true },
    splitLine: { lineStyle: { color: theme.grid, width: 1 } },
  };
}

/** y = x within the panel. Axes are linear (one unit) or symlog with one constant, so it is a straight line in drawing units. */
function diagonal(axes: AxisPair, theme: ChartTheme) {
  const from = Math.max(axes.x.minimum, axes.y.minimum);
  const to = Math.min(axes.x.maximum, axes.y.maximum);
  return line('diagonal', from < to ? [from, from, to, to] : [], theme.diagonal, 1.25);
}

/** The two lines of no effect. */
function zeroLines(axes: AxisPair, theme: ChartTheme) {
  const { x, y } = axes;
  return [
    line('zero-x', [0, y.minimum, 0, y.maximum], theme.zero, 1),
    line('zero-y', [x.minimum, 0, x.maximum, 0], theme.zero, 1),
  ];
}

function line(id: string, [x0, y0, x1, y1]: number[], color: string, width: number) {
  return {
    id,
    type: 'line',
    silent: true,
    symbol: 'none',
    animation: false,
    data:
      x0 === undefined
        ? []
        : [
            [x0, y0],
            [x1, y1],
          ],
    lineStyle: { color, width },
    z: 2,
  };
}
