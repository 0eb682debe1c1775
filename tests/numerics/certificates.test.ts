/** What is promised of a retrained group, and of the gradients beneath it, recomputed by other means. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDevice } from '../../src/main/compute/index.ts';
import type { Device } from '../../src/main/compute/device.ts';
import { createRemovalBatch } from '../../src/main/estimators/removal-batch.ts';
import { createEvaluationSet } from '../../src/main/evaluation/evaluation-set.ts';
import { fitModel } from '../../src/main/models/fit.ts';
import type { ModelOnDevice } from '../../src/main/models/model-on-device.ts';
import type { Design } from '../../src/shared/dataset.ts';
import type { Quantity } from '../../src/shared/quantities.ts';
import { denseData } from './designs.ts';
import { control, effectsAround, effectsOf, everyQuantity } from './engine.ts';
import { edgeDesign } from './golden-studies.ts';
import { readGolden, type EdgeCase } from './golden-files.ts';
import { problem, randomDesign, randomRows, uniforms } from './problems.ts';

const RUNS = { numRuns: 12 };

let device: Device;
beforeAll(async () => {
  device = await openDevice('onnx-cpu');
});
afterAll(() => device.dispose());

async function around<T>(
  design: Design,
  lambda: number,
  intercept: boolean,
  use: (model: ModelOnDevice) => Promise<T>,
) {
  const model = await fitModel(design, { l2: { absolute: lambda }, intercept }, device, control);
  try {
    return await use(model);
  } finally {
    model.dispose();
  }
}

/** ‖∇‖ of the objective without `group` at θ, by the definition. */
function gradientNorm(
  design: Design,
  lambda: number,
  intercept: boolean,
  theta: Float64Array,
  group: Int32Array,
): number {
  const { X, y } = design.train;
  const data = denseData(design.train);
  const L = design.classes.length === 2 ? 1 : design.classes.length;
  const p = theta.length / L;
  const gradient = theta.map((v, j) => (intercept && j % p === p - 1 ? 0 : lambda * v));
  const gone = new Set(group);
  for (let i = 0; i < X.rows; i++) {
    if (gone.has(i)) continue;
    const x = [...data.subarray(i * X.columns, (i + 1) * X.columns), ...(intercept ? [1] : [])];
    const z = Array.from({ length: L }, (_, k) => x.reduce((a, v, j) => a + v * theta[k * p + j], 0));
    const full = L === 1 ? [0, ...z] : z;
    const total = full.reduce((a, v) => a + Math.exp(v), 0);
    for (let k = 0; k < L; k++) {
      const label = L === 1 ? 1 : k;
      const residual = Math.exp(full[label]) / total - (y[i] === label ? 1 : 0);
      for (let j = 0; j < p; j++) gradient[k * p + j] += residual * x[j];
    }
  }
  return Math.hypot(...gradient);
}

function groupsOf(rows: number, classes: number, seed: number): Int32Array[] {
  const free = rows - classes;
  return [1, Math.ceil(free / 4), Math.ceil(free / 2)].map((count, s) =>
    randomRows(seed + s, free, count).map((i) => i + classes),
  );
}

/**
 * Expects the error of every effect counted to be within the group's bound.
 * @returns the largest error / bound
 */
async function boundsHold(counted: (quantity: Quantity) => boolean): Promise<number> {
  let closest = 0;
  await fc.assert(
    fc.asyncProperty(problem, fc.constantFrom(1e-3, 1e-5, 1e-7), async (p, tolerance) => {
      const rows = p.rows + 12;
      const design = randomDesign({ ...p, rows });
      const lambda = 0.02 * rows;
      const evaluations = everyQuantity(design);
      // The last group takes all rows but a few: the model moves far, and what the bound looks at moves with it.
      const almostAll = Int32Array.from({ length: rows - p.classes - 3 }, (_, i) => i + p.classes + 3);
      const groups = [...groupsOf(rows, p.classes, p.seed), almostAll];
      const asked = { lambda, intercept: p.intercept, groups, evaluations };
      await around(design, lambda, p.intercept, async (model) => {
        const exact = await effectsAround(model, asked);
        const { effects, retraining } = await effectsAround(model, { ...asked, tolerance });
        groups.forEach((_, g) => {
          evaluations.forEach(({ quantity }, e) => {
            if (!counted(quantity)) return;
            const error = Math.abs(effects.actual[g][e] - exact.effects.actual[g][e]);
            const bound = retraining[g].effectBound;
            expect(error, `${quantity} of group ${g}`).toBeLessThanOrEqual(bound * 1.01 + 1e-11);
            if (bound > 1e-9) closest = Math.max(closest, error / bound);
          });
        });
      });
    }),
    { numRuns: 40 },
  );
  return closest;
}

