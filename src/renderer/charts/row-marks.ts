/** Training rows as marks: axes around their values, and a stamp per class, told apart by shape as well as by colour. */
import { extent, linearAxis, niceStep, symlogAxis, tickLabel, type Axis } from './axis-range.ts';
import { GROUP_PATH, type ChartTheme } from './chart-theme.ts';
import type { Stamp } from './mark-raster.ts';
import { symlogConstant } from './symlog.ts';

export const ROW_SCALES = ['linear', 'symlog'] as const;
export type RowScale = (typeof ROW_SCALES)[number];

/** In the order of classes, repeating. */
const PATHS = [
  GROUP_PATH.random,
  GROUP_PATH.positiveInfluence,
  GROUP_PATH.featureClusters,
  GROUP_PATH.randomWithinClass,
  GROUP_PATH.sharedFeature,
  GROUP_PATH.negativeInfluence,
  GROUP_PATH.natural,
  GROUP_PATH.gradientClusters,
];

export function classPath(label: number): string {
  return PATHS[label % PATHS.length] ?? GROUP_PATH.random;
}

/** Above this many marks they are small and see-through. */
const DENSE_MARKS = 6000;

/** An axis around the values: zero is in view where it is near, and where the scale needs it. */
export function rowAxis(values: ArrayLike<number>, scale: RowScale): Axis {
  const range = extent(values);
  if (scale === 'symlog') return symlogAxis(range, symlogConstant(values));
  if (range === null) return linearAxis(null);
  const [low, high] = range;
  const span = high - low;
  const nearZero = low <= 0.3 * span && high >= -0.3 * span;
  if (nearZero || !(span > 0)) return linearAxis(range);
  const air = span * 0.05;
  const step = niceStep(span + 2 * air, 5);
  const ticks: number[] = [];
  for (let k = Math.ceil((low - air) / step); k * step <= high + air; k++)
    ticks.push(Number((k * step).toPrecision(12)));
  return {
    minimum: low - air,
    maximum: high + air,
    ticks,
    labels: ticks.map((tick) => tickLabel(tick, step)),
    constant: null,
  };
}

/** One stamp per class; `strong`: of chosen rows, opaque and larger. */
export function rowStamps(theme: ChartTheme, classes: number, marks: number, ratio: number, strong: boolean): Stamp[] {
  const dense = marks > DENSE_MARKS;
  const size = (dense ? 4 : 6.5) + (strong ? 1 : 0);
  const opacity = strong ? 0.95 : dense ? 0.45 : 0.7;
  return Array.from({ length: classes }, (_, label) =>
    drawn(classPath(label), theme.classOf(label), theme.surface, { size, ratio, opacity, outlined: !dense || strong }),
  );
}

interface Look {
  size: number;
  ratio: number;
  opacity: number;
  outlined: boolean;
}

function drawn(shape: string, fill: string, surface: string, { size, ratio, opacity, outlined }: Look): Stamp {
  const side = Math.ceil((size + 2) * ratio);
  const canvas = document.createElement('canvas');
  canvas.width = side;
  canvas.height = side;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (context === null) return { side: 0, pixels: new Uint8ClampedArray(0) };
  const scale = (size * ratio) / 10;
  context.globalAlpha = opacity;
  context.translate(side / 2 - 5 * scale, side / 2 - 5 * scale);
  context.scale(scale, scale);
  const path = new Path2D(shape);
  context.fillStyle = fill;
  context.fill(path);
  if (outlined) {
    context.strokeStyle = surface;
    context.lineWidth = (0.5 * ratio) / scale;
    context.stroke(path);
  }
  return { side, pixels: context.getImageData(0, 0, side, side).data };
}
