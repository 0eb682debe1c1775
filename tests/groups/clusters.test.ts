import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clusterGroups } from '../../src/main/groups/cluster-groups.ts';
import { featurePoints, gradientPoints } from '../../src/main/groups/cluster-points.ts';
import { featureClusterGroups } from '../../src/main/groups/feature-clusters.ts';
import { gradientClusterGroups } from '../../src/main/groups/gradient-clusters.ts';
import type { GroupContext } from '../../src/main/groups/group-context.ts';
import { kMeans, MAX_LLOYD_ITERATIONS, seedRows } from '../../src/main/groups/k-means.ts';
import { pointSet } from '../../src/main/groups/point-set.ts';
import type { PointSet } from '../../src/main/groups/point-set.ts';
import { openStream } from '../../src/main/groups/random-stream.ts';
import { cutMerges, wardMerges } from '../../src/main/groups/ward-clusters.ts';
import type { DenseMatrix } from '../../src/shared/matrix.ts';
import { dense, exampleContext, gradientMatrix, normals, plainProduct, toSparse } from './example-context.ts';

const never = (): void => undefined;

/** `count` points around each of `centres`, in turn. */
function blobs(centres: readonly (readonly number[])[], count: number, spread: number): DenseMatrix {
  const d = centres[0].length;
  const n = centres.length * count;
  const noise = normals(n * d, 'blobs', n, d);
  const data = noise.map((value, at) => centres[Math.floor(at / d) % centres.length][at % d] + spread * value);
  return dense(n, d, data);
}

/** Binary features: many duplicates, many exact ties between centroids. */
function tieRich(n: number, d: number): DenseMatrix {
  return dense(
    n,
    d,
    normals(n * d, 'ties', n, d).map((value) => (value > 0.3 ? 1 : 0)),
  );
}

/** The product with every entry off by up to 1e-12 of itself. */
function noisyProduct(seed: number): GroupContext['multiplyTransposed'] {
  const stream = openStream(seed, 'noise');
  return async (A, B, m, k, n) =>
    (await plainProduct(A, B, m, k, n)).map((value) => value * (1 + 1e-12 * (2 * stream.unit() - 1)));
}

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

/** Ward by its definition: of all pairs of clusters, always merge the one that adds least to the sum of squares. */
function naiveWard({ rows, columns, data }: DenseMatrix): { height: number; clusters: number[][] }[] {
  let clusters = Array.from({ length: rows }, (_, i) => [i]);
  const mean = (members: number[]): number[] =>
    Array.from(
      { length: columns },
      (_, j) => members.reduce((sum, i) => sum + data[i * columns + j], 0) / members.length,
    );
  const steps: { height: number; clusters: number[][] }[] = [];
  while (clusters.length > 1) {
    let best = { height: Infinity, a: 0, b: 0 };
    for (let a = 0; a < clusters.length; a++) {
      for (let b = a + 1; b < clusters.length; b++) {
        const [meanA, meanB] = [mean(clusters[a]), mean(clusters[b])];
        const squared = meanA.reduce((sum, value, j) => sum + (value - meanB[j]) ** 2, 0);
        const [sizeA, sizeB] = [clusters[a].length, clusters[b].length];
        const height = Math.sqrt(((2 * sizeA * sizeB) / (sizeA + sizeB)) * squared);
        if (height < best.height) best = { height, a, b };
      }
    }
    const united = [...clusters[best.a], ...clusters[best.b]].sort((x, y) => x - y);
    clusters = [...clusters.filter((_, c) => c !== best.a && c !== best.b), united].sort((x, y) => x[0] - y[0]);
    steps.push({ height: best.height, clusters });
  }
  return steps;
}

