/**
 * Nearest centroids of all points: fast by one matrix product, and yet the same on every device.
 *
 * By definition, the nearest centroid of xᵢ is the c with the smallest score ‖c‖² − 2 xᵢ·c, computed by the
 * plain loop of `PointSet.dot`; ties go to the lower index. A device's product gives the scores only to
 * rounding, so it decides alone only where the runner-up is farther than twice a bound on the difference
 * between the two computations; every other row is decided by the plain loop, among the centroids that can win.
 */
import type { GroupContext } from './group-context.ts';
import type { PointSet } from './point-set.ts';

export type Product = Pick<GroupContext, 'multiplyTransposed' | 'productRoundoff'>;

const DOUBLE_ROUNDOFF = 2 ** -53;
/** Assumed at least, relative to ‖x‖‖c‖: far above any float64 product, whatever its blocking, threads and order. */
const LEAST_PRODUCT_ERROR = 1e-11;
/** Bytes of a block of rows and of its scores. */
const BLOCK_BYTES = 64 * 2 ** 20;

export interface Centroids {
  count: number;
  /** count × d, row-major. */
  data: Float64Array;
  /** ‖c‖² each. */
  squaredNorms: Float64Array;
}

/** Writes the index of each point's nearest centroid to `nearest`; returns how many of its entries changed. */
export async function assignNearest(
  points: PointSet,
  centroids: Centroids,
  product: Product,
  nearest: Int32Array,
): Promise<number> {
  const { columns } = points;
  const k = centroids.count;
  const step = Math.max(1, Math.floor(BLOCK_BYTES / (8 * (columns + k))));
  const largestNorm = Math.sqrt(centroids.squaredNorms.reduce((largest, norm) => Math.max(largest, norm), 0));
  let changed = 0;
  for (let from = 0; from < points.rows; from += step) {
    const to = Math.min(points.rows, from + step);
    const block = points.block(from, to);
    const products = await product.multiplyTransposed(block, centroids.data, to - from, columns, k);
    for (let i = from; i < to; i++) {
      const margin = 2 * scoreError(columns, Math.sqrt(points.squaredNorms[i]), largestNorm, product);
      const winner = decide(points, centroids, i, products, (i - from) * k, margin);
      if (nearest[i] !== winner) {
        nearest[i] = winner;
        changed++;
      }
    }
  }
  return changed;
}

/**
 * Bound on |score by the device − score by the plain loop|. An inner product of length d in an arithmetic of
 * unit roundoff u, its operands rounded to it, errs by at most (d + 2)u‖x‖‖c‖ to first order, in any order of
 * summation (Higham, Accuracy and Stability, 3.1); the factor d + 8 covers the higher orders. ‖c‖² is one
 * number for both; adding it rounds once on each side.
 */
function scoreError(d: number, normX: number, normC: number, product: Product): number {
  const device = Math.max(LEAST_PRODUCT_ERROR, (d + 8) * (product.productRoundoff ?? DOUBLE_ROUNDOFF));
  const plain = (d + 8) * DOUBLE_ROUNDOFF;
  return 2 * (device + plain) * normX * normC + 4 * DOUBLE_ROUNDOFF * (normC + 2 * normX) * normC;
}

function decide(
  points: PointSet,
  centroids: Centroids,
  row: number,
  products: Float64Array,
  start: number,
  margin: number,
): number {
  const { count, squaredNorms } = centroids;
  let best = 0;
  let bestScore = Infinity;
  let secondScore = Infinity;
  for (let c = 0; c < count; c++) {
    const score = squaredNorms[c] - 2 * products[start + c];
    if (score < bestScore) {
      secondScore = bestScore;
      bestScore = score;
      best = c;
    } else if (score < secondScore) secondScore = score;
  }
  if (secondScore - bestScore > margin && Number.isFinite(bestScore)) return best;

  // Written so that a NaN or infinity of the device (float32 overflow) keeps every candidate.
  let winner = -1;
  let winnerScore = Infinity;
  for (let c = 0; c < count; c++) {
    if (squaredNorms[c] - 2 * products[start + c] - bestScore > margin && Number.isFinite(bestScore)) continue;
    const score = squaredNorms[c] - 2 * points.dot(row, centroids.data, c * points.columns);
    if (winner < 0 || score < winnerScore) {
      winner = c;
      winnerScore = score;
    }
  }
  return winner;
}
