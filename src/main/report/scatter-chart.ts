/**
 * One comparison scatter as inline SVG. ECharts lays out the axes; the marks are written
 * here, several hundred to a path element, because ECharts spends 150 bytes on each and a
 * full study has tens of thousands. Colours are named by the page's style sheet, so that
 * light, dark and print share one drawing.
 */
import * as echarts from 'echarts/core';
import { LineChart } from 'echarts/charts';
import { GridComponent } from 'echarts/components';
import { SVGRenderer } from 'echarts/renderers';
import { formatNumber } from '../../shared/format.ts';
import { GROUP_MARK, markPath } from './group-marks.ts';
import { escapeHtml } from './html.ts';
import type { GroupOrigin } from '../../shared/quantities.ts';

echarts.use([LineChart, GridComponent, SVGRenderer]);

const WIDTH = 356;
const HEIGHT = 330;
/** Families are drawn in so many alternating layers: none lies over all the others. */
const LAYERS = 8;

/** What the style sheet recolours: it finds these attributes (see report-style.ts). */
export const CHART_INK = { label: '#5f6877', grid: '#eceef2', zero: '#c3c9d3', diagonal: '#8b94a2' } as const;

export interface ScatterPoint {
  x: number;
  y: number;
  origin: GroupOrigin;
  /** What the pointer tells; null for most, as each costs an element. */
  title: string | null;
}

export interface Scatter {
  points: readonly ScatterPoint[];
  /** Up to two lines each. */
  xTitle: string;
  yTitle: string;
  /** The whole chart in one sentence, for those who do not see it. */
  description: string;
}

/** Both axes share one range, so that y = x is the diagonal. */
export function scatterSvg({ points, xTitle, yTitle, description }: Scatter): string {
  const { low, high, step } = roundRange(points);
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height: HEIGHT });
  try {
    chart.setOption({
      animation: false,
      textStyle: { fontFamily: 'inherit' },
      grid: { left: 66, right: 10, top: 8, bottom: 58, containLabel: false },
      xAxis: axis(xTitle, 26, low, high, step),
      yAxis: axis(yTitle, 42, low, high, step),
      series: [
        line([low, 0], [high, 0], CHART_INK.zero),
        line([0, low], [0, high], CHART_INK.zero),
        line([low, low], [high, high], CHART_INK.diagonal),
      ],
    });
    const pixel = (x: number, y: number) => chart.convertToPixel({ gridIndex: 0 }, [x, y]) as [number, number];
    const drawn = marks(points, pixel) + titles(points, pixel);
    return withoutNames(chart.renderToSVGString())
      .replace(
        /<svg [^>]*>/,
        `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeHtml(description)}">`,
      )
      .replace('</svg>', `${drawn}</svg>`);
  } finally {
    chart.dispose();
  }
}

/**
 * Takes away ECharts' hover rules and clip paths, which these charts do not need: their names are numbered
 * through a process, and the same study would not give the same page.
 */
function withoutNames(svg: string): string {
  return svg.replaceAll(/ (?:class|clip-path)="[^"]*zr[^"]*"/g, '').replaceAll(/<(style|defs) ?>[^]*?<\/\1>/g, '');
}

function axis(name: string, nameGap: number, min: number, max: number, interval: number) {
  return {
    type: 'value' as const,
    min,
    max,
    interval,
    name,
    nameGap,
    nameLocation: 'middle' as const,
    nameTextStyle: { color: CHART_INK.label, fontSize: 11, lineHeight: 14 },
    axisLine: { show: false, onZero: false },
    axisTick: { show: false },
    axisLabel: {
      color: CHART_INK.label,
      fontSize: 10.5,
      formatter: (value: number) => tickLabel(value, interval),
      hideOverlap: true,
    },
    splitLine: { lineStyle: { color: CHART_INK.grid } },
  };
}

function line(from: [number, number], to: [number, number], color: string) {
  return {
    type: 'line' as const,
    silent: true,
    symbol: 'none',
    data: [from, to],
    lineStyle: { color, width: 1 },
  };
}

function marks(points: readonly ScatterPoint[], pixel: (x: number, y: number) => [number, number]): string {
  const families = new Map<GroupOrigin, ScatterPoint[]>();
  for (const point of points) {
    const family = families.get(point.origin);
    if (family === undefined) families.set(point.origin, [point]);
    else family.push(point);
  }
  let drawn = '';
  for (let layer = 0; layer < LAYERS; layer++) {
    for (const [origin, family] of families) {
      let positions = '';
      for (let i = layer; i < family.length; i += LAYERS) {
        const [px, py] = pixel(family[i].x, family[i].y);
        positions += `M${short(px)} ${short(py)}${GROUP_MARK[origin].shape}`;
      }
      if (positions !== '') drawn += markPath(origin, positions);
    }
  }
  return drawn;
}

function titles(points: readonly ScatterPoint[], pixel: (x: number, y: number) => [number, number]): string {
  return points
    .filter(({ title }) => title !== null)
    .map(({ x, y, title }) => {
      const [px, py] = pixel(x, y);
      return `<circle class="told" cx="${short(px)}" cy="${short(py)}" r="6"><title>${escapeHtml(title ?? '')}</title></circle>`;
    })
    .join('');
}

function short(pixels: number): string {
  return String(Math.round(pixels * 10) / 10);
}

const SMALLEST_RANGE = 1e-300;

/** Ends at multiples of a round step, 0 within. */
export function roundRange(points: readonly { x: number; y: number }[]): { low: number; high: number; step: number } {
  let low = 0;
  let high = 0;
  for (const { x, y } of points) {
    low = Math.min(low, x, y);
    high = Math.max(high, x, y);
  }
  // Nothing but zeros, or numbers so small that a fifth of them has no digits left.
  if (high - low < SMALLEST_RANGE) return { low: -1, high: 1, step: 0.5 };
  const rough = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5].find((nice) => nice * power >= rough) ?? 10) * power;
  // A twentieth of a step beyond the outermost mark, so that none is cut by the frame.
  const ends = (value: number, round: (x: number) => number, air: number) =>
    Number((round((value + air) / step) * step).toPrecision(12));
  return {
    low: low < 0 ? ends(low, Math.floor, -step / 20) : 0,
    high: high > 0 ? ends(high, Math.ceil, step / 20) : 0,
    step: Number(step.toPrecision(12)),
  };
}

/** As few digits as tell neighbouring ticks apart. */
function tickLabel(value: number, step: number): string {
  if (Math.abs(value) < step / 1e6) return '0';
  const digits = Math.max(1, Math.floor(Math.log10(Math.abs(value))) - Math.floor(Math.log10(step)) + 2);
  const text = formatNumber(Number(value.toPrecision(digits)), digits);
  return text.includes('.') && !text.includes('e') ? text.replace(/\.?0+$/, '') : text;
}
