/** What must hold of effects whatever the data: laws of method.md §5, on random problems. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listDevices, openDevice } from '../../src/main/compute/index.ts';
import type { Device } from '../../src/main/compute/device.ts';
import { fitModel } from '../../src/main/models/fit.ts';
import { ESTIMATORS } from '../../src/shared/quantities.ts';
import { expectSameEffects, relativeDistance, toleranceOn } from './closeness.ts';
import { withTrainRows, withWeights } from './designs.ts';
import { control, effectsOf, everyQuantity } from './engine.ts';
import { problem, randomDesign, randomRows, type Problem } from './problems.ts';

const RUNS = { numRuns: 12 };

let device: Device;
beforeAll(async () => {
  device = await openDevice('onnx-cpu');
});
afterAll(() => device.dispose());

/** Three groups that leave every class behind: none of the first `classes` rows is taken. */
function problemWithGroups(p: Problem) {
  const rows = Math.max(p.rows, p.classes + 9);
  const design = randomDesign({ ...p, rows });
  const free = rows - p.classes;
  const groups = [1, 3, Math.floor(free / 2)].map((count, s) =>
    randomRows(p.seed + s, free, count).map((i) => i + p.classes),
  );
  return { design, groups, evaluations: everyQuantity(design), lambda: 0.02 * rows, intercept: p.intercept };
}

describe('removing nothing', () => {
  it('has no effect at all, alone or beside other groups, by any estimator', async () => {
    await fc.assert(
      fc.asyncProperty(problem, async (p) => {
        const { design, groups, ...asked } = problemWithGroups(p);
        for (const list of [[new Int32Array()], [groups[0], new Int32Array(), groups[2]]]) {
          const { effects, retraining } = await effectsOf(design, { ...asked, groups: list }, device);
          const at = list.length === 1 ? 0 : 1;
          for (const estimator of ESTIMATORS)
            for (const value of effects[estimator][at]) expect(value === 0).toBe(true);
          expect(retraining[at]).toMatchObject({
            gradientNorm: 0,
            relativeGradientNorm: 0,
            converged: true,
            effectBound: 0,
          });
        }
      }),
      RUNS,
    );
  });

  it('includes removing a row of weight 0', async () => {
    const { design, ...asked } = problemWithGroups({ rows: 30, features: 3, classes: 2, seed: 1, intercept: true });
    const weights = Float64Array.from(design.train.y, (_, i) => (i === 7 ? 0 : 1));
    const groups = [[7], [7, 9], [9]];
    const { effects } = await effectsOf(withWeights(design, weights), { ...asked, groups }, device);
    for (const estimator of ESTIMATORS) {
      for (const value of effects[estimator][0]) expect(value === 0).toBe(true);
      expect(relativeDistance(effects[estimator][1], effects[estimator][2])).toBeLessThan(1e-12);
    }
  });
});

describe('an effect does not depend', () => {
  it('on the order of the training rows', async () => {
    await fc.assert(
      fc.asyncProperty(problem, async (p) => {
        const { design, ...asked } = problemWithGroups(p);
        const n = design.train.y.length;
        const order = [...randomRows(p.seed + 9, n, n)].toReversed();
        const place = new Map(order.map((from, to) => [from, to]));
        const moved = asked.groups.map((rows) => Int32Array.from(rows, (i) => place.get(i)!).sort());
        const { effects } = await effectsOf(design, asked, device);
        const shuffled = await effectsOf(withTrainRows(design, order), { ...asked, groups: moved }, device);
        expectSameEffects(shuffled.effects, effects);
      }),
      RUNS,
    );
  });

  it('on the company of the group in its batch', async () => {
    await fc.assert(
      fc.asyncProperty(problem, async (p) => {
        const { design, ...asked } = problemWithGroups(p);
        const { effects } = await effectsOf(design, asked, device);
        const alone = await effectsOf(design, { ...asked, batch: 1 }, device);
        expectSameEffects(alone.effects, effects);
        const reversed = await effectsOf(design, { ...asked, groups: asked.groups.toReversed(), batch: 2 }, device);
        for (const estimator of ESTIMATORS) reversed.effects[estimator].reverse();
        expectSameEffects(reversed.effects, effects);
      }),
      RUNS,
    );
  });

  it('on the device', async () => {
    const names = (await listDevices()).filter((report) => report.available).map((report) => report.name);
    expect(names.length).toBeGreaterThan(1);
    await fc.assert(
      fc.asyncProperty(problem, async (p) => {
        const { design, ...asked } = problemWithGroups(p);
        const { effects } = await effectsOf(design, asked, device);
        for (const name of names) {
          const other = await openDevice(name);
          expectSameEffects((await effectsOf(design, asked, other)).effects, effects, toleranceOn(other));
          await other.dispose();
        }
      }),
      { numRuns: 6 },
    );
  });
});

