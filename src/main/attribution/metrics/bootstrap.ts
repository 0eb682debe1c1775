/** Confidence intervals by resampling (Efron 1979, percentile method), seeded. */
import { quantiles } from '../../../shared/statistics.ts';
import { openStream } from '../../groups/random-stream.ts';

export interface Interval {
  estimate: number;
  low: number;
  high: number;
}

export interface BootstrapOptions {
  seed: number;
  /** Resamples. */
  repeats?: number;
  /** Share of the resamples inside the interval. */
  level?: number;
}

const REPEATS = 400;
const LEVEL = 0.95;

/**
 * @param count units that are drawn with replacement (groups, test points, rows)
 * @param statistic of the units drawn; NaN where it is undefined (a constant resample), which is left out
 * @returns the statistic of all units and the interval; NaN bounds where fewer than half of the resamples have a value
 */
export function bootstrap(
  count: number,
  statistic: (units: Int32Array) => number,
  { seed, repeats = REPEATS, level = LEVEL }: BootstrapOptions,
): Interval {
  const estimate = statistic(Int32Array.from({ length: count }, (_, unit) => unit));
  if (count === 0) return { estimate, low: Number.NaN, high: Number.NaN };
  const stream = openStream(seed, 'bootstrap');
  const draws: number[] = [];
  const units = new Int32Array(count);
  for (let repeat = 0; repeat < repeats; repeat++) {
    for (let at = 0; at < count; at++) units[at] = stream.below(count);
    const value = statistic(units);
    if (!Number.isNaN(value)) draws.push(value);
  }
  if (draws.length < repeats / 2) return { estimate, low: Number.NaN, high: Number.NaN };
  const [low, high] = quantiles(Float64Array.from(draws), [(1 - level) / 2, (1 + level) / 2]);
  return { estimate, low, high };
}

/** The entries of `values` at `units`. */
export function drawn(values: Float64Array, units: Int32Array): Float64Array {
  return Float64Array.from(units, (unit) => values[unit]);
}
