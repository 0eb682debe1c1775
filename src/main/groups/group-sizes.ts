/** Sizes of the groups (method §3; Koh et al. 2019, section 3.2). */

export interface SizeRange {
  /** Share of n of the smallest group. */
  from: number;
  /** Share of n of the largest group. */
  to: number;
  /** Number of sizes. */
  count: number;
}

/**
 * `count` integers linearly spaced from ⌊from·n⌋ to ⌊to·n⌋, each at least 1 and at most n, ascending.
 * When n is small, sizes repeat: a repeated size still makes a group of its own.
 */
export function groupSizes(n: number, { from, to, count }: SizeRange): number[] {
  const limit = (size: number): number => Math.min(n, Math.max(1, size));
  const smallest = limit(floorShare(from, n));
  const largest = limit(floorShare(to, n));
  return linearSizes(Math.min(smallest, largest), Math.max(smallest, largest), count);
}

/** ⌊share·n⌋, taking a product that misses an integer by rounding alone (0.29 · 100) as that integer. */
function floorShare(share: number, n: number): number {
  const nearest = Math.round(share * n);
  return Math.abs(share * n - nearest) <= 4 * Number.EPSILON * nearest ? nearest : Math.floor(share * n);
}

/** `count` integers from `smallest` to `largest`, linearly spaced and rounded to the nearest. A single size is the smallest. */
function linearSizes(smallest: number, largest: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) =>
    count === 1 ? smallest : Math.round(smallest + ((largest - smallest) * i) / (count - 1)),
  );
}

export interface InfluencePhase {
  /** Ascending; the last is the largest size of the phase. */
  sizes: number[];
  /** Number of most extreme rows that are sampled: ⌊1.5 × the largest size⌋, at most n. */
  poolSize: number;
}

/**
 * The three phases of the influence constructors: a third of the sizes each (33 + 33 + 34 of 100), linearly
 * spaced from the smallest size to a tenth, two fifths and all of the largest: 2.5 %, 10 % and 25 % of n by
 * default. A phase without sizes (fewer than three asked for) is left out.
 */
export function influencePhases(sizes: readonly number[], n: number): InfluencePhase[] {
  const smallest = sizes[0] ?? 1;
  const largest = sizes[sizes.length - 1] ?? 1;
  const third = Math.floor(sizes.length / 3);
  const phases: [count: number, largest: number][] = [
    [third, Math.floor(largest / 10)],
    [third, Math.floor((largest * 2) / 5)],
    [sizes.length - 2 * third, largest],
  ];
  return phases
    .filter(([count]) => count > 0)
    .map(([count, phaseLargest]) => {
      const top = Math.max(smallest, phaseLargest);
      return { sizes: linearSizes(smallest, top, count), poolSize: Math.min(n, Math.floor(1.5 * top)) };
    });
}
