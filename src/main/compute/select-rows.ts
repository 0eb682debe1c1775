/** Rows `indices` of a row-major matrix with `width` columns. */
export function selectRows(data: Float64Array, width: number, indices: Int32Array): Float64Array {
  const out = new Float64Array(indices.length * width);
  indices.forEach((from, to) => out.set(data.subarray(from * width, (from + 1) * width), to * width));
  return out;
}
