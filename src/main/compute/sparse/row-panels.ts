/** Numbers per training row and group, laid out as panels of groups side by side. */
import type { RowWeights } from '../row-weights.ts';

/**
 * n×C: each group's weights of the rows, row i at i·C.
 * @param of the group of each column, −1 for those that stay 0 and come last
 */
export function weightColumns(weights: RowWeights, of: Int32Array, n: number): Float64Array {
  const width = of.length;
  const out = new Float64Array(n * width);
  if (weights instanceof Float64Array) {
    of.forEach((group, c) => {
      if (group < 0) return;
      for (let i = 0, from = group * n; i < n; i++) out[i * width + c] = weights[from + i];
    });
    return out;
  }
  const { weights: own, members, side } = weights;
  const firstEmpty = of.indexOf(-1);
  const columns = firstEmpty < 0 ? width : firstEmpty;
  if (side === 'without') {
    for (let i = 0, at = 0; i < n; i++, at += width) {
      const value = own[i];
      for (let c = 0; c < columns; c++) out[at + c] = value;
    }
  }
  for (let c = 0; c < columns; c++) {
    for (const row of members[of[c]]) out[row * width + c] = side === 'without' ? 0 : own[row];
  }
  return out;
}

/** Some columns of n×`width` values, one after the other; −1 leaves a column of zeros. */
export function takeColumns(values: Float64Array, width: number, columns: Int32Array, n: number): Float64Array {
  const wide = columns.length;
  const out = new Float64Array(n * wide);
  // Row by row, so that what is read and written lies together.
  for (let i = 0, from = 0, to = 0; i < n; i++, from += width, to += wide) {
    for (let c = 0; c < wide; c++) if (columns[c] >= 0) out[to + c] = values[from + columns[c]];
  }
  return out;
}

/**
 * What becomes of a panel's places when only some of its groups go on: the groups of the same places with the rest
 * empty, or, where that would leave half of them empty, closer together.
 * @param places  the groups at the panel's places, −1 where there is none
 * @param newName the group's number in the new batch, or −1
 * @param step    places come in multiples of it
 */
export function narrowPlaces(
  places: Int32Array,
  newName: (group: number) => number,
  step: number,
): { places: Int32Array; from: Int32Array | null } | null {
  const renamed = places.map((group) => (group < 0 ? -1 : newName(group)));
  const live = Int32Array.from(renamed.keys()).filter((at) => renamed[at] >= 0);
  if (live.length === 0) return null;
  const closer = Math.ceil(live.length / step) * step;
  if (2 * closer > places.length) return { places: renamed, from: null };
  const from = new Int32Array(closer).fill(-1);
  from.set(live);
  return { places: from.map((at) => (at < 0 ? -1 : renamed[at])), from };
}

/** The numbers in a new batch of the groups that were `indices` in the old one, and −1 for the others. */
export function newNames(indices: Int32Array): (group: number) => number {
  const names = new Map(Array.from(indices, (group, name) => [group, name]));
  return (group) => names.get(group) ?? -1;
}
