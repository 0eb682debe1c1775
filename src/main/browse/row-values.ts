/** A column over the rows of one split, as filters and sorting read it. */
import type { Column, FeatureBlock } from '../../shared/dataset.ts';

export type RowValues =
  /** NaN: missing. */
  | { kind: 'number'; values: Float64Array }
  /** Index into `levels`; −1: missing. */
  | { kind: 'category'; codes: Int32Array; levels: readonly string[] };

/** The rows from … to − 1 of a column; shares its memory. */
export function columnRows(column: Column, from: number, to: number): RowValues {
  return column.kind === 'number'
    ? { kind: 'number', values: column.values.subarray(from, to) }
    : { kind: 'category', codes: column.codes.subarray(from, to), levels: column.levels };
}

/** The rows from … to − 1 of one feature of the block. */
export function blockRows(block: FeatureBlock, feature: number, from: number, to: number): RowValues {
  const values = new Float64Array(to - from);
  if (block.kind === 'dense') {
    for (let row = from; row < to; row++) values[row - from] = block.data[row * block.columns + feature] * block.scale;
    return { kind: 'number', values };
  }
  const { indptr, indices, data, scale } = block;
  for (let row = from; row < to; row++) {
    // Indices ascend within a row.
    let low = indptr[row];
    let high = indptr[row + 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (indices[middle] < feature) low = middle + 1;
      else high = middle;
    }
    if (low < indptr[row + 1] && indices[low] === feature) values[row - from] = data[low] * scale;
  }
  return { kind: 'number', values };
}
