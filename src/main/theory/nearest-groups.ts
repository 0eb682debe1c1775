import type { NearGroup } from '../../shared/theory.ts';

/**
 * The groups that share most with group `index`, by Jaccard overlap |A ∩ B| / |A ∪ B|; none without a common row.
 * @param members group g's rows are `rows[first[g] … first[g] + size[g] − 1]`, each once
 */
export function nearestGroups(
  { rows, first, size }: { rows: Int32Array; first: Int32Array; size: Int32Array },
  index: number,
  most: number,
): NearGroup[] {
  const own = new Set(rows.subarray(first[index], first[index] + size[index]));
  const found: NearGroup[] = [];
  for (let g = 0; g < first.length; g++) {
    if (g === index) continue;
    let shared = 0;
    for (let at = first[g]; at < first[g] + size[g]; at++) if (own.has(rows[at])) shared++;
    if (shared > 0) found.push({ index: g, shared, jaccard: shared / (own.size + size[g] - shared) });
  }
  return found.sort((a, b) => b.jaccard - a.jaccard || a.index - b.index).slice(0, most);
}
