import type { Dataset } from '../../shared/dataset.ts';
import type { SparseMatrix } from '../../shared/matrix.ts';
import type { FeatureLayout } from '../datasets/feature-layout.ts';

/** Rows `from`…`to` − 1 as a sparse matrix; zeros are left out. The block, if there is one, is sparse. */
export function sparseRows(
  dataset: Dataset,
  layout: FeatureLayout,
  standIns: Float64Array,
  from: number,
  to: number,
): SparseMatrix {
  const block = dataset.block?.kind === 'sparse' ? dataset.block : null;
  const blockEntries = block === null ? 0 : block.indptr[to] - block.indptr[from];
  const room = blockEntries + (to - from) * layout.features.length;
  const values = new Float64Array(room);
  const indices = new Int32Array(room);
  const indptr = new Int32Array(to - from + 1);
  let used = 0;
  const put = (column: number, value: number): void => {
    if (value === 0) return;
    indices[used] = column;
    values[used++] = value;
  };
  for (let row = from; row < to; row++) {
    if (block !== null) {
      for (let at = block.indptr[row]; at < block.indptr[row + 1]; at++)
        put(block.indices[at], block.data[at] * block.scale);
    }
    let offset = layout.blockColumns;
    for (let index = 0; index < layout.features.length; index++) {
      const feature = layout.features[index];
      if ('names' in feature) {
        const code = feature.column.codes[row];
        const slot = code < 0 ? feature.slotOfMissing : feature.slotOfCode[code];
        if (slot >= 0) put(offset + slot, 1);
        offset += feature.names.length;
      } else {
        const value = feature.column.values[row];
        put(offset, Number.isNaN(value) ? standIns[index] : value);
        offset += 1;
      }
    }
    indptr[row - from + 1] = used;
  }
  return {
    kind: 'sparse',
    rows: to - from,
    columns: layout.width,
    indptr,
    indices: indices.slice(0, used),
    values: values.slice(0, used),
  };
}
