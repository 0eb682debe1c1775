import type { DenseMatrix, Matrix } from '../../shared/matrix.ts';
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

/** The same rows rounded to single precision, in shared memory. */
export function inSinglePrecision({ rows, columns, data }: DenseMatrix): SingleMatrix {
  const single = new Float32Array(new SharedArrayBuffer(4 * data.length));
  single.set(data);
  return { kind: 'single', rows, columns, data: single };
}
