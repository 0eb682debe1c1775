/**
 * Brittleness of a prediction (Ilyas et al. 2022, section 4.1): how few training rows must go for it to change. The
 * ranking proposes the rows, retraining is the judge: the count reported is one that was seen to flip the prediction.
 */
import { inspectionOrder } from './mislabel-detection.ts';

export interface Brittleness {
  /** Smallest prefix of the ranking seen to flip the prediction; null when the largest allowed did not. */
  rows: number | null;
  /** Those rows, ascending. */
  members: Int32Array;
  /** Every prefix that was retrained, in that order, and whether it flipped. */
  tried: { rows: number; flipped: boolean }[];
}

/**
 * Doubles the prefix until the prediction flips, then bisects. Flipping need not be monotone in the prefix: the result
 * is an upper bound of the smallest prefix, and verified.
 * @param support effect of removing each row on the loss of the test point, positive = its removal hurts it
 * @param flips retrains without the rows and tells whether the prediction changed
 * @param most rows that may be removed; rows that do not support the prediction are never tried
 */
export async function brittleness(
  support: Float64Array,
  flips: (removed: Int32Array) => Promise<boolean>,
  most: number,
): Promise<Brittleness> {
  const order = inspectionOrder(support);
  const supporting = support.reduce((count, value) => count + (value > 0 ? 1 : 0), 0);
  const limit = Math.min(most, supporting);
  const tried: Brittleness['tried'] = [];
  const flipsAt = async (rows: number): Promise<boolean> => {
    const flipped = await flips(order.slice(0, rows).sort());
    tried.push({ rows, flipped });
    return flipped;
  };
  let below = 0;
  let above = Math.min(1, limit);
  while (above > 0 && !(await flipsAt(above))) {
    if (above === limit) return { rows: null, members: new Int32Array(0), tried };
    below = above;
    above = Math.min(limit, 2 * above);
  }
  if (above === 0) return { rows: null, members: new Int32Array(0), tried };
  while (above - below > 1) {
    const middle = (above + below) >> 1;
    if (await flipsAt(middle)) above = middle;
    else below = middle;
  }
  return { rows: above, members: order.slice(0, above).sort(), tried };
}