describe('weights', () => {
  it('of 2 are the row twice: in the fit, in the group and beside it', async () => {
    await fc.assert(
      fc.asyncProperty(problem, async (p) => {
        const { design, ...asked } = problemWithGroups(p);
        const n = design.train.y.length;
        const twice = (i: number) => i % 3 === 0;
        const weighted = withWeights(
          design,
          Float64Array.from({ length: n }, (_, i) => (twice(i) ? 2 : 1)),
        );
        const rows = [...design.train.y.keys()].flatMap((i) => (twice(i) ? [i, i] : [i]));
        const copies = asked.groups.map((group) => {
          const inside = new Set(group);
          return rows.flatMap((i, at) => (inside.has(i) ? [at] : []));
        });
        const { effects } = await effectsOf(weighted, asked, device);
        const repeated = await effectsOf(withTrainRows(design, rows), { ...asked, groups: copies }, device);
        // Rescaled influence looks at each row alone: of two copies each has half the leverage of the one of weight 2.
        const { rescaledInfluence: _, ...expected } = effects;
        expectSameEffects(repeated.effects, expected);
      }),
      RUNS,
    );
  });
});

describe('disjoint groups', () => {
  const setting = problemWithGroups({ rows: 60, features: 4, classes: 2, seed: 12, intercept: true });
  const [a, b] = [
    [5, 8, 11, 14, 17],
    [6, 9, 12, 15, 18, 21, 24, 27, 30],
  ];

  it('add up by influence, but for the self-loss', async () => {
    const { effects } = await effectsOf(
      setting.design,
      { ...setting, groups: [a, b, [...a, ...b].sort((x, y) => x - y)] },
      device,
    );
    setting.evaluations.forEach(({ quantity }, e) => {
      const [one, two, both] = effects.influence.map((row) => row[e]);
      const gap = Math.abs(one + two - both) / Math.max(Math.abs(one), Math.abs(two));
      if (quantity === 'selfLoss') expect(gap).toBeGreaterThan(1e-3);
      else expect(gap).toBeLessThan(1e-12);
    });
  });

  it('do not add up by Newton, nor in truth', async () => {
    const { effects } = await effectsOf(
      setting.design,
      { ...setting, groups: [a, b, [...a, ...b].sort((x, y) => x - y)] },
      device,
    );
    for (const estimator of ['newton', 'actual', 'newtonLinear'] as const) {
      const [one, two, both] = effects[estimator].map((row) => row[0]);
      expect(Math.abs(one + two - both) / Math.abs(both)).toBeGreaterThan(1e-3);
    }
  });
});

describe('the actual effect', () => {
  it('is what fitting the remaining rows from nothing gives', async () => {
    await fc.assert(
      fc.asyncProperty(problem, async (p) => {
        const { design, groups, lambda, intercept, evaluations } = problemWithGroups(p);
        const { effects } = await effectsOf(design, { groups, lambda, intercept, evaluations }, device);
        const fit = async (rows: readonly number[]) => {
          const options = { l2: { absolute: lambda }, intercept };
          const model = await fitModel(withTrainRows(design, rows), options, device, control);
          const { testLoss } = model.fitted;
          model.dispose();
          return testLoss;
        };
        const rows = [...design.train.y.keys()];
        const before = await fit(rows);
        for (const [g, group] of groups.entries()) {
          const after = await fit(rows.filter((i) => !group.includes(i)));
          evaluations.forEach(({ quantity, target }, e) => {
            if (quantity !== 'loss') return;
            expect(Math.abs(effects.actual[g][e] - (after[Number(target)] - before[Number(target)]))).toBeLessThan(
              1e-11,
            );
          });
        }
      }),
      RUNS,
    );
  });

  it('on the group’s own loss is never negative, and neither is influence on it', async () => {
    await fc.assert(
      fc.asyncProperty(problem, async (p) => {
        const { design, ...asked } = problemWithGroups(p);
        const { effects } = await effectsOf(design, asked, device);
        const e = asked.evaluations.findIndex(({ quantity }) => quantity === 'selfLoss');
        for (const g of asked.groups.keys()) {
          expect(effects.actual[g][e]).toBeGreaterThan(0);
          expect(effects.influence[g][e]).toBeGreaterThan(0);
          expect(effects.newtonLinear[g][e]).toBeGreaterThanOrEqual(effects.influence[g][e] * (1 - 1e-12));
        }
      }),
      RUNS,
    );
  });
});
