import { describe, expect, it } from 'vitest';
import type { GroupContext } from '../../src/main/groups/group-context.ts';
import { kMeans, MAX_LLOYD_ITERATIONS, seedRows } from '../../src/main/groups/k-means.ts';
import { pointSet } from '../../src/main/groups/point-set.ts';
import type { PointSet } from '../../src/main/groups/point-set.ts';
import { openStream } from '../../src/main/groups/random-stream.ts';
import { dense, normals, plainProduct } from './example-context.ts';
import { blobs, never, noisyProduct, tieRich } from './example-points.ts';

/** What a float32 device answers. */
const singleProduct: GroupContext['multiplyTransposed'] = async (A, B, m, k, n) => {
  const C = new Float64Array(m * n);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let l = 0; l < k; l++) {
        sum = Math.fround(sum + Math.fround(Math.fround(A[i * k + l]) * Math.fround(B[j * k + l])));
      }
      C[i * n + j] = sum;
    }
  }
  return C;
};

/** Lloyd without a device and without bounds: every score by the plain loop, every time. */
function naiveLloyd(points: PointSet, seeds: readonly number[]): Int32Array {
  const { rows, columns } = points;
  const k = seeds.length;
  const centroids = new Float64Array(k * columns);
  seeds.forEach((row, c) => points.addTo(row, 1, centroids, c * columns));
  const sums = new Float64Array(k * columns);
  const sizes = new Int32Array(k);
  let nearest = new Int32Array(rows).fill(-1);
  for (let iteration = 0; iteration < MAX_LLOYD_ITERATIONS; iteration++) {
    const norms = Array.from({ length: k }, (_, c) =>
      centroids.subarray(c * columns, (c + 1) * columns).reduce((sum, value) => sum + value * value, 0),
    );
    if (iteration === 0) seeds.forEach((row, c) => (norms[c] = points.squaredNorms[row]));
    const next = Int32Array.from({ length: rows }, (_, i) => {
      let best = 0;
      let bestScore = Infinity;
      for (let c = 0; c < k; c++) {
        const score = norms[c] - 2 * points.dot(i, centroids, c * columns);
        if (score < bestScore) [best, bestScore] = [c, score];
      }
      return best;
    });
    if (next.every((c, i) => c === nearest[i])) break;
    for (let i = 0; i < rows; i++) {
      if (next[i] === nearest[i]) continue;
      if (nearest[i] >= 0) {
        points.addTo(i, -1, sums, nearest[i] * columns);
        sizes[nearest[i]]--;
      }
      points.addTo(i, 1, sums, next[i] * columns);
      sizes[next[i]]++;
    }
    nearest = next;
    for (let c = 0; c < k; c++) {
      if (sizes[c] > 0) for (let j = 0; j < columns; j++) centroids[c * columns + j] = sums[c * columns + j] / sizes[c];
    }
  }
  return nearest;
}

