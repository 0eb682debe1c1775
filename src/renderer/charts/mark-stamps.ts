/** The pictures that `mark-raster.ts` stamps: one per family and size, drawn once by the browser. */
import type { GroupOrigin } from '../../shared/quantities.ts';
import type { GroupSummary } from '../../shared/study.ts';
import { GROUP_PATH, type ChartTheme } from './chart-theme.ts';
import type { Stamp } from './mark-raster.ts';
import { markSize, type Points } from './points.ts';

/** Above this many marks they are small and see-through: the picture is where they lie densely. */
export const DENSE_MARKS = 8000;
const DENSE_SIZE = 3.5;
const DENSE_OPACITY = 0.5;
const OPACITY = 0.78;
/** Sizes are told apart by half a pixel. */
const SIZE_STEP = 0.5;
const SMALLEST = markSize(0, 1);
const LARGEST = markSize(1, 1);
const SIZES = Math.round((LARGEST - SMALLEST) / SIZE_STEP) + 1;

const ORIGINS = Object.keys(GROUP_PATH) as GroupOrigin[];
const RANK = new Map(ORIGINS.map((origin, index) => [origin, index]));

/** Which stamp each mark gets: its family and its size. */
export function stampKinds(points: Points, groups: readonly GroupSummary[], largest: number): Uint16Array {
  const kinds = new Uint16Array(points.group.length);
  for (let i = 0; i < kinds.length; i++) {
    const group = groups[points.group[i]!];
    const size = Math.round((markSize(group?.size ?? 0, largest) - SMALLEST) / SIZE_STEP);
    kinds[i] = (RANK.get(group?.origin ?? 'manual') ?? 0) * SIZES + Math.min(SIZES - 1, Math.max(0, size));
  }
  return kinds;
}

/** Stamps by kind, as the theme stands now. `strong` ones are those of marked groups: opaque. */
export function stampsFor(theme: ChartTheme, ratio: number, dense: boolean, strong: boolean): readonly Stamp[] {
  const key = `${ratio}|${dense}|${strong}`;
  const known = kept.get(theme) ?? new Map<string, readonly Stamp[]>();
  kept.set(theme, known);
  const found = known.get(key);
  if (found !== undefined) return found;
  const opacity = strong ? 1 : dense ? DENSE_OPACITY : OPACITY;
  const stamps = ORIGINS.flatMap((origin) =>
    Array.from({ length: SIZES }, (_, k) =>
      drawStamp(theme, origin, dense ? DENSE_SIZE : SMALLEST + k * SIZE_STEP, ratio, opacity, !dense),
    ),
  );
  known.set(key, stamps);
  return stamps;
}

const kept = new WeakMap<ChartTheme, Map<string, readonly Stamp[]>>();

function drawStamp(
  theme: ChartTheme,
  origin: GroupOrigin,
  size: number,
  ratio: number,
  opacity: number,
  outlined: boolean,
): Stamp {
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
  const path = new Path2D(GROUP_PATH[origin]);
  context.fillStyle = theme.group(origin);
  context.fill(path);
  if (outlined) {
    context.strokeStyle = theme.surface;
    context.lineWidth = (0.5 * ratio) / scale;
    context.stroke(path);
  }
  return { side, pixels: context.getImageData(0, 0, side, side).data };
}