describe('a certificate', () => {
  it('states the gradient norm that the definition gives at the retrained parameters', async () => {
    await fc.assert(
      fc.asyncProperty(problem, fc.constantFrom(1e-2, 1e-5, 1e-10), async (p, tolerance) => {
        const rows = p.rows + 12;
        const design = randomDesign({ ...p, rows });
        const lambda = 0.02 * rows;
        await around(design, lambda, p.intercept, async (model) => {
          const groups = groupsOf(rows, p.classes, p.seed);
          const members = groups.map((group) => ({ members: group }));
          const batch = await createRemovalBatch(model, members, { tolerance, retrain: true, ...control });
          const minimum = await batch.minimum();
          const evaluations = everyQuantity(design);
          const { retraining } = await effectsAround(model, {
            lambda,
            intercept: p.intercept,
            groups,
            evaluations,
            tolerance,
          });
          const q = model.fitted.coefficients.length;
          groups.forEach((group, g) => {
            const theta = model.fitted.coefficients.map((v, j) => v + minimum.delta[g * q + j]);
            const stated = retraining[g];
            const found = gradientNorm(design, lambda, p.intercept, theta, group);
            expect(Math.abs(found - stated.gradientNorm)).toBeLessThan(1e-12 * rows + 1e-6 * stated.gradientNorm);
            expect(stated.relativeGradientNorm).toBeLessThanOrEqual(tolerance);
            expect(stated.converged).toBe(true);
          });
        });
      }),
      RUNS,
    );
  });

  it('bounds how far the effects on test points are from the exact ones', async () => {
    const closest = await boundsHold((quantity) => quantity !== 'selfLoss');
    // A bound that is never approached would say nothing.
    expect(closest).toBeGreaterThan(0.05);
  });

  it('bounds how far the self-loss is from the exact one', async () => {
    await boundsHold((quantity) => quantity === 'selfLoss');
  });

  it('calls a group converged exactly when its gradient norm is within the tolerance', async () => {
    const design = randomDesign({ rows: 80, features: 4, classes: 2, seed: 4 });
    await around(design, 0.5, true, async (model) => {
      const evaluations = everyQuantity(design);
      const asked = { lambda: 0.5, intercept: true, groups: groupsOf(80, 2, 9), evaluations };
      const seen = new Set<boolean>();
      for (const tolerance of [1e-4, 1e-30]) {
        const { retraining } = await effectsAround(model, { ...asked, tolerance });
        for (const { converged, relativeGradientNorm } of retraining) {
          expect(converged).toBe(relativeGradientNorm <= tolerance);
          // What can not be reached in float64 is still brought to rounding.
          if (tolerance < 1e-20) expect(relativeGradientNorm).toBeLessThan(1e-13);
          seen.add(converged);
        }
      }
      expect(seen).toEqual(new Set([true, false]));
    });
  });
});

describe('the gradient of an evaluation', () => {
  it('is the slope of its change, by a central difference along a random direction', async () => {
    await fc.assert(
      fc.asyncProperty(problem, async (p) => {
        const design = randomDesign(p);
        await around(design, 0.02 * p.rows, p.intercept, async (model) => {
          const evaluations = everyQuantity(design);
          const all = Int32Array.from(design.test.y.keys());
          const set = await createEvaluationSet(model, evaluations, [{ target: 'all', rows: all }]);
          const q = model.fitted.coefficients.length;
          const h = 1e-5;
          const direction = uniforms(p.seed + 3, q);
          const nobody = {
            weights: new Float64Array(p.rows).fill(1),
            members: [new Int32Array(0)],
            side: 'only' as const,
          };
          const removed = { own: nobody, gradient: new Float64Array(q) };
          const plus = await set.changes(
            direction.map((v) => h * v),
            removed,
          );
          const minus = await set.changes(
            direction.map((v) => -h * v),
            removed,
          );
          evaluations.forEach(({ quantity }, e) => {
            if (quantity === 'selfLoss') return;
            const slope = direction.reduce((a, v, j) => a + v * set.gradients[e * q + j], 0);
            expect(Math.abs((plus[e] - minus[e]) / (2 * h) - slope)).toBeLessThan(1e-9);
          });
        });
      }),
      RUNS,
    );
  });
});

describe('a class that loses its last row while the intercept is free', () => {
  const cases = readGolden<{ cases: EdgeCase[] }>('edge-cases').cases.filter((edge) => edge.vanishes.includes(true));
  it('is met by the goldens with two classes and with three', () => {
    expect(new Set(cases.map((edge) => edge.classes.length))).toEqual(new Set([2, 3]));
  });

  it.for(cases)('has the limits of the losses that have one ($title)', async (edge) => {
    const design = edgeDesign(edge);
    const asked = (tolerance: number) => effectsOf(design, { ...edge, tolerance }, device);
    const [near, nearer] = [await asked(1e-8), await asked(1e-12)];
    edge.groups.forEach((_, g) => {
      if (!edge.vanishes[g]) return;
      edge.effects.actual[g].forEach((limit, e) => {
        const [one, two] = [near.effects.actual[g][e], nearer.effects.actual[g][e]];
        if (typeof limit === 'number') {
          expect(Math.abs(one - limit)).toBeLessThan(1e-7);
          expect(Math.abs(two - limit)).toBeLessThan(1e-11);
        } else {
          expect([one, two]).toEqual([Number(limit), Number(limit)]);
        }
      });
    });
  });

  it.for(cases)('leaves influence and Newton as they are ($title)', async (edge) => {
    const { effects } = await effectsOf(edgeDesign(edge), edge, device);
    edge.groups.forEach((_, g) => {
      if (!edge.vanishes[g]) return;
      for (const estimator of ['influence', 'newton', 'newtonLinear', 'influenceOnParameters'] as const) {
        edge.effects[estimator][g].forEach((value, e) => {
          expect(Math.abs(effects[estimator][g][e] - Number(value))).toBeLessThan(
            1e-8 * Math.max(1, Math.abs(Number(value))),
          );
        });
      }
    });
  });
});
