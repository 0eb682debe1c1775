/** From the table of effects to what a panel draws. Pure; arrays are made once per panel and not changed. */
import type { Estimator, Evaluation, GroupOrigin } from '../../shared/quantities.ts';
import type { EffectsTable, GroupSummary } from '../../shared/study.ts';

/** The marks of one panel, in drawing order. */
export interface Points {
  x: Float64Array;
  y: Float64Array;
  /** Index of the group behind each mark. */
  group: Int32Array;
}

/** One estimator's effects on one evaluation, per group; null when the study does not have it. */
export function effectColumn(table: EffectsTable, evaluation: number, estimator: Estimator): Float64Array | null {
  const slot = table.estimators.indexOf(estimator);
  if (slot < 0 || evaluation < 0 || evaluation >= table.evaluations.length) return null;
  const start = (evaluation * table.estimators.length + slot) * table.groupCount;
  return table.values.subarray(start, start + table.groupCount);
}

/** Pairs with both values defined, of the groups in `order` that are shown. */
export function pointsOf(
  xs: Float64Array | null,
  ys: Float64Array | null,
  order: Int32Array,
  groups: readonly GroupSummary[],
  hidden: ReadonlySet<GroupOrigin>,
): Points {
  const x = new Float64Array(order.length);
  const y = new Float64Array(order.length);
  const group = new Int32Array(order.length);
  let count = 0;
  if (xs !== null && ys !== null) {
    for (const index of order) {
      const summary = groups[index];
      if (summary === undefined || hidden.has(summary.origin)) continue;
      const a = xs[index]!;
      const b = ys[index]!;
      if (!Number.isFinite(a) || !Number.isFinite(b)) continue;
      x[count] = a;
      y[count] = b;
      group[count++] = index;
    }
  }
  return { x: x.slice(0, count), y: y.slice(0, count), group: group.slice(0, count) };
}

/** Diameter of a mark in pixels, area growing gently with the share of the training rows removed (0…0.25 and more). */
export function markSize(size: number, largest: number): number {
  return 5 + 3.5 * Math.sqrt(largest > 0 ? size / largest : 0);
}

/** Where an evaluation stands in the table, or −1. */
export function evaluationIndex(table: EffectsTable, evaluation: Evaluation): number {
  return table.evaluations.findIndex(
    (other) => other.quantity === evaluation.quantity && other.target === evaluation.target,
  );
}

/** The mark nearest to a pixel within `reach` pixels, or −1. Later marks lie on top and win ties. */
export function nearestMark(px: ArrayLike<number>, py: ArrayLike<number>, x: number, y: number, reach: number): number {
  let best = -1;
  let bestDistance = reach * reach;
  for (let i = 0; i < px.length; i++) {
    const distance = (px[i]! - x) ** 2 + (py[i]! - y) ** 2;
    if (distance <= bestDistance) {
      best = i;
      bestDistance = distance;
    }
  }
  return best;
}
