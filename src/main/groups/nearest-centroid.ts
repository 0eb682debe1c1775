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
/** Bytes of a block of rows and of its scores: small enough to stay near the processor. */
const BLOCK_BYTES = 8 * 2 ** 20;

export interface Centroids {
  count: number;
  /** count × d, row-major. */
  data: Float64Array;
  /** ‖c‖² each. */
  squaredNorms: Float64Array;
}

/**
 * The assignment so far and, per point, an upper bound on the distance to its centroid and a lower bound on
 * the distance to every other one (Hamerly 2010): while they are apart, the point need not be looked at.
 */
export interface Assignment {
  /** Index of the nearest centroid; −1 before the first round. */
  nearest: Int32Array;
  upper: Float64Array;
  lower: Float64Array;
  /** Where blocks of rows are gathered. */
  scratch: Float64Array;
}

export function unassigned({ rows, columns }: PointSet, k: number): Assignment {
  return {
    nearest: new Int32Array(rows).fill(-1),
    upper: new Float64Array(rows).fill(Infinity),
    lower: new Float64Array(rows),
    scratch: new Float64Array(Math.min(rows, blockRows(columns, k)) * columns),
  };
}

function blockRows(columns: number, k: number): number {
  return Math.max(1, Math.floor(BLOCK_BYTES / (8 * (columns + k))));
}

/** Relative room for the rounding of the bounds themselves. */
const BOUND_SLACK = 1e-10;

/**
 * Brings `assignment` up to date after the centroids moved by the distances `shifts`.
 * @returns how many points changed their centroid
 */
export async function assignNearest(
  points: PointSet,
  centroids: Centroids,
  shifts: Float64Array,
  product: Product,
  assignment: Assignment,
): Promise<number> {
  const { columns, squaredNorms } = points;
  const k = centroids.count;
  const largestNorm = Math.sqrt(centroids.squaredNorms.reduce((largest, norm) => Math.max(largest, norm), 0));
  const marginOf = (row: number): number => 2 * scoreError(columns, Math.sqrt(squaredNorms[row]), largestNorm, product);
  const undecided = moveBounds(assignment, shifts, marginOf);
  const step = blockRows(columns, k);
  let changed = 0;
  for (let start = 0; start < undecided.length;) {
    const rows = nextBlock(points, undecided, start, step);
    const block = points.block(rows, assignment.scratch);
    const products = await product.multiplyTransposed(block, centroids.data, rows.length, columns, k);
    for (let b = 0; b < rows.length; b++) {
      if (rows[b] !== undecided[start]) continue;
      if (decide(points, centroids, rows[b], products, b * k, marginOf(rows[b]), assignment)) changed++;
      start++;
    }
  }
  return changed;
}

/**
 * The rows of the next product: the undecided ones from `start` on or, where they lie at least half as dense as
 * that in memory, all rows between them: reading a few too many is cheaper than gathering.
 */
function nextBlock(points: PointSet, undecided: Int32Array, start: number, step: number): Int32Array {
  const first = undecided[start];
  const half = undecided[start + (step >>> 1)];
  if (points.viewable && half !== undefined && half - first < step) {
    const rows = new Int32Array(Math.min(step, points.rows - first));
    for (let b = 0; b < rows.length; b++) rows[b] = first + b;
    return rows;
  }
  return undecided.subarray(start, start + step);
}

/** Widens the bounds by the shifts; returns the rows, ascending, that they no longer decide. */
function moveBounds(
  { nearest, upper, lower }: Assignment,
  shifts: Float64Array,
  marginOf: (row: number) => number,
): Int32Array {
  const largestShift = shifts.reduce((largest, shift) => Math.max(largest, shift), 0) * (1 + BOUND_SLACK);
  const undecided = new Int32Array(nearest.length);
  let count = 0;
  for (let i = 0; i < nearest.length; i++) {
    if (nearest[i] >= 0) {
      const near = upper[i] + shifts[nearest[i]] * (1 + BOUND_SLACK);
      const far = lower[i] - largestShift;
      upper[i] = near;
      lower[i] = far;
      const gap = far * far - near * near;
      if (far > 0 && gap > marginOf(i) + BOUND_SLACK * (far * far + near * near)) continue;
    }
    undecided[count++] = i;
  }
  return undecided.subarray(0, count);
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

/** Sets the nearest centroid of `row` and its bounds from its k inner products at `start`; true when it changed. */
function decide(
  points: PointSet,
  centroids: Centroids,
  row: number,
  products: Float64Array,
  start: number,
  margin: number,
  assignment: Assignment,
): boolean {
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
  const clear = Number.isFinite(bestScore) && secondScore - bestScore > margin;
  const winner = clear ? best : decidePlainly(points, centroids, row, products, start, bestScore + margin);
  const norm = points.squaredNorms[row];
  // A contested row is looked at again in every round.
  assignment.upper[row] = clear ? Math.sqrt(Math.max(0, norm + bestScore + margin)) : Infinity;
  assignment.lower[row] = clear ? Math.sqrt(Math.max(0, norm + secondScore - margin)) : 0;
  const changed = assignment.nearest[row] !== winner;
  assignment.nearest[row] = winner;
  return changed;
}

/** The smallest plain score among the centroids whose device score is not above `limit`; ties to the lower index. */
function decidePlainly(
  points: PointSet,
  { count, data, squaredNorms }: Centroids,
  row: number,
  products: Float64Array,
  start: number,
  limit: number,
): number {
  let winner = -1;
  let winnerScore = Infinity;
  for (let c = 0; c < count; c++) {
    // A NaN or infinity of the device (an overflow in float32) rules nothing out.
    if (Number.isFinite(limit) && squaredNorms[c] - 2 * products[start + c] > limit) continue;
    const score = squaredNorms[c] - 2 * points.dot(row, data, c * points.columns);
    if (winner < 0 || score < winnerScore) {
      winner = c;
      winnerScore = score;
    }
  }
  return winner;
}
