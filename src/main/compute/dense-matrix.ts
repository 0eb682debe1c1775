import type { DenseMatrix, Matrix, SparseMatrix } from '../../shared/matrix.ts';
import type { SingleMatrix } from './device.ts';

/**
 * X as a dense matrix, with a final column of ones when `append`. Lies in shared memory, so that several
 * threads can compute on one copy; a dense X without the column is returned as it is.
 */
export function denseWithIntercept(X: Matrix, append: boolean): DenseMatrix {
  if (X.kind === 'dense' && !append) return X;
  const d = X.columns;
  const columns = d + (append ? 1 : 0);
  const data = new Float64Array(new SharedArrayBuffer(8 * X.rows * columns));
  for (let i = 0; i < X.rows; i++) {
    if (X.kind === 'dense') data.set(X.data.subarray(i * d, (i + 1) * d), i * columns);
    else for (let e = X.indptr[i]; e < X.indptr[i + 1]; e++) data[i * columns + X.indices[e]] = X.values[e];
    if (append) data[i * columns + d] = 1;
  }
  return { kind: 'dense', rows: X.rows, columns, data };
}

/** A sparse X with a final column of ones when `append`. */
export function sparseWithIntercept(X: SparseMatrix, append: boolean): SparseMatrix {
  if (!append) return X;
  const entries = X.indptr[X.rows];
  const indptr = new Int32Array(new SharedArrayBuffer(4 * (X.rows + 1)));
  const indices = new Int32Array(new SharedArrayBuffer(4 * (entries + X.rows)));
  const values = new Float64Array(new SharedArrayBuffer(8 * (entries + X.rows)));
  for (let i = 0; i < X.rows; i++) {
    const [from, to] = [X.indptr[i], X.indptr[i + 1]];
    indptr[i + 1] = to + i + 1;
    indices.set(X.indices.subarray(from, to), from + i);
    values.set(X.values.subarray(from, to), from + i);
    indices[to + i] = X.columns;
    values[to + i] = 1;
  }
  return { kind: 'sparse', rows: X.rows, columns: X.columns + 1, indptr, indices, values };
}

/** The same rows rounded to single precision, in shared memory. */
export function inSinglePrecision({ rows, columns, data }: DenseMatrix): SingleMatrix {
  const single = new Float32Array(new SharedArrayBuffer(4 * data.length));
  single.set(data);
  return { kind: 'single', rows, columns, data: single };
}
