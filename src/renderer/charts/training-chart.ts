/** Loss against epoch while a network is trained: the chart's option. Pure. */
import type { TrainingCurve } from '../../shared/study.ts';
import { formatNumber, formatShare } from '../../shared/format.ts';
import type { ChartTheme } from './chart-theme.ts';
import type { EChartsCoreOption } from './echarts.ts';

/** Losses that span more than this are drawn on a logarithmic axis. */
const WIDE_SPAN = 20;

export function isWide({ points }: TrainingCurve): boolean {
  const losses = points.flatMap(({ trainLoss, testLoss }) => [trainLoss, testLoss]).filter((loss) => loss > 0);
  return Math.max(...losses) / Math.min(...losses) > WIDE_SPAN;
}

/** Mean loss on training rows (solid) and test rows (dashed); dots on the training line are the epochs whose θ is kept. */
export function trainingOption(curve: TrainingCurve, theme: ChartTheme): EChartsCoreOption {
  const axis = {
    nameLocation: 'middle',
    nameTextStyle: { color: theme.label, fontSize: 11 },
    axisLine: { show: true, onZero: false, lineStyle: { color: theme.zero } },
    axisTick: { show: false },
    axisLabel: { color: theme.label, fontSize: 10.5 },
    splitLine: { lineStyle: { color: theme.grid, width: 1 } },
  };
  const wide = isWide(curve);
  const kept = new Set(curve.checkpoints);
  const series = (id: string, pick: (point: TrainingCurve['points'][number]) => number, dashed: boolean) => ({
    id,
    type: 'line',
    showSymbol: !dashed,
    symbol: 'circle',
    symbolSize: (_: unknown, { dataIndex }: { dataIndex: number }) =>
      kept.has(curve.points[dataIndex]?.epoch ?? -1) ? 6 : 0,
    data: curve.points.map((point) => [point.epoch, wide && !(pick(point) > 0) ? null : pick(point)]),
    lineStyle: { color: dashed ? theme.ink : theme.accent, width: 1.75, type: dashed ? [5, 4] : 'solid' },
    itemStyle: { color: dashed ? theme.ink : theme.accent },
  });
  return {
    animation: false,
    textStyle: { fontFamily: theme.fontText },
    grid: { left: 58, right: 14, top: 10, bottom: 38, outerBoundsMode: 'none' },
    xAxis: { ...axis, type: 'value', min: 0, max: curve.epochs, minInterval: 1, name: 'epoch', nameGap: 24 },
    yAxis: {
      ...axis,
      type: wide ? 'log' : 'value',
      ...(wide ? {} : { min: 0 }),
      name: wide ? 'mean loss, logarithmic' : 'mean loss',
      nameGap: 42,
      axisLabel: { ...axis.axisLabel, formatter: (value: number) => formatNumber(value, 3) },
    },
    series: [series('train', ({ trainLoss }) => trainLoss, false), series('test', ({ testLoss }) => testLoss, true)],
  };
}

/** The curve in one sentence. */
export function trainingWords({ epochs, points, checkpoints }: TrainingCurve): string {
  const last = points[points.length - 1];
  if (last === undefined) return '';
  const lowest = points.reduce((best, point) => (point.testLoss < best.testLoss ? point : best));
  const kept = checkpoints.length === 1 ? '1 checkpoint' : `${checkpoints.length} checkpoints`;
  return (
    `Epoch ${last.epoch} of ${epochs}: training loss ${formatNumber(last.trainLoss)}, test loss ${formatNumber(last.testLoss)}` +
    ` (lowest in epoch ${lowest.epoch}), test accuracy ${formatShare(last.accuracy, 1)}. ${kept} kept.`
  );
}
