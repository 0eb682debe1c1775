/**
 * Values that come off a device carry rounding errors that differ from device to device. Put on a common
 * grid before they are compared, values that are equal in exact arithmetic are equal in fact.
 */

/** Bits between the largest magnitude and the grid's step: a step of at most 1e-9 of it. */
const GRID_BITS = 30;

/**
 * `values` rounded to a grid with step 2^(e − 30), 2^e the largest power of two not above max |value|.
 * A power of two, so that two devices whose maxima differ by rounding share the grid. NaN stays NaN.
 */
export function toGrid(values: Float64Array): Float64Array {
  let largest = 0;
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i]);
    if (size > largest && size !== Infinity) largest = size;
  }
  if (largest === 0) return Float64Array.from(values);
  const step = powerOfTwoBelow(largest) * 2 ** -GRID_BITS;
  // Below about 1e-300 the step would vanish: such values are left alone.
  if (step < 2 ** -1020) return Float64Array.from(values);
  return values.map((value) => Math.round(value / step) * step);
}

/** The largest power of two not above x > 0 (normal numbers), from its exponent bits: exact, unlike a logarithm. */
function powerOfTwoBelow(x: number): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  view.setBigUint64(0, view.getBigUint64(0) & 0x7ff0000000000000n);
  return view.getFloat64(0);
}
