/** Cholesky factor of a symmetric positive definite matrix, in plain float64, and solves with it. */

/** A = LLᵀ; row i of L at `L[i·q … i·q + i]`. */
export interface Cholesky {
  readonly size: number;
  readonly L: Float64Array;
}

/** Factors A (q×q row-major; its lower triangle is read, and overwritten). @returns null when A is not positive definite */
export function factorInPlace(A: Float64Array, q: number): Cholesky | null {
  for (let i = 0; i < q; i++) {
    const rowI = i * q;
    for (let j = 0; j <= i; j++) {
      const rowJ = j * q;
      let sum = A[rowI + j];
      for (let k = 0; k < j; k++) sum -= A[rowI + k] * A[rowJ + k];
      if (j < i) A[rowI + j] = sum / A[rowJ + j];
      else if (sum > 0) A[rowI + i] = Math.sqrt(sum);
      else return null;
    }
  }
  return { size: q, L: A };
}

/** A⁻¹b for one vector of length q. */
export function solveCholesky({ L, size: q }: Cholesky, b: Float64Array): Float64Array {
  const x = b.slice();
  for (let i = 0; i < q; i++) {
    let sum = x[i];
    for (let k = 0; k < i; k++) sum -= L[i * q + k] * x[k];
    x[i] = sum / L[i * q + i];
  }
  for (let i = q - 1; i >= 0; i--) {
    const value = x[i] / L[i * q + i];
    x[i] = value;
    for (let k = 0; k < i; k++) x[k] -= L[i * q + k] * value;
  }
  return x;
}
