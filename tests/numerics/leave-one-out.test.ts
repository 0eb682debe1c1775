/** Single rows removed: against their closed form (Sherman and Morrison), and few rows against the way of many. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDevice } from '../../src/main/compute/index.ts';
import type { Device } from '../../src/main/compute/device.ts';
import { openFewRows } from '../../src/main/estimators/few-rows.ts';
import { solveFullHessian } from '../../src/main/estimators/influence-directions.ts';
import { createRemovalBatch } from '../../src/main/estimators/removal-batch.ts';
import { rowWithIntercept } from '../../src/main/evaluation/evaluation-set.ts';
import { fitModel } from '../../src/main/models/fit.ts';
import { openPair, type ModelOnDevice } from '../../src/main/models/model-on-device.ts';
import { minimise } from '../../src/main/models/minimise.ts';
import type { Design } from '../../src/shared/dataset.ts';
import { relativeDistance } from './closeness.ts';
import { withWeights } from './designs.ts';
import { control } from './engine.ts';
import { problem, randomDesign, randomRows, uniforms } from './problems.ts';

const RUNS = { numRuns: 15 };
const RETRAINING = { tolerance: 1e-11, retrain: true, ...control };

async function fitted(design: Design, intercept: boolean, device: Device): Promise<ModelOnDevice> {
  const lambda = 0.02 * design.train.y.length;
  return fitModel(design, { l2: { absolute: lambda }, intercept }, device, control);
}

function without(model: ModelOnDevice, row: number) {
  return { weights: model.weights, members: [Int32Array.of(row)], side: 'without' as const };
}

/** What minimum() computes, by products over all rows. */
function byAllRows(model: ModelOnDevice, groups: readonly Int32Array[], pull: Float64Array) {
  const pair = openPair(model, { weights: model.weights, members: groups, side: 'without' });
  return minimise(model.objective, pair, pull, model.preconditioner, {
    tolerance: 1e-11,
    firstStepTolerance: 1e-10,
    maximumRounds: 80,
    maximumIterations: 1000,
    ...control,
  });
}

describe.each(['onnx-cpu', 'onnx-cpu-float32', 'reference'])('removing single rows on %s', (name) => {
  let device: Device;
  beforeAll(async () => {
    device = await openDevice(name);
  });
  afterAll(() => device.dispose());

  it('has the Newton step of Sherman and Morrison, influence over 1 − leverage', async () => {
    await fc.assert(
      fc.asyncProperty(problem, fc.boolean(), async (p, weighted) => {
        const plain = randomDesign({ ...p, classes: 2, rows: p.rows + 4 });
        const n = plain.train.y.length;
        const design = weighted
          ? withWeights(
              plain,
              uniforms(p.seed, n).map((v) => 1.5 + v),
            )
          : plain;
        const model = await fitted(design, p.intercept, device);
        const groups = [2, 3, n - 1].map((row) => ({ members: Int32Array.of(row) }));
        const batch = await createRemovalBatch(model, groups, RETRAINING);
        const { firstStep } = await batch.minimum();
        const q = model.objective.placed.columns;
        for (const [g, { members }] of groups.entries()) {
          const [row] = members;
          const x = rowWithIntercept(model.matrices.train, row, q);
          const u = await solveFullHessian(model, x, control.checkCancelled);
          const probability = 1 / (1 + Math.exp(-model.fitted.trainLogits[row]));
          const weight = model.weights[row];
          const leverage = weight * probability * (1 - probability) * x.reduce((sum, v, j) => sum + v * u[j], 0);
          const residual = weight * (probability - design.train.y[row]);
          const expected = u.map((value) => (residual * value) / (1 - leverage));
          expect(relativeDistance(firstStep.subarray(g * q, (g + 1) * q), expected)).toBeLessThan(1e-9);
        }
        model.dispose();
      }),
      RUNS,
    );
  });

  it('agrees with products over all rows, for two classes and more', async () => {
    await fc.assert(
      fc.asyncProperty(problem, async (p) => {
        const design = randomDesign({ ...p, rows: Math.max(p.rows, 3 * p.classes) });
        const model = await fitted(design, p.intercept, device);
        const rows = randomRows(p.seed, design.train.y.length - p.classes, 4);
        const groups = Array.from(rows, (row) => ({ members: Int32Array.of(row + p.classes) }));
        const members = groups.map((group) => group.members);
        const batch = await createRemovalBatch(model, groups, RETRAINING);
        const few = await batch.minimum();
        const all = await byAllRows(model, members, batch.pull);
        // The closest a gradient of these problems comes to 0 is what rounding leaves of its terms.
        expect(relativeDistance(few.firstStep, all.firstStep)).toBeLessThan(1e-8);
        expect(relativeDistance(few.delta, all.delta)).toBeLessThan(1e-8);
        expect([...few.converged]).toEqual([...all.converged]);
        model.dispose();
      }),
      RUNS,
    );
  });

  it('goes over all rows where a row holds nearly all of the curvature in some direction', async () => {
    const design = randomDesign({ rows: 30, features: 3, classes: 2, seed: 5 });
    if (design.train.X.kind !== 'dense') throw new Error('dense');
    for (let i = 0; i < 30; i++) design.train.X.data[i * 3] = i === 9 ? 50 : 0;
    const model = await fitModel(design, { l2: { absolute: 1e-4 }, intercept: true }, device, control);
    expect(await openFewRows(model, without(model, 9))).toBeNull();
    expect(await openFewRows(model, without(model, 4))).not.toBeNull();
    const group = { members: Int32Array.of(9) };
    const batch = await createRemovalBatch(model, [group], RETRAINING);
    const { firstStep, converged } = await batch.minimum();
    expect(relativeDistance(firstStep, (await byAllRows(model, [group.members], batch.pull)).firstStep)).toBeLessThan(
      1e-9,
    );
    expect([...converged]).toEqual([1]);
    model.dispose();
  });
});
