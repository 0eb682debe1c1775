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
  const order = ascendingOrder(values);
  const ranks = new Float64Array(n);
  for (let start = 0; start < n;) {
    const value = values[order[start]];
    let end = start + 1;
    while (end < n && values[order[end]] === value) end++;
    for (let at = start; at < end; at++) ranks[order[at]] = (start + 1 + end) / 2;
    start = end;
  }
  return ranks;
}

const DIGIT_BITS = 11;

/**
 * Indices by ascending value. A radix sort on the bits, because a chart of 100,000 groups is ranked while a person
 * waits, and sorting indices with a comparison takes ten times as long.
 */
export function ascendingOrder(values: Float64Array): Uint32Array {
  const n = values.length;
  // + 0 turns −0 into 0. Word 1 of a double is its upper half on every platform that Node and browsers run on.
  const words = new Uint32Array(values.map((value) => value + 0).buffer);
  const keys = [new Uint32Array(n), new Uint32Array(n)];
  for (let i = 0; i < n; i++) {
    // Unsigned order of the keys = order of the numbers: negative ones have all bits turned, others the sign bit.
    const turn = words[2 * i + 1] >>> 31 === 1 ? 0xffffffff : 0;
    keys[0][i] = words[2 * i] ^ turn;
    keys[1][i] = words[2 * i + 1] ^ (turn | 0x80000000);
  }
  let order = new Uint32Array(n);
  for (let i = 0; i < n; i++) order[i] = i;
  let next = new Uint32Array(n);
  const starts = new Uint32Array(1 << DIGIT_BITS);
  const mask = (1 << DIGIT_BITS) - 1;
  for (const key of keys) {
    for (let shift = 0; shift < 32; shift += DIGIT_BITS) {
      starts.fill(0);
      for (let i = 0; i < n; i++) starts[(key[i] >>> shift) & mask]++;
      let start = 0;
      for (let digit = 0; digit <= mask; digit++) {
        const count = starts[digit];
        starts[digit] = start;
        start += count;
      }
      for (let at = 0; at < n; at++) next[starts[(key[order[at]] >>> shift) & mask]++] = order[at];
      [order, next] = [next, order];
    }
  }
  return order;
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
  // Scaled by the largest deviation, so that squares neither overflow nor vanish. One root of the product,
  // not two: of equal vectors it is exact, and their correlation exactly 1.
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
  return Math.min(1, Math.max(-1, ab / Math.sqrt(aa * bb)));
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
