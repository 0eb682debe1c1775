/** Which training rows a set of groups has in common. Pure. */

export interface MemberCounts {
  /** Rows in at least one of the groups, in most of them first; equals by `loss` descending, then by number. */
  rows: number[];
  /** How many of the groups hold each of `rows`. */
  counts: number[];
}

/**
 * Counts, over the groups at `indices`, how often each training row occurs. Indices outside the study are passed over.
 *
 * @param members group g's rows are `rows[first[g] … first[g] + size[g] − 1]`
 * @param loss per training row; null before a fit
 */
export function countMembers(
  members: { rows: Int32Array; first: Int32Array; size: Int32Array },
  indices: readonly number[],
  loss: Float64Array | null,
): MemberCounts {
  const { rows, first, size } = members;
  const counts = new Map<number, number>();
  for (const g of new Set(indices)) {
    const from = first[g];
    if (from === undefined) continue;
    for (let at = from; at < from + size[g]; at++) counts.set(rows[at], (counts.get(rows[at]) ?? 0) + 1);
  }
  const ordered = [...counts].sort(
    ([a, countA], [b, countB]) => countB - countA || (loss === null ? 0 : loss[b] - loss[a]) || a - b,
  );
  return { rows: ordered.map(([row]) => row), counts: ordered.map(([, count]) => count) };
}
