/** How far two lists of numbers are apart. */

/** max |a − b| / max |b|; 0 when both are all 0, NaN when any entry is NaN. */
export function relativeDistance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`${a.length} numbers against ${b.length}`);
  let distance = 0;
  let scale = 0;
  for (let i = 0; i < b.length; i++) {
    if (Number.isNaN(a[i]) || Number.isNaN(b[i])) return NaN;
    distance = Math.max(distance, Math.abs(a[i] - b[i]));
    scale = Math.max(scale, Math.abs(b[i]));
  }
  return distance === 0 ? 0 : distance / scale;
}
