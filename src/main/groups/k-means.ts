/**
 * k-means (Lloyd 1982) with k-means++ seeding (Arthur & Vassilvitskii 2007), for several k at once.
 * Every decision is taken by plain ordered arithmetic (see nearest-centroid.ts), so that the clusters do not
 * depend on the device.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { GroupContext } from './group-context.ts';
import { assignNearest, unassigned } from './nearest-centroid.ts';
import type { Centroids, Product } from './nearest-centroid.ts';
import type { PointSet } from './point-set.ts';
import type { RandomStream } from './random-stream.ts';

/** Lloyd iterations at most; a clustering that still moves then is used as it is. */
export const MAX_LLOYD_ITERATIONS = 100;

/**
 * Rows that seed the clusters: the first uniformly, each next with probability proportional to its squared
 * distance from those before. The first k of the sequence are the k-means++ seeds of k clusters.
 * Shorter than `count` when the points have fewer distinct values.
 */
export async function seedRows(
  points: PointSet,
  count: number,
  stream: RandomStream,
  checkCancelled: () => void,
): Promise<number[]> {
  const { rows, columns, squaredNorms } = points;
  const seeds: number[] = [];
  const distance = new Float64Array(rows).fill(Infinity);
  const seed = new Float64Array(columns);
  let next = stream.below(rows);
  while (seeds.length < count) {
    seeds.push(next);
    seed.fill(0);
    points.addTo(next, 1, seed, 0);
    const seedNorm = squaredNorms[next];
    let total = 0;
    for (let i = 0; i < rows; i++) {
      // Rows that equal the seed bit for bit get exactly 0: the three terms are one number.
      const squared = squaredNorms[i] - 2 * points.dot(i, seed, 0) + seedNorm;
      if (squared < distance[i]) distance[i] = Math.max(0, squared);
      total += distance[i];
    }
    distance[next] = 0;
    if (!(total > 0)) break;
    next = pick(distance, stream.unit() * total);
    checkCancelled();
    await nextTurn();
  }
  return seeds;
}

/** The first row at which the running sum of `weights` exceeds `threshold`; the last of positive weight if none does. */
function pick(weights: Float64Array, threshold: number): number {
  let sum = 0;
  let last = 0;
  for (let i = 0; i < weights.length; i++) {
    if (weights[i] === 0) continue;
    sum += weights[i];
    last = i;
    if (sum > threshold) return i;
  }
  return last;
}

/**
 * Lloyd's iterations from the points at `seeds` until no assignment changes, or `MAX_LLOYD_ITERATIONS`.
 * A cluster that loses all its points keeps its centroid.
 * @returns the cluster of each point, 0…seeds.length − 1
 */
export async function kMeans(
  points: PointSet,
  seeds: readonly number[],
  context: Product & Pick<GroupContext, 'checkCancelled'>,
): Promise<Int32Array> {
  const k = seeds.length;
  const { columns } = points;
  const centroids: Centroids = {
    count: k,
    data: new Float64Array(k * columns),
    squaredNorms: Float64Array.from(seeds, (row) => points.squaredNorms[row]),
  };
  seeds.forEach((row, c) => points.addTo(row, 1, centroids.data, c * columns));
  const clusters: ClusterSums = { sums: new Float64Array(k * columns), sizes: new Int32Array(k) };
  const assignment = unassigned(points, k);
  const shifts = new Float64Array(k);
  for (let iteration = 0; iteration < MAX_LLOYD_ITERATIONS; iteration++) {
    const before = assignment.nearest.slice();
    if ((await assignNearest(points, centroids, shifts, context, assignment)) === 0) break;
    context.checkCancelled();
    moveRows(points, before, assignment.nearest, clusters);
    updateCentroids(clusters, centroids, shifts);
  }
  return assignment.nearest;
}

interface ClusterSums {
  /** k × d: the sum of each cluster's points. */
  sums: Float64Array;
  sizes: Int32Array;
}

/** Takes each row that changed, in order, out of its old cluster's sum and into its new one's: late iterations move few. */
function moveRows(points: PointSet, before: Int32Array, after: Int32Array, { sums, sizes }: ClusterSums): void {
  const { rows, columns } = points;
  for (let i = 0; i < rows; i++) {
    const from = before[i];
    const to = after[i];
    if (from === to) continue;
    if (from >= 0) {
      points.addTo(i, -1, sums, from * columns);
      sizes[from]--;
    }
    points.addTo(i, 1, sums, to * columns);
    sizes[to]++;
  }
}

/** Centroids = means; `shifts` becomes the distance that each has moved. */
function updateCentroids(
  { sums, sizes }: ClusterSums,
  { count, data, squaredNorms }: Centroids,
  shifts: Float64Array,
): void {
  const columns = data.length / count;
  for (let c = 0; c < count; c++) {
    shifts[c] = 0;
    if (sizes[c] === 0) continue;
    let squared = 0;
    let moved = 0;
    for (let j = c * columns; j < (c + 1) * columns; j++) {
      const value = sums[j] / sizes[c];
      moved += (value - data[j]) ** 2;
      data[j] = value;
      squared += value * value;
    }
    squaredNorms[c] = squared;
    shifts[c] = Math.sqrt(moved);
  }
}
