/** ρ against λ/n: the chart's option and its exported picture, from the same curves. Pure. */
import type { Estimator } from '../../shared/quantities.ts';
import { formatScientific } from '../../shared/format.ts';
import { tickLabel } from './axis-range.ts';
import type { ChartTheme } from './chart-theme.ts';
import type { EChartsCoreOption } from './echarts.ts';
import type { Figure, Shape } from './figure.ts';

export interface Curve {
  estimator: Estimator;
  title: string;
  points: readonly { relativeL2: number; spearman: number }[];
}

export const LAMBDA_AXIS = 'λ/n (regularisation), logarithmic';
export const RHO_AXIS = 'Spearman’s ρ of estimate and actual effect';

/** Told apart by shape as well as by colour, on screen and in pictures. */
const SYMBOL: Record<Estimator, { echarts: string; path: string }> = {
  influence: { echarts: 'circle', path: 'M5,0.4A4.6,4.6,0,1,1,5,9.6A4.6,4.6,0,1,1,5,0.4Z' },
  newton: { echarts: 'triangle', path: 'M5,0.5L10,9.2H0Z' },
  actual: { echarts: 'circle', path: 'M5,0.4A4.6,4.6,0,1,1,5,9.6A4.6,4.6,0,1,1,5,0.4Z' },
  influenceOnParameters: { echarts: 'rect', path: 'M0.8,0.8H9.2V9.2H0.8Z' },
  newtonLinear: { echarts: 'diamond', path: 'M5,0L9.4,5L5,10L0.6,5Z' },
  secondOrder: { echarts: 'pin', path: 'M2.5,0.5H7.5L10,5L7.5,9.5H2.5L0,5Z' },
  rescaledInfluence: { echarts: 'arrow', path: 'M5,0L9,10L5,7.5L1,10Z' },
  newton2: { echarts: 'roundRect', path: 'M0,3H10V7H0Z' },
  newton3: { echarts: 'path://M3,0H7V3H10V7H7V10H3V7H0V3H3Z', path: 'M3,0H7V3H10V7H7V10H3V7H0V3H3Z' },
};

export function curveSymbol(estimator: Estimator): string {
  return SYMBOL[estimator].path;
}

export interface LambdaAxes {
  /** λ/n from … to, in decades. */
  decades: [number, number];
  /** ρ from … to, and the step between its ticks. */
  range: [number, number];
  step: number;
}

/** Whole or half decades around all λ/n. */
export function lambdaDecades(curves: readonly Curve[]): [number, number] {
  const logs = curves.flatMap(({ points }) => points.map((point) => Math.log10(point.relativeL2)));
  const [low, high] = [Math.min(...logs), Math.max(...logs)];
  if (!Number.isFinite(low)) return [-4, 0];
  return [Math.floor(low * 2 - 0.3) / 2, Math.ceil(high * 2 + 0.3) / 2];
}

export function lambdaOption(curves: readonly Curve[], axes: LambdaAxes, theme: ChartTheme): EChartsCoreOption {
  const axis = {
    nameLocation: 'middle',
    nameTextStyle: { color: theme.label, fontSize: 11 },
    axisLine: { show: true, onZero: false, lineStyle: { color: theme.zero } },
    axisTick: { show: false },
    axisLabel: { color: theme.label, fontSize: 10.5 },
    splitLine: { lineStyle: { color: theme.grid, width: 1 } },
  };
  return {
    animation: false,
    textStyle: { fontFamily: theme.fontText },
    grid: { left: 72, right: 16, top: 12, bottom: 44, outerBoundsMode: 'none' },
    xAxis: {
      ...axis,
      type: 'value',
      min: axes.decades[0],
      max: axes.decades[1],
      interval: 1,
      name: LAMBDA_AXIS,
      nameGap: 27,
      axisLabel: { ...axis.axisLabel, customValues: decadeTicks(axes), formatter: decadeLabel },
      axisTick: { show: false, customValues: decadeTicks(axes) },
    },
    yAxis: {
      ...axis,
      type: 'value',
      min: axes.range[0],
      max: axes.range[1],
      interval: axes.step,
      name: 'Spearman’s ρ',
      nameGap: 52,
      axisLabel: { ...axis.axisLabel, formatter: (value: number) => tickLabel(value, axes.step) },
    },
    series: curves.map(({ estimator, points }) => ({
      id: estimator,
      type: 'line',
      symbol: SYMBOL[estimator].echarts,
      symbolSize: 9,
      triggerLineEvent: false,
      data: points.map((point) => [Math.log10(point.relativeL2), point.spearman]),
      lineStyle: { color: theme.estimator(estimator), width: 1.75 },
      itemStyle: { color: theme.estimator(estimator) },
    })),
  };
}