describe('k-means', () => {
  const context = { multiplyTransposed: plainProduct, checkCancelled: never };

  it('finds separable blobs', async () => {
    const centres = [
      [0, 0, 0],
      [20, 0, 0],
      [0, 20, 0],
      [0, 0, 20],
    ];
    const points = pointSet(blobs(centres, 50, 1));
    const seeds = await seedRows(points, 4, openStream(0, 'seeds'), never);
    const clusters = await kMeans(points, seeds, context);
    const ofBlob = [0, 1, 2, 3].map((blob) => clusters[blob]);
    expect(new Set(ofBlob).size).toBe(4);
    expect([...clusters]).toEqual(Array.from(clusters, (_, i) => ofBlob[i % 4]));
  });

  it('assigns exactly as plain Lloyd does, though it looks only at the points that can change', async () => {
    let rowsAsked = 0;
    let rowsInAll = 0;
    for (const X of [dense(700, 6, normals(4200, 'cloud')), tieRich(700, 6), blobs([[0], [1], [3]], 200, 0.7)]) {
      const points = pointSet(X);
      for (const k of [4, 13, 32]) {
        const seeds = await seedRows(points, k, openStream(k, 'seeds'), never);
        const counted = {
          checkCancelled: never,
          multiplyTransposed: async (A: Float64Array, B: Float64Array, m: number, d: number, n: number) => {
            rowsAsked += m;
            rowsInAll += X.rows;
            return plainProduct(A, B, m, d, n);
          },
        };
        expect(await kMeans(points, seeds, counted)).toEqual(naiveLloyd(points, seeds));
      }
    }
    expect(rowsAsked).toBeLessThan(0.8 * rowsInAll);
  });

  it('seeds with distinct points only, stopping when there are no more', async () => {
    const points = pointSet(tieRich(500, 4));
    const seeds = await seedRows(points, 128, openStream(1, 'seeds'), never);
    expect(seeds).toHaveLength(16);
    const row = (i: number): string => points.block(Int32Array.of(i), new Float64Array(4)).join();
    expect(new Set(seeds.map(row)).size).toBe(16);
    expect(await seedRows(points, 5, openStream(1, 'seeds'), never)).toEqual(seeds.slice(0, 5));
  });

  it('does not depend on the rounding of the product, where the raw distances do', async () => {
    const points = pointSet(tieRich(600, 8));
    let rawFlips = 0;
    for (let seed = 0; seed < 5; seed++) {
      const seeds = await seedRows(points, 16, openStream(seed, 'seeds'), never);
      const clean = await kMeans(points, seeds, context);
      for (const product of [
        { multiplyTransposed: noisyProduct(seed) },
        { multiplyTransposed: singleProduct, productRoundoff: 2 ** -24 },
      ]) {
        expect(await kMeans(points, seeds, { ...product, checkCancelled: never })).toEqual(clean);
      }
      rawFlips += await rawAssignmentFlips(points, seeds, noisyProduct(seed));
    }
    // The reason for the care: deciding by the noisy distances alone would have moved rows at once.
    expect(rawFlips).toBeGreaterThan(100);
  });

  async function rawAssignmentFlips(
    points: PointSet,
    seeds: readonly number[],
    noisy: GroupContext['multiplyTransposed'],
  ): Promise<number> {
    const { rows, columns } = points;
    const all = points.block(
      Int32Array.from({ length: rows }, (_, i) => i),
      new Float64Array(0),
    );
    const centroids = new Float64Array(seeds.length * columns);
    seeds.forEach((row, c) => points.addTo(row, 1, centroids, c * columns));
    const assignments = await Promise.all(
      [plainProduct, noisy].map(async (product) => {
        const products = await product(all, centroids, rows, columns, seeds.length);
        return Array.from({ length: rows }, (_, i) => {
          const scores = seeds.map((row, c) => points.squaredNorms[row] - 2 * products[i * seeds.length + c]);
          return scores.indexOf(Math.min(...scores));
        });
      }),
    );
    return assignments[0].filter((c, i) => c !== assignments[1][i]).length;
  }

  it('survives a device that overflows', async () => {
    const points = pointSet(
      blobs(
        [
          [0, 0],
          [9, 9],
        ],
        40,
        1,
      ),
    );
    const seeds = await seedRows(points, 4, openStream(2, 'seeds'), never);
    const overflowing: GroupContext['multiplyTransposed'] = async (_A, _B, m, _k, n) =>
      Float64Array.from({ length: m * n }, (_, at) => [Number.NaN, Infinity, -Infinity][at % 3]);
    expect(await kMeans(points, seeds, { multiplyTransposed: overflowing, checkCancelled: never })).toEqual(
      await kMeans(points, seeds, context),
    );
  });

  it('handles more rows than one block holds, contiguous and gathered', async () => {
    // 8 MB blocks: 600 + 4 columns make blocks of 1,736 rows.
    const points = pointSet(blobs([Array(600).fill(0) as number[], Array(600).fill(0.05) as number[]], 2000, 1));
    const seeds = await seedRows(points, 4, openStream(3, 'seeds'), never);
    const calls: number[] = [];
    const counted: GroupContext['multiplyTransposed'] = async (A, B, m, k, n) => {
      calls.push(m);
      expect(A.length).toBe(m * k);
      return plainProduct(A, B, m, k, n);
    };
    const clusters = await kMeans(points, seeds, { multiplyTransposed: counted, checkCancelled: never });
    expect(clusters).toEqual(naiveLloyd(points, seeds));
    expect(calls.slice(0, 3)).toEqual([1736, 1736, 528]);
  });
});
