/** The ECharts option of one comparison panel. Pure: no instance, no DOM. */
import type { GroupOrigin } from '../../shared/quantities.ts';
import type { GroupSummary } from '../../shared/study.ts';
import { place, type Axis, type AxisPair } from './axis-range.ts';
import { GROUP_SYMBOL, type ChartTheme } from './chart-theme.ts';
import type { EChartsCoreOption } from './echarts.ts';
import { markSize, type Points } from './points.ts';

/** Above this many marks on screen nothing is animated. */
export const ANIMATED_MARKS = 2000;

export interface ScatterInput {
  points: Points;
  axes: AxisPair;
  xTitle: string;
  yTitle: string;
  groups: readonly GroupSummary[];
  largest: number;
  theme: ChartTheme;
  animate: boolean;
}

export function scatterOption(input: ScatterInput): EChartsCoreOption {
  const { points, axes, groups, theme } = input;
  const count = points.x.length;
  const flat = new Float64Array(2 * count);
  for (let i = 0; i < count; i++) {
    flat[2 * i] = place(axes.x, points.x[i]!);
    flat[2 * i + 1] = place(axes.y, points.y[i]!);
  }
  const origin = (mark: number): GroupOrigin => groups[points.group[mark]!]?.origin ?? 'manual';
  return {
    animation: input.animate && count <= ANIMATED_MARKS,
    animationDuration: 160,
    textStyle: { fontFamily: theme.fontText },
    grid: { left: 54, right: 14, top: 10, bottom: 42 },
    xAxis: { ...axisOption(axes.x, theme), name: input.xTitle, nameGap: 26 },
    yAxis: { ...axisOption(axes.y, theme), name: input.yTitle, nameGap: 40 },
    series: [
      ...zeroLines(axes, theme),
      diagonal(axes, theme),
      {
        id: 'groups',
        type: 'scatter',
        silent: true,
        clip: false,
        data: flat,
        dimensions: ['x', 'y'],
        symbol: (_value: unknown, mark: { dataIndex: number }) => GROUP_SYMBOL[origin(mark.dataIndex)],
        symbolSize: (_value: unknown, mark: { dataIndex: number }) =>
          markSize(groups[points.group[mark.dataIndex]!]?.size ?? 0, input.largest),
        itemStyle: {
          color: (mark: { dataIndex: number }) => theme.group(origin(mark.dataIndex)),
          opacity: 0.78,
          borderColor: theme.surface,
          borderWidth: 0.5,
        },
        progressive: 0,
        z: 3,
      },
    ],
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
