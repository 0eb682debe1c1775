import { describe, expect, it } from 'vitest';
import { pointSet } from '../../src/main/groups/point-set.ts';
import { cutMerges, wardMerges } from '../../src/main/groups/ward-clusters.ts';
import type { DenseMatrix } from '../../src/shared/matrix.ts';
import { dense, normals } from './example-context.ts';
import { blobs, never, tieRich } from './example-points.ts';

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
