/**
 * How groups are marked, by how they were made: Okabe and Ito's colours and a shape each,
 * the same as in the window (a test compares them).
 */
import type { GroupOrigin } from '../../shared/quantities.ts';

export interface GroupMark {
  light: string;
  dark: string;
  /** Drawn by its fill, or by a stroke of `stroke` pixels with round or square ends. */
  paint: { kind: 'fill' } | { kind: 'stroke'; width: number; cap: 'round' | 'square' | 'butt' };
  /**
   * The shape around the current point, as relative path commands: thousands of marks then share one
   * path element. A circle or a square is a stroke of no length with round or square ends.
   */
  shape: string;
}

const FILL = { kind: 'fill' } as const;

export const GROUP_MARK: Record<GroupOrigin, GroupMark> = {
  random: {
    light: '#5c6470',
    dark: '#b4bcc8',
    paint: { kind: 'stroke', width: 5.4, cap: 'round' },
    shape: 'h0',
  },
  randomWithinClass: { light: '#c0659a', dark: '#e08fc0', paint: FILL, shape: 'm0-3.4l3.2 3.4-3.2 3.4-3.2-3.4z' },
  sharedFeature: {
    light: '#0072b2',
    dark: '#4aa3df',
    paint: { kind: 'stroke', width: 2, cap: 'butt' },
    shape: 'm-3 0h6m-3-3v6',
  },
  featureClusters: {
    light: '#3fa3dc',
    dark: '#7cc8f2',
    paint: { kind: 'stroke', width: 4.8, cap: 'square' },
    shape: 'h0',
  },
  gradientClusters: {
    light: '#009068',
    dark: '#2fc196',
    paint: { kind: 'stroke', width: 1.8, cap: 'butt' },
    shape: 'm-2.5-2.5l5 5m0-5l-5 5',
  },
  positiveInfluence: { light: '#d55e00', dark: '#f27d2b', paint: FILL, shape: 'm0-3.3l3.2 5.6h-6.4z' },
  negativeInfluence: { light: '#dc9600', dark: '#f0b429', paint: FILL, shape: 'm0 3.3l3.2-5.6h-6.4z' },
  leaveOneOut: {
    light: '#7a6ff0',
    dark: '#a79dff',
    paint: { kind: 'stroke', width: 4, cap: 'round' },
    shape: 'h0',
  },
  natural: { light: '#0072b2', dark: '#4aa3df', paint: FILL, shape: 'm-1.6-2.8h3.2l1.6 2.8-1.6 2.8h-3.2l-1.6-2.8z' },
  file: { light: '#009068', dark: '#2fc196', paint: FILL, shape: 'm0-3.2l3.1 2.3-1.2 3.6h-3.8l-1.2-3.6z' },
  manual: { light: '#c0659a', dark: '#e08fc0', paint: FILL, shape: 'm0-3.4l3.2 3.4-3.2 3.4-3.2-3.4z' },
};

/** A path element of one family; colours and strokes come from `groupMarkStyle`. */
export function markPath(origin: GroupOrigin, positions: string): string {
  return `<path class="mark ${origin}" d="${positions}"/>`;
}

/** The custom properties of one scheme. */
export function groupColours(scheme: 'light' | 'dark'): string {
  return Object.entries(GROUP_MARK)
    .map(([origin, mark]) => `--${origin}:${mark[scheme]};`)
    .join('');
}

export function groupMarkStyle(): string {
  return Object.entries(GROUP_MARK)
    .map(([origin, { paint }]) =>
      paint.kind === 'fill'
        ? `.mark.${origin}{fill:var(--${origin})}`
        : `.mark.${origin}{fill:none;stroke:var(--${origin});stroke-width:${paint.width};stroke-linecap:${paint.cap}}`,
    )
    .join('\n');
}
