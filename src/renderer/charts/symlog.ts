/** A logarithm that keeps sign and zero: y = sign(x)·log₁₀(1 + |x|/c). Linear within about ±c. */

export function symlog(value: number, c: number): number {
  return Math.sign(value) * (Math.log1p(Math.abs(value) / c) / Math.LN10);
}

export function symlogInverse(value: number, c: number): number {
  return Math.sign(value) * c * Math.expm1(Math.abs(value) * Math.LN10);
}

/** Decades shown at most, so that a few tiny effects do not squeeze the rest to the rim. */
const MAXIMUM_DECADES = 4;

/** The constant c for a set of values: a power of ten near their lower decile, at most four decades below the largest. */
export function symlogConstant(values: ArrayLike<number>): number {
  const sizes: number[] = [];
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i]!);
    if (Number.isFinite(size) && size > 0) sizes.push(size);
  }
  if (sizes.length === 0) return 1;
  sizes.sort((a, b) => a - b);
  const largest = sizes[sizes.length - 1]!;
  const low = Math.max(sizes[Math.floor(sizes.length / 10)]!, largest * 10 ** -MAXIMUM_DECADES);
  return 10 ** Math.floor(Math.log10(low));
}

/** Ticks at 0 and ± powers of ten, with 2 and 5 (or 3) between them where few decades leave room, thinned where many do not. */
export function symlogTicks(minimum: number, maximum: number, c: number, count: number): number[] {
  const largest = Math.max(Math.abs(minimum), Math.abs(maximum));
  const first = Math.round(Math.log10(c));
  const last = Math.floor(Math.log10(largest) + 1e-9);
  if (!Number.isFinite(last) || last < first) return [0];
  const sides = (minimum < 0 ? 1 : 0) + (maximum > 0 ? 1 : 0);
  const powers = (last - first + 1) * sides;
  const factors = powers * 3 <= count * 1.5 ? [1, 2, 5] : powers * 2 <= count * 1.5 ? [1, 3] : [1];
  const step = Math.max(1, Math.ceil(powers / count));
  const ticks = [0];
  for (let power = last; power >= first; power -= step) {
    for (const factor of factors) {
      const tick = Number(`${factor}e${power}`);
      if (tick <= maximum) ticks.push(tick);
      if (-tick >= minimum) ticks.push(-tick);
    }
  }
  return ticks.sort((a, b) => a - b);
}
