/** Rows `indices` of a row-major matrix with `width` columns. */
export function selectRows<T extends Float64Array | Float32Array>(data: T, width: number, indices: Int32Array): T {
  const out = (
    data instanceof Float64Array ? new Float64Array(indices.length * width) : new Float32Array(indices.length * width)
  ) as T;
  indices.forEach((from, to) => out.set(data.subarray(from * width, (from + 1) * width), to * width));
  return out;
}
