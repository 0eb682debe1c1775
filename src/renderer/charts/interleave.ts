/** The order in which marks are drawn: families spread evenly, so that none lies over all the others. */

/**
 * Indices 0…n−1 ordered by each item's rank within its family over the family's size.
 * Deterministic; every stretch of the order holds each family in its proportion.
 */
export function interleave(families: readonly string[]): Int32Array {
  const sizes = new Map<string, number>();
  const rank = new Float64Array(families.length);
  families.forEach((family, index) => {
    const seen = sizes.get(family) ?? 0;
    rank[index] = seen;
    sizes.set(family, seen + 1);
  });
  const key = rank.map((seen, index) => (seen + 0.5) / sizes.get(families[index]!)!);
  return Int32Array.from(families.keys()).sort((a, b) => key[a]! - key[b]! || a - b);
}