describe('hierarchical clustering', () => {
  it('agrees with Ward by its definition at every cut', async () => {
    for (const X of [
      dense(40, 3, normals(120, 'ward')),
      blobs(
        [
          [0, 0],
          [5, 1],
          [1, 6],
        ],
        12,
        0.8,
      ),
    ]) {
      const merges = await wardMerges(pointSet(X), never);
      const steps = naiveWard(X);
      merges.forEach(({ height }, step) => expect(height).toBeCloseTo(steps[step].height, 10));
      for (let k = X.rows - 1; k >= 1; k--) {
        const expected = new Int32Array(X.rows);
        steps[X.rows - 1 - k].clusters.forEach((members, c) => members.forEach((i) => (expected[i] = c)));
        expect(cutMerges(merges, X.rows, k), `k = ${k}`).toEqual(expected);
      }
    }
  });

  it('agrees with SciPy’s linkage on a small example', async () => {
    const expected = [1, 1.5, 5.667892024377317, 8.45133125608031, 15.0648597736587];
    // scipy.cluster.hierarchy.linkage([[0,0],[0,1],[4,0],[4,1.5],[10,10],[0,7]], 'ward')[:, 2]
    const X = dense(6, 2, Float64Array.of(0, 0, 0, 1, 4, 0, 4, 1.5, 10, 10, 0, 7));
    const heights = (await wardMerges(pointSet(X), never)).map(({ height }) => height);
    expected.forEach((height, i) => expect(heights[i]).toBeCloseTo(height, 12));
  });

  it('always ends, with k clusters at k, on points full of ties and duplicates', async () => {
    for (const n of [1, 2, 3, 50, 300]) {
      const merges = await wardMerges(pointSet(tieRich(n, 4)), never);
      expect(merges).toHaveLength(n - 1);
      for (const k of [1, 2, 4, 7].filter((k) => k <= n)) {
        expect(new Set(cutMerges(merges, n, k)).size).toBe(k);
      }
    }
  });

  it('joins duplicates first, at height 0', async () => {
    const merges = await wardMerges(pointSet(tieRich(200, 5)), never);
    expect(merges.filter(({ height }) => height === 0).length).toBeGreaterThanOrEqual(200 - 32);
  });
});

describe('points', () => {
  it.each([0.2, 0.6])('of a sparse matrix cluster exactly as of its dense copy, %d of it non-zero', async (share) => {
    const uniform = openStream(4, 'share', share);
    const X = dense(
      240,
      9,
      normals(240 * 9, 'sparse').map((value) => (uniform.unit() < share ? value : 0)),
    );
    const [fromDense, fromSparse] = await Promise.all(
      [X, toSparse(X)].map((matrix) => {
        const context = exampleContext({ n: 240, d: 9, X: matrix });
        return Promise.all([featureClusterGroups(context), gradientClusterGroups(context)]);
      }),
    );
    expect(fromSparse).toEqual(fromDense);
    const points = [pointSet(X), pointSet(toSparse(X))];
    expect(points[1].squaredNorms).toEqual(points[0].squaredNorms);
  });

  it('of gradients are the same from factors and from the matrix', async () => {
    for (const classes of [2, 3]) {
      const context = exampleContext({ n: 30, d: 4, classes });
      // A grid of its own for the factors, as a device's residuals get one.
      const factors = await context.gradientFactors?.();
      if (factors === undefined) throw new Error('the example has factors');
      const expected = gradientMatrix(context.design.train.X, factors);
      for (const points of [
        await gradientPoints(context),
        await gradientPoints({ ...context, gradientFactors: undefined }),
      ]) {
        expect(points.columns).toBe(expected.columns);
        const all = points.block(
          Int32Array.from({ length: 30 }, (_, i) => i),
          new Float64Array(0),
        );
        all.forEach((value, at) => expect(value).toBeCloseTo(expected.data[at], 8));
      }
    }
  });

  it('that are wide are projected, with a remark, and keep their distances', async () => {
    const context = exampleContext({ n: 60, d: 300, classes: 5 });
    const factors = await context.gradientFactors?.();
    if (factors === undefined) throw new Error('the example has factors');
    const exact = pointSet(gradientMatrix(context.design.train.X, factors));
    const points = await gradientPoints(context);
    expect(points.columns).toBe(256);
    expect(context.notes[0]).toContain('1505 dimensions were projected');
    const ratios: number[] = [];
    for (let i = 0; i < 60; i++) {
      for (let j = 0; j < i; j++) ratios.push(distance(points, i, j) / distance(exact, i, j));
    }
    const mean = ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
    expect(mean).toBeGreaterThan(0.97);
    expect(mean).toBeLessThan(1.03);
    expect(Math.min(...ratios)).toBeGreaterThan(0.75);
    expect(Math.max(...ratios)).toBeLessThan(1.25);
    const features = await featurePoints(exampleContext({ n: 8, d: 5000 }));
    expect(features.columns).toBe(256);
  });

  function distance(points: PointSet, i: number, j: number): number {
    const row = new Float64Array(points.columns);
    points.addTo(i, 1, row, 0);
    points.addTo(j, -1, row, 0);
    return Math.sqrt(row.reduce((sum, value) => sum + value * value, 0));
  }

  it('have inner products of the naive sum', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 13 }), fc.integer({ min: 1, max: 5 }), (d, n) => {
        const X = dense(
          n,
          d,
          normals(n * d, 'dot', n, d).map((value) => Math.round(value * 3)),
        );
        for (const points of [pointSet(X), pointSet(toSparse(X))]) {
          for (let i = 0; i < n; i++) {
            const naive = X.data.subarray(i * d, (i + 1) * d).reduce((sum, value, j) => sum + value * (j + 1), 0);
            const v = Float64Array.from({ length: d + 1 }, (_, j) => j);
            expect(points.dot(i, v, 1)).toBe(naive);
          }
        }
      }),
    );
  });
});

