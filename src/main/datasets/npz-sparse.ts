/** The CSR layout of an NPZ file (as scipy.sparse.save_npz writes it), checked entry by entry. */
import { invalidInput } from '../../shared/errors.ts';
import type { BlockData, FeatureBlock } from '../../shared/dataset.ts';
import type { NpzArrays } from './npz-reader.ts';
import { sameKind } from './row-selection.ts';

/** More feature columns than this can not be named or modelled here. */
export const MAX_SPARSE_COLUMNS = 2 ** 22;

export type SparseBlock = Extract<FeatureBlock, { kind: 'sparse' }>;

/** data, indices, indptr, shape → a sparse block; column indices are put in ascending order within each row. */
export async function readCsrBlock(arrays: NpzArrays): Promise<{ block: SparseBlock; rows: number }> {
  const { where } = arrays;
  if (arrays.has('format')) {
    const format = await arrays.array('format');
    if (format.kind === 'strings' && format.data[0] !== 'csr') {
      throw invalidInput(`${where} is a sparse matrix in the layout ${format.data[0]}.`, 'Convert it with .tocsr().');
    }
  }
  const shape = (await arrays.numbers('shape')).data;
  const [rows, columns] = shape;
  if (shape.length !== 2 || rows < 1 || columns < 1) {
    throw invalidInput(
      `${where}: shape is (${Array.from(shape).join(', ')}).`,
      'It must be rows and features, both at least 1.',
    );
  }
  if (columns > MAX_SPARSE_COLUMNS) {
    throw invalidInput(`${where}: shape announces ${columns} features.`, `At most ${MAX_SPARSE_COLUMNS} can be read.`);
  }
  const indptr = asInt32((await arrays.numbers('indptr')).data, `${where}: indptr`);
  const indices = asInt32((await arrays.numbers('indices')).data, `${where}: indices`);
  const { data } = await arrays.numbers('data');
  if (indptr.length !== rows + 1 || indptr[0] !== 0 || indptr[rows] !== data.length || indices.length !== data.length) {
    throw invalidInput(
      `${where}: data (${data.length}), indices (${indices.length}) and indptr (${indptr.length} entries, last ${indptr[indptr.length - 1]}) do not make a CSR matrix of ${rows} rows.`,
      'Save the matrix again.',
    );
  }
  for (let row = 0; row < rows; row++) {
    if (indptr[row + 1] < indptr[row]) {
      throw invalidInput(`${where}: indptr falls after row ${row}.`, 'Save the matrix again.');
    }
  }
  const at =
    data instanceof Float32Array || data instanceof Float64Array ? data.findIndex((v) => !Number.isFinite(v)) : -1;
  if (at >= 0) {
    const row = indptr.findIndex((end) => end > at) - 1;
    throw invalidInput(
      `${where}: data is ${data[at]} in row ${row}, column ${indices[at]}.`,
      'Replace it by a finite number.',
    );
  }
  const block: SparseBlock = { kind: 'sparse', columns, names: null, scale: 1, data, indices, indptr };
  return { block: sortedRows(block, rows, where), rows };
}

function asInt32(data: BlockData, where: string): Int32Array {
  if (data instanceof Int32Array) return data;
  const integers = Int32Array.from(data);
  if (integers.some((value, i) => value !== data[i])) {
    throw invalidInput(`${where} holds numbers that are not 32-bit integers.`, 'Save the matrix again.');
  }
  return integers;
}

/** Ascending indices within each row; an index out of range or given twice is refused. */
function sortedRows(block: SparseBlock, rows: number, where: string): SparseBlock {
  const { indices, indptr, columns } = block;
  let ascending = true;
  for (let row = 0; row < rows; row++) {
    for (let at = indptr[row]; at < indptr[row + 1]; at++) {
      if (indices[at] < 0 || indices[at] >= columns) {
        throw invalidInput(
          `${where}: indices holds ${indices[at]} in row ${row}, but there are ${columns} columns.`,
          'Save the matrix again.',
        );
      }
      if (at > indptr[row] && indices[at] <= indices[at - 1]) ascending = false;
    }
  }
  if (ascending) return block;
  const sortedIndices = new Int32Array(indices.length);
  const sortedData = sameKind(block.data, block.data.length);
  for (let row = 0; row < rows; row++) {
    const start = indptr[row];
    const order = Array.from({ length: indptr[row + 1] - start }, (_, i) => start + i);
    order.sort((a, b) => indices[a] - indices[b]);
    order.forEach((from, i) => {
      sortedIndices[start + i] = indices[from];
      sortedData[start + i] = block.data[from];
      if (i > 0 && sortedIndices[start + i] === sortedIndices[start + i - 1]) {
        throw invalidInput(
          `${where}: row ${row} has column ${indices[from]} twice.`,
          'Call sum_duplicates() on the matrix before saving it.',
        );
      }
    });
  }
  return { ...block, indices: sortedIndices, data: sortedData };
}
