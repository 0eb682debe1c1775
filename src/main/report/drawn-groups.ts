/** Which of very many groups a chart draws: more marks than this lie over each other, and make the page slow to open. */
export const MOST_MARKS = 3000;
/** Of these, the groups with the largest effects. */
const OUTERMOST = 500;

/**
 * All of `shown` up to MOST_MARKS; beyond, the outermost by |y| or |x| and every so-manieth of the others, so that
 * the shape of the cloud and its extremes stay. In the order of `shown`.
 */
export function drawnGroups(shown: readonly number[], xs: Float64Array, ys: Float64Array): number[] {
  if (shown.length <= MOST_MARKS) return [...shown];
  // Each half by one axis: neither effect's extremes are lost where the other is much smaller.
  const outermost = new Set<number>();
  for (const values of [ys, xs]) {
    const ordered = [...shown].sort((a, b) => Math.abs(values[b]) - Math.abs(values[a]) || a - b);
    for (const g of ordered.slice(0, OUTERMOST / 2)) outermost.add(g);
  }
  const others = shown.filter((g) => !outermost.has(g));
  const room = MOST_MARKS - outermost.size;
  const sampled = new Set(Array.from({ length: room }, (_, at) => others[Math.floor((at * others.length) / room)]));
  return shown.filter((g) => outermost.has(g) || sampled.has(g));
}
