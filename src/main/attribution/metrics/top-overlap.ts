/** How far two estimators name the same rows as the most important ones. */

/** The k rows of largest value, equal ones by row number. */
export function topRows(values: Float64Array, k: number): Int32Array {
  return Int32Array.from(values.keys())
    .sort((a, b) => values[b] - values[a] || a - b)
    .slice(0, k);
}

/** |top k of a ∩ top k of b| / k, in [0, 1]; NaN for k = 0. */
export function topOverlap(a: Float64Array, b: Float64Array, k: number): number {
  const size = Math.min(k, a.length);
  const first = new Set(topRows(a, size));
  let shared = 0;
  for (const row of topRows(b, size)) if (first.has(row)) shared++;
  return shared / size;
}

/** Between every two of several rankings: row-major, ones on the diagonal. */
export function overlapMatrix(rankings: readonly Float64Array[], k: number): number[][] {
  return rankings.map((a) => rankings.map((b) => topOverlap(a, b, k)));
}
