import type { Dataset } from '../../shared/dataset.ts';
import type { DenseMatrix } from '../../shared/matrix.ts';
import type { FeatureLayout } from '../datasets/feature-layout.ts';

/** Rows `from`…`to` − 1 as a dense matrix. */
export function denseRows(
  dataset: Dataset,
  layout: FeatureLayout,
  standIns: Float64Array,
  from: number,
  to: number,
): DenseMatrix {
  const { width } = layout;
  const data = new Float64Array((to - from) * width);
  const { block } = dataset;
  if (block !== null) {
    for (let row = from; row < to; row++) {
      const start = (row - from) * width;
      if (block.kind === 'dense') {
        const source = row * block.columns;
        for (let column = 0; column < block.columns; column++)
          data[start + column] = block.data[source + column] * block.scale;
      } else {
        for (let at = block.indptr[row]; at < block.indptr[row + 1]; at++) {
          data[start + block.indices[at]] = block.data[at] * block.scale;
        }
      }
    }
  }
  let offset = layout.blockColumns;
  layout.features.forEach((feature, index) => {
    for (let row = from; row < to; row++) {
      const start = (row - from) * width + offset;
      if ('names' in feature) {
        const code = feature.column.codes[row];
        const slot = code < 0 ? feature.slotOfMissing : feature.slotOfCode[code];
        if (slot >= 0) data[start + slot] = 1;
      } else {
        const value = feature.column.values[row];
        data[start] = Number.isNaN(value) ? standIns[index] : value;
      }
    }
    offset += 'names' in feature ? feature.names.length : 1;
  });
  return { kind: 'dense', rows: to - from, columns: width, data };
}