describe('cluster groups', () => {
  it('lie inside one cluster, whose method, k and index they name', async () => {
    const context = exampleContext({
      n: 320,
      d: 3,
      X: blobs(
        [
          [0, 0, 0],
          [30, 0, 0],
          [0, 30, 0],
          [0, 0, 30],
        ],
        80,
        1,
      ),
    });
    const groups = await featureClusterGroups(context);
    expect(groups).toHaveLength(100);
    const methods = new Set(groups.map(({ parameters }) => parameters['method']));
    expect(methods).toEqual(new Set(['k-means', 'hierarchical']));
    for (const { members, parameters, label } of groups) {
      expect(new Set(Array.from(members, (row) => row % 4)).size, label).toBe(1);
      expect(Number(parameters['poolSize'])).toBeGreaterThanOrEqual(members.length);
    }
  });

  it('are the same whatever the device rounds, for features and gradients full of ties', async () => {
    const X = tieRich(400, 6);
    const coarse = {
      ...exampleContext({ n: 400, d: 6, X }),
      gradientFactors: async () => ({
        residuals: normals(400, 'coarse').map((value) => Math.sign(value) / 3),
        logits: 1,
        intercept: true,
      }),
    };
    const noise = normals(400, 'device noise');
    const elsewhere = {
      ...coarse,
      multiplyTransposed: noisyProduct(9),
      gradientFactors: async () => {
        const { residuals } = await coarse.gradientFactors();
        return { residuals: residuals.map((r, i) => r * (1 + 1e-13 * noise[i])), logits: 1, intercept: true };
      },
    };
    expect(await featureClusterGroups(elsewhere)).toEqual(await featureClusterGroups(coarse));
    expect(await gradientClusterGroups(elsewhere)).toEqual(await gradientClusterGroups(coarse));
  });

  it('skip sizes above every cluster, and clusterings with more clusters than half the rows', async () => {
    const context = { ...exampleContext({ n: 20, d: 1 }), sizes: [2, 19] };
    const groups = await clusterGroups(context, 'featureClusters', await featurePoints(context));
    expect(groups).toHaveLength(1);
    expect([4, 8]).toContain(groups[0].parameters['k']);
    expect(context.notes).toEqual(['Feature clusters: 1 of 2 sizes skipped (19 rows): no cluster has that many rows.']);
    const tiny = exampleContext({ n: 5, d: 1 });
    expect(await featureClusterGroups(tiny)).toEqual([]);
    expect(tiny.notes).toHaveLength(1);
  });

  it('stop when the run is cancelled', async () => {
    const context = exampleContext({ n: 300, d: 2 });
    const cancelled = {
      ...context,
      checkCancelled: () => {
        throw new Error('stopped');
      },
    };
    await expect(featureClusterGroups(cancelled)).rejects.toThrow('stopped');
  });
});
