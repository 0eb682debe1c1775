/**
 * L⁻¹ for the Cholesky factor L of a symmetric positive definite matrix A = LLᵀ, scaled to a unit diagonal first, so
 * that columns of very different size cost no digits. Plain loops: it is made once, and A is at most about 1,000 wide.
 * @param A q×q; overwritten
 * @returns q×q, lower triangular; null where A is not positive definite in float64
 */
export function invertedCholesky(A: Float64Array, q: number): Float64Array | null {
  const scale = Float64Array.from({ length: q }, (_, i) => 1 / Math.sqrt(A[i * q + i]));
  for (let i = 0; i < q; i++) for (let j = 0; j < q; j++) A[i * q + j] *= scale[i] * scale[j];
  for (let i = 0; i < q; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = A[i * q + j];
      for (let k = 0; k < j; k++) sum -= A[i * q + k] * A[j * q + k];
      if (i !== j) A[i * q + j] = sum / A[j * q + j];
      else if (sum > 0) A[i * q + i] = Math.sqrt(sum);
      else return null;
    }
  }
  // Row i of L⁻¹ from the rows above it.
  const inverse = new Float64Array(q * q);
  for (let i = 0; i < q; i++) {
    const row = inverse.subarray(i * q, (i + 1) * q);
    for (let k = 0; k < i; k++) {
      const factor = A[i * q + k];
      for (let j = 0; j <= k; j++) row[j] -= factor * inverse[k * q + j];
    }
    for (let j = 0; j < i; j++) row[j] /= A[i * q + i];
    row[i] = 1 / A[i * q + i];
  }
  // A = D⁻¹(LLᵀ)D⁻¹ with D = diag(scale): the inverse factor of A itself is L⁻¹D.
  for (let i = 0; i < q; i++) for (let j = 0; j <= i; j++) inverse[i * q + j] *= scale[j];
  return inverse;
}
