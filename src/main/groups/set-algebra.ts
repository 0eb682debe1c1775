/** Sets of training rows as ascending lists: combined, and compared. Pure. */
import type { SetOperation } from '../../shared/named-group.ts';

/** `a` or, and, minus `b`; both ascending without repeats, and so is the result. */
export function combineRows(a: Int32Array, operation: SetOperation, b: Int32Array): Int32Array {
  const out = new Int32Array(operation === 'or' ? a.length + b.length : a.length);
  let count = 0;
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    const onlyA = j >= b.length || (i < a.length && a[i] < b[j]);
    const onlyB = !onlyA && (i >= a.length || b[j] < a[i]);
    const row = onlyB ? b[j] : a[i];
    const wanted = operation === 'or' || (operation === 'and' ? !onlyA && !onlyB : onlyA);
    if (wanted) out[count++] = row;
    if (!onlyB) i++;
    if (!onlyA) j++;
  }
  return out.slice(0, count);
}

/** Rows that each pair of groups shares, k×k row-major (sizes on the diagonal), and the rows in at least one. */
export function overlapOf(groups: readonly Int32Array[], trainRows: number): { shared: Int32Array; covered: number } {
  const k = groups.length;
  const shared = new Int32Array(k * k);
  const seen = new Uint8Array(trainRows);
  const member = new Uint8Array(trainRows);
  groups.forEach((group, a) => {
    member.fill(0);
    for (const row of group) member[row] = seen[row] = 1;
    for (let b = a; b < k; b++) {
      let both = 0;
      for (const row of groups[b]) both += member[row];
      shared[a * k + b] = shared[b * k + a] = both;
    }
  });
  return { shared, covered: seen.reduce((sum, one) => sum + one, 0) };
}
