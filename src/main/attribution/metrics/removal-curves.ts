/**
 * What a ranking is worth when one acts on it: the model retrained after the first rows of the ranking are removed
 * (removal curve), or inspected and, where they are wrong, given their true label (repair curve).
 */
import { inspectionOrder } from './mislabel-detection.ts';

export interface CurvePoint {
  /** Rows removed or inspected. */
  rows: number;
  value: number;
}

/**
 * @param scores higher = removed earlier
 * @param counts rows removed at each point of the curve, ascending
 * @param retrained the quantity (test loss, accuracy) of the model retrained without each of these sets
 */
export async function removalCurve(
  scores: Float64Array,
  counts: readonly number[],
  retrained: (removed: readonly Int32Array[]) => Promise<ArrayLike<number>>,
): Promise<CurvePoint[]> {
  const order = inspectionOrder(scores);
  const values = await retrained(counts.map((count) => order.slice(0, count).sort()));
  return counts.map((rows, at) => ({ rows, value: values[at] }));
}

/**
 * @param suspicion higher = inspected earlier
 * @param given labels as they are in the data
 * @param truth labels that an inspection finds
 * @param retrained the quantity of the model trained on these labels
 */
export async function repairCurve(
  suspicion: Float64Array,
  counts: readonly number[],
  { given, truth }: { given: Int32Array; truth: Int32Array },
  retrained: (labels: Int32Array) => Promise<number>,
): Promise<CurvePoint[]> {
  const order = inspectionOrder(suspicion);
  const curve: CurvePoint[] = [];
  for (const rows of counts) {
    const labels = given.slice();
    for (const row of order.subarray(0, rows)) labels[row] = truth[row];
    curve.push({ rows, value: await retrained(labels) });
  }
  return curve;
}

/** Mean height of a curve over the rows inspected (trapezoids): one number to compare rankings by. */
export function meanHeight(curve: readonly CurvePoint[]): number {
  if (curve.length === 0) return Number.NaN;
  if (curve.length === 1) return curve[0].value;
  let area = 0;
  for (let at = 1; at < curve.length; at++) {
    area += ((curve[at].value + curve[at - 1].value) / 2) * (curve[at].rows - curve[at - 1].rows);
  }
  return area / (curve[curve.length - 1].rows - curve[0].rows);
}
