/**
 * The few statistics of a comparison, in float64 and without surprises:
 * what is undefined is NaN, never a guess. Inputs are equal-length vectors of finite numbers.
 */

/**
 * Ranks from 1, ties sharing the mean of the ranks they span (mid-ranks), as Spearman's ρ wants them.
 * +0 and −0 are one value.
 */
export function midRanks(values: Float64Array): Float64Array {
  const n = values.length;
  const sorted = Float64Array.from(values).sort();
  // The rank of every tied run, kept at the run's first position: a lower bound finds it.
  const rankOfRun = new Float64Array(n);
  for (let start = 0; start < n;) {
    let end = start + 1;
    while (end < n && sorted[end] === sorted[start]) end++;
    rankOfRun[start] = (start + 1 + end) / 2;
    start = end;
  }
  return values.map((value) => rankOfRun[lowerBound(sorted, value)]);
}

/** First position of the ascending `sorted` whose value is not below `value`. */
function lowerBound(sorted: Float64Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Arithmetic mean, corrected by the mean residual (two passes); NaN when empty. */
export function mean(values: Float64Array): number {
  const n = values.length;
  if (n === 0) return Number.NaN;
  let sum = 0;
  for (let i = 0; i < n; i++) sum += values[i];
  const first = sum / n;
  let residual = 0;
  for (let i = 0; i < n; i++) residual += values[i] - first;
  return first + residual / n;
}

/**
 * Pearson's correlation in [−1, 1], by two passes.
 * NaN for fewer than two pairs, and when either vector is constant.
 */
export function pearson(a: Float64Array, b: Float64Array): number {
  const n = a.length;
  if (n < 2 || isConstant(a) || isConstant(b)) return Number.NaN;
  // Scaled by the largest deviation, so that squares neither overflow nor vanish.
  const meanA = mean(a);
  const meanB = mean(b);
  const scaleA = largestDeviation(a, meanA);
  const scaleB = largestDeviation(b, meanB);
  let ab = 0;
  let aa = 0;
  let bb = 0;
  for (let i = 0; i < n; i++) {
    const da = (a[i] - meanA) / scaleA;
    const db = (b[i] - meanB) / scaleB;
    ab += da * db;
    aa += da * da;
    bb += db * db;
  }
  return Math.min(1, Math.max(-1, ab / (Math.sqrt(aa) * Math.sqrt(bb))));
}

function isConstant(values: Float64Array): boolean {
  for (let i = 1; i < values.length; i++) if (values[i] !== values[0]) return false;
  return true;
}

function largestDeviation(values: Float64Array, centre: number): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, Math.abs(values[i] - centre));
  return largest;
}

/** Spearman's ρ: Pearson's correlation of the mid-ranks. NaN where that is. */
export function spearman(a: Float64Array, b: Float64Array): number {
  return pearson(midRanks(a), midRanks(b));
}

/** Least squares through the origin, y ≈ slope · x: Σxy / Σx². NaN when every x is 0 or there is none. */
export function slopeThroughOrigin(x: Float64Array, y: Float64Array): number {
  let scale = 0;
  for (let i = 0; i < x.length; i++) scale = Math.max(scale, Math.abs(x[i]));
  if (scale === 0) return Number.NaN;
  let xy = 0;
  let xx = 0;
  for (let i = 0; i < x.length; i++) {
    const scaled = x[i] / scale;
    xy += scaled * y[i];
    xx += scaled * scaled;
  }
  return xy / xx / scale;
}

/** Share of the indices 0…count−1 for which `holds`; NaN when count is 0. */
export function shareWhere(count: number, holds: (index: number) => boolean): number {
  if (count === 0) return Number.NaN;
  let held = 0;
  for (let i = 0; i < count; i++) if (holds(i)) held++;
  return held / count;
}

/**
 * Quantiles at the given probabilities (0…1), linear between order statistics
 * (type 7, the default of R and NumPy). NaN when `values` is empty.
 */
export function quantiles(values: Float64Array, probabilities: readonly number[]): number[] {
  const sorted = Float64Array.from(values).sort();
  return probabilities.map((probability) => {
    if (sorted.length === 0) return Number.NaN;
    const position = Math.min(1, Math.max(0, probability)) * (sorted.length - 1);
    const below = Math.floor(position);
    const above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (position - below) * (sorted[above] - sorted[below]);
  });
}
