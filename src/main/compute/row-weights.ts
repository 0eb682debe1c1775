/** Weights of the training rows, group by group. */

/** `weights` without the members of each group, or of the members only. */
export interface GroupWeights {
  /** n: the rows' sample weights. */
  weights: Float64Array;
  /** Rows of each group, each once. */
  members: readonly Int32Array[];
  side: 'without' | 'only';
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
  const { weights, members, side } = rowWeights;
  const out = new Float64Array(members.length * rows);
  members.forEach((group, g) => {
    if (side === 'without') out.set(weights, g * rows);
    for (const row of group) out[g * rows + row] = side === 'without' ? 0 : weights[row];
  });
  return out;
}

/** The groups at `indices`. */
export function selectRowWeights(rowWeights: RowWeights, rows: number, indices: Int32Array): RowWeights {
  if (!(rowWeights instanceof Float64Array)) {
    return { ...rowWeights, members: Array.from(indices, (g) => rowWeights.members[g]) };
  }
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
  { members, side }: GroupWeights,
  start: number,
  shared: Float64Array,
  out: T,
): T {
  const m = shared.length;
  members.forEach((group, g) => {
    if (side === 'without') out.set(shared, g * m);
    else out.fill(0, g * m, (g + 1) * m);
    for (let at = 0; at < group.length; at++) {
      const row = group[at] - start;
      if (row >= 0 && row < m) out[g * m + row] = side === 'without' ? 0 : shared[row];
    }
  });
  return out;
}
