/** Diagonal of Xᵀ diag(v) X for dense rows of p numbers. */
export function denseGramDiagonal(data: Float64Array | Float32Array, p: number, v: Float64Array): Float64Array {
  const out = new Float64Array(p);
  for (let i = 0; i < v.length; i++) {
    if (v[i] === 0) continue;
    for (let j = 0; j < p; j++) out[j] += v[i] * data[i * p + j] * data[i * p + j];
  }
  return out;
}
