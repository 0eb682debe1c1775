/** Long arrays of numbers beside the JSON that they belong to: marks stand for them. */

/** Stands for an array in the JSON: its kind, and where it lies among the numbers. */
const MARK = '$array';

/** The value with its arrays taken out, which are appended to `numbers`. */
export function withoutArrays(value: unknown, numbers: number[]): unknown {
  if (value instanceof Float64Array || value instanceof Int32Array) {
    const start = numbers.length;
    for (const number of value) numbers.push(number);
    return { [MARK]: [value instanceof Int32Array ? 'int32' : 'float64', start, value.length] };
  }
  if (Array.isArray(value)) return value.map((entry) => withoutArrays(entry, numbers));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, withoutArrays(entry, numbers)]));
}

/** The inverse. */
export function withArrays(value: unknown, numbers: Float64Array): unknown {
  if (Array.isArray(value)) return value.map((entry) => withArrays(entry, numbers));
  if (typeof value !== 'object' || value === null) return value;
  if (MARK in value) {
    const [kind, start, length] = value[MARK] as [string, number, number];
    const part = numbers.slice(start, start + length);
    return kind === 'int32' ? Int32Array.from(part) : part;
  }
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, withArrays(entry, numbers)]));
}
