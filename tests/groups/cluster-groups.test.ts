import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clusterGroups } from '../../src/main/groups/cluster-groups.ts';
import { featurePoints, gradientPoints } from '../../src/main/groups/cluster-points.ts';
import { featureClusterGroups } from '../../src/main/groups/feature-clusters.ts';
import { gradientClusterGroups } from '../../src/main/groups/gradient-clusters.ts';
import { pointSet } from '../../src/main/groups/point-set.ts';
import type { PointSet } from '../../src/main/groups/point-set.ts';
import { openStream } from '../../src/main/groups/random-stream.ts';
import { dense, exampleContext, gradientMatrix, normals, toSparse } from './example-context.ts';
import { blobs, noisyProduct, tieRich } from './example-points.ts';

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