function decadeTicks({ decades: [from, to] }: LambdaAxes): number[] {
  const ticks: number[] = [];
  for (let power = Math.ceil(from); power <= to; power++) ticks.push(power);
  return ticks.length > 1 ? ticks : [from, to];
}

const decadeLabel = (power: number): string => formatScientific(10 ** power, 2);

export interface LambdaPicture {
  title: string;
  subtitle: string;
  curves: readonly Curve[];
  axes: LambdaAxes;
  theme: ChartTheme;
}

const FRAME = { left: 72, top: 66, width: 548, height: 320 };

export function lambdaFigure({ title, subtitle, curves, axes, theme }: LambdaPicture): Figure {
  const right = FRAME.left + FRAME.width;
  const bottom = FRAME.top + FRAME.height;
  const [from, to] = axes.decades;
  const [low, high] = axes.range;
  const px = (log: number): number => FRAME.left + ((log - from) / (to - from)) * FRAME.width;
  const py = (rho: number): number => bottom - ((rho - low) / (high - low)) * FRAME.height;
  const text = (x: number, y: number, words: string, more: Partial<Extract<Shape, { kind: 'text' }>>): Shape => ({
    kind: 'text',
    x,
    y,
    text: words,
    size: 11,
    fill: theme.label,
    anchor: 'start',
    ...more,
  });
  const shapes: Shape[] = [
    text(20, 28, title, { size: 16, bold: true, fill: theme.ink }),
    text(20, 48, subtitle, { size: 12 }),
  ];
  for (const tick of decadeTicks(axes)) {
    shapes.push({
      kind: 'line',
      x0: px(tick),
      y0: FRAME.top,
      x1: px(tick),
      y1: bottom,
      stroke: theme.grid,
      width: 1,
    });
    shapes.push(text(px(tick), bottom + 17, decadeLabel(tick), { anchor: 'middle' }));
  }
  for (let k = 0; k <= Math.round((high - low) / axes.step); k++) {
    const rho = low + axes.step * k;
    shapes.push({ kind: 'line', x0: FRAME.left, y0: py(rho), x1: right, y1: py(rho), stroke: theme.grid, width: 1 });
    shapes.push(text(FRAME.left - 8, py(rho) + 4, tickLabel(rho, axes.step), { anchor: 'end' }));
  }
  shapes.push(
    text(FRAME.left + FRAME.width / 2, bottom + 38, LAMBDA_AXIS, { size: 12, fill: theme.ink, anchor: 'middle' }),
    text(20, FRAME.top + FRAME.height / 2, RHO_AXIS, { size: 12, fill: theme.ink, anchor: 'middle', upright: true }),
  );
  curves.forEach((curve, k) => {
    const colour = theme.estimator(curve.estimator);
    const places = curve.points.map((point) => [px(Math.log10(point.relativeL2)), py(point.spearman)] as const);
    const mark = (x: number, y: number): Shape => ({
      kind: 'mark',
      path: curveSymbol(curve.estimator),
      x,
      y,
      size: 9,
      fill: colour,
      opacity: 1,
      outline: null,
    });
    shapes.push({ kind: 'polyline', points: places, stroke: colour, width: 1.75 });
    for (const [x, y] of places) shapes.push(mark(x, y));
    const x = 20 + (k % 3) * 205;
    const y = bottom + 64 + Math.floor(k / 3) * 18;
    shapes.push(mark(x + 5, y - 4), text(x + 16, y, curve.title, {}));
  });
  const description = `${title}. ${subtitle}. Horizontal: ${LAMBDA_AXIS}; vertical: ${RHO_AXIS}.`;
  const height = bottom + 64 + Math.ceil(curves.length / 3) * 18;
  return { width: 640, height, background: theme.surface, font: theme.fontText, description, shapes };
}
