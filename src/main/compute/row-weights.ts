/** Weights of the training rows, group by group. */

/** `weights` without the members of each group (or with a share of theirs), or of the members only. */
export interface GroupWeights {
  /** n: the rows' sample weights. */
  weights: Float64Array;
  /** Rows of each group, each once. */
  members: readonly Int32Array[];
  side: 'without' | 'only';
  /**
   * "without": the share of its members' weight that each group leaves. 0, a removal, when left out; 2 has each of
   * them once more, 1 changes nothing.
   */
  left?: Float64Array;
}

/** B×n as an array, or in few words. */
export type RowWeights = Float64Array | GroupWeights;

export function groupCount(rowWeights: RowWeights, rows: number): number {
  return rowWeights instanceof Float64Array ? rowWeights.length / rows : rowWeights.members.length;
}

/** A row gone through in JavaScript costs as much as this many in a fused product of all rows. */
const ROW_BY_ROW = 400;

/** Whether going through the groups' own rows, of n, one by one takes less time than a product of all rows. */
export function areFewRows(members: readonly Int32Array[], n: number): boolean {
  const count = members.reduce((sum, group) => sum + group.length, 0);
  return count <= members.length * Math.max(1, n / ROW_BY_ROW);
}

/** Written out, B×n. */
export function denseRowWeights(rowWeights: RowWeights, rows: number): Float64Array {
  if (rowWeights instanceof Float64Array) return rowWeights;
  const { weights, members, side, left } = rowWeights;
  const out = new Float64Array(members.length * rows);
  members.forEach((group, g) => {
    if (side === 'without') out.set(weights, g * rows);
    const share = side === 'without' ? (left?.[g] ?? 0) : 1;
    for (const row of group) out[g * rows + row] = share * weights[row];
  });
  return out;
}

export function selectGroups(groups: GroupWeights, indices: ArrayLike<number>): GroupWeights {
  const { members, left } = groups;
  return {
    ...groups,
    members: Array.from(indices, (g) => members[g]),
    ...(left === undefined ? {} : { left: Float64Array.from(indices, (g) => left[g]) }),
  };
}

/** The groups at `indices`. */
export function selectRowWeights(rowWeights: RowWeights, rows: number, indices: Int32Array): RowWeights {
  if (!(rowWeights instanceof Float64Array)) return selectGroups(rowWeights, indices);
  const out = new Float64Array(indices.length * rows);
  indices.forEach((from, to) => out.set(rowWeights.subarray(from * rows, (from + 1) * rows), to * rows));
  return out;
}

/**
 * A block's columns of B×n values of which each group has the same, `shared`, but for its members.
 * @param shared m: the value of each row of the block
 * @param out    B×m, overwritten
 */
export function fillBlock<T extends Float64Array | Float32Array>(
  { members, side, left }: GroupWeights,
  start: number,
  shared: Float64Array,
  out: T,
): T {
  const m = shared.length;
  members.forEach((group, g) => {
    if (side === 'without') out.set(shared, g * m);
    else out.fill(0, g * m, (g + 1) * m);
    const share = side === 'without' ? (left?.[g] ?? 0) : 1;
    for (let at = 0; at < group.length; at++) {
      const row = group[at] - start;
      if (row >= 0 && row < m) out[g * m + row] = share * shared[row];
    }
  });
  return out;
}
