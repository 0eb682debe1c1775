/**
 * Σ over each group's members of R(·, i) x̃ᵢ, row by row in the order of the members.
 * @param R L×n
 * @param addRow out[offset + j] += scale · x̃ᵢⱼ
 * @returns B·L×p
 */
export function combineMembers(
  R: Float64Array,
  members: readonly Int32Array[],
  n: number,
  p: number,
  addRow: (row: number, scale: number, out: Float64Array, offset: number) => void,
): Float64Array {
  const logits = R.length / n;
  const out = new Float64Array(members.length * logits * p);
  members.forEach((group, g) => {
    for (const row of group) {
      for (let k = 0; k < logits; k++) addRow(row, R[k * n + row], out, (g * logits + k) * p);
    }
  });
  return out;
}
