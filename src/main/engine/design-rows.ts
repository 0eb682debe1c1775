import type { Matrix } from '../../shared/matrix.ts';

/** xᵢᵀθ for row i of X and the coefficients that begin at `offset` (d of them, the bias not among them). */
export function multiplyRow(X: Matrix, row: number, coefficients: Float64Array, offset: number): number {
  let sum = 0;
  if (X.kind === 'dense') {
    const start = row * X.columns;
    for (let j = 0; j < X.columns; j++) sum += X.data[start + j] * coefficients[offset + j];
    return sum;
  }
  for (let entry = X.indptr[row]; entry < X.indptr[row + 1]; entry++) {
    sum += X.values[entry] * coefficients[offset + X.indices[entry]];
  }
  return sum;
}
