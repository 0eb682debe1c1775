/** Matrices as the engine passes them around. */

/** Row-major. Element (i, j) is `data[i * columns + j]`. */
export interface DenseMatrix {
  kind: 'dense';
  rows: number;
  columns: number;
  data: Float64Array;
}

/** Compressed sparse rows. Row i holds entries `indptr[i] … indptr[i + 1] − 1`; column indices ascend within a row. */
export interface SparseMatrix {
  kind: 'sparse';
  rows: number;
  columns: number;
  indptr: Int32Array;
  indices: Int32Array;
  values: Float64Array;
}

export type Matrix = DenseMatrix | SparseMatrix;
