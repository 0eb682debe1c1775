/** The further estimators and the adding of groups, against dense float64 algebra that shares no code with the engine. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDevice } from '../../src/main/compute/index.ts';
import type { Device } from '../../src/main/compute/device.ts';
import { EFFECT_ESTIMATORS } from '../../src/main/estimators/index.ts';
import { solveFullHessian } from '../../src/main/estimators/influence-directions.ts';
import { rowSpreads } from '../../src/main/estimators/leverages.ts';
import { createRemovalBatch } from '../../src/main/estimators/removal-batch.ts';
import { createEvaluationSet } from '../../src/main/evaluation/evaluation-set.ts';
import { fitModel } from '../../src/main/models/fit.ts';
import type { Design } from '../../src/shared/dataset.ts';
import type { Estimator } from '../../src/shared/quantities.ts';
import { relativeDistance } from './closeness.ts';
import { DenseNewton, solvePositiveDefinite } from './dense-newton.ts';
import { denseData } from './designs.ts';
import { control, everyQuantity } from './engine.ts';
import { problem, randomDesign, randomRows, uniforms } from './problems.ts';

const RUNS = { numRuns: 12 };

function denseOf(design: Design, lambda: number, intercept: boolean): DenseNewton {
  const { train, test, classes } = design;
  const d = train.X.columns;
  const rowsOf = (split: Design['train']) =>
    Array.from({ length: split.y.length }, (_, i) => denseData(split).subarray(i * d, (i + 1) * d));
  return new DenseNewton({
    X: rowsOf(train),
    y: train.y,
    testX: rowsOf(test),
    testY: test.y,
    weights: train.weights ?? new Float64Array(train.y.length).fill(1),
    classes: classes.length,
    lambda,
    intercept,
  });
}

/** [estimator][evaluation] of one group that leaves the share `left` of its weight. */
async function effectsLeaving(
  design: Design,
  device: Device,
  { lambda, intercept }: { lambda: number; intercept: boolean },
  group: Int32Array,
  left: number,
): Promise<Record<Estimator, number[]>> {
  const model = await fitModel(design, { l2: { absolute: lambda }, intercept }, device, control);
  const evaluations = everyQuantity(design);
  const all = Int32Array.from(design.test.y.keys());
  const set = await createEvaluationSet(model, evaluations, [{ target: 'all', rows: all }]);
  const directions = await solveFullHessian(model, set.gradients, control.checkCancelled);
  const batch = await createRemovalBatch(model, [{ members: group }], {
    tolerance: 1e-12,
    retrain: true,
    left,
    ...control,
  });
  const out: Partial<Record<Estimator, number[]>> = {};
  for (const [name, estimator] of Object.entries(EFFECT_ESTIMATORS))
    out[name as Estimator] = [...(await estimator({ batch, evaluations: set, directions }))];
  model.dispose();
  return out as Record<Estimator, number[]>;
}

function minus(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, j) => value - b[j]);
}

function times(A: Float64Array, v: Float64Array): Float64Array {
  return v.map((_, i) => v.reduce((sum, value, j) => sum + A[i * v.length + j] * value, 0));
}

describe.each(['onnx-cpu', 'reference'])('the estimator ladder on %s', (name) => {
  let device: Device;
  beforeAll(async () => {
    device = await openDevice(name);
  });
  afterAll(() => device.dispose());

  it('has second-order influence of dense algebra, H⁻¹g + H⁻¹H(w)H⁻¹g', async () => {
    await fc.assert(
      fc.asyncProperty(problem, async (p) => {
        const design = randomDesign({ ...p, rows: p.rows + 10 });
        const lambda = 0.05 * design.train.y.length;
        const dense = denseOf(design, lambda, p.intercept);
        const theta = dense.fit(dense.everyone(), new Float64Array(dense.q));
        const group = randomRows(p.seed, design.train.y.length, 4);
        const { secondOrder } = await effectsLeaving(design, device, { lambda, ...p }, group, 0);
        const H = dense.hessian(theta, dense.everyone());
        const own = minus(H, dense.hessian(theta, dense.without(group)));
        const g = dense.lossGradient(theta, group);
        const first = solvePositiveDefinite(H, g);
        const both = first.map((value, j) => value + solvePositiveDefinite(H, times(own, first))[j]);
        const expected = everyQuantity(design).map((asked) => dense.change(theta, both, group, asked, true));
        expect(relativeDistance(secondOrder, expected)).toBeLessThan(1e-8);
      }),
      RUNS,
    );
  });

  it('takes the Newton steps of dense algebra, the first of which is the Newton estimate', async () => {
    await fc.assert(
      fc.asyncProperty(problem, async (p) => {
        const design = randomDesign({ ...p, rows: p.rows + 10 });
        const lambda = 0.05 * design.train.y.length;
        const dense = denseOf(design, lambda, p.intercept);
        const theta = dense.fit(dense.everyone(), new Float64Array(dense.q));
        // The first rows hold one of each class: without one there may be no finite optimum.
        const group = randomRows(p.seed, design.train.y.length - p.classes, 5).map((row) => row + p.classes);
        const found = await effectsLeaving(design, device, { lambda, ...p }, group, 0);
        const rows = dense.without(group);
        let at = theta;
        for (const estimator of ['newton', 'newton2', 'newton3'] as const) {
          at = minus(at, solvePositiveDefinite(dense.hessian(at, rows), dense.gradient(at, rows)));
          const delta = minus(at, theta);
          const expected = everyQuantity(design).map((asked) => dense.change(theta, delta, group, asked, false));
          expect(relativeDistance(found[estimator], expected), estimator).toBeLessThan(1e-7);
        }
        // Convergence: three steps are nearer to the actual effect than one.
        const far = relativeDistance(found.newton, found.actual);
        expect(relativeDistance(found.newton3, found.actual)).toBeLessThanOrEqual(Math.max(1e-8, far));
      }),
      RUNS,
    );
  });

  it('rescales a single row’s influence to its linear Newton step: influence over 1 − leverage', async () => {
    await fc.assert(
      fc.asyncProperty(problem, async (p) => {
        const design = randomDesign({ ...p, rows: p.rows + 10 });
        const lambda = 0.05 * design.train.y.length;
        const row = Int32Array.of(design.train.y.length - 1);
        const found = await effectsLeaving(design, device, { lambda, ...p }, row, 0);
        expect(relativeDistance(found.rescaledInfluence, found.newtonLinear)).toBeLessThan(1e-8);
      }),
      RUNS,
    );
  });

  it('sums the rescaled influences of a group’s rows, for a test row’s loss', async () => {
    const design = randomDesign({ rows: 40, features: 4, classes: 3, seed: 5 });
    const asked = { lambda: 1, intercept: true };
    const group = Int32Array.of(4, 9, 30);
    const whole = await effectsLeaving(design, device, asked, group, 0);
    const parts = await Promise.all(
      Array.from(group, (row) => effectsLeaving(design, device, asked, Int32Array.of(row), 0)),
    );
    const sum = parts.reduce((total, part) => total + part.rescaledInfluence[0], 0);
    expect(Math.abs(whole.rescaledInfluence[0] - sum)).toBeLessThan(1e-9 * Math.abs(sum));
  });

  it('has leverages that sum to the trace of H_λ⁻¹H', async () => {
    const design = randomDesign({ rows: 50, features: 5, classes: 2, seed: 8 });
    const model = await fitModel(design, { l2: { absolute: 2 }, intercept: true }, device, control);
    const spreads = await rowSpreads(model, control.checkCancelled);
    const dense = denseOf(design, 2, true);
    const theta = dense.fit(dense.everyone(), new Float64Array(dense.q));
    const H = dense.hessian(theta, dense.everyone());
    // Trace of H_λ⁻¹(H_λ − λ on all but the intercept).
    const q = dense.q;
    let trace = q;
    for (let j = 0; j < q - 1; j++) {
      const unit = Float64Array.from({ length: q }, (_, at) => (at === j ? 1 : 0));
      trace -= 2 * solvePositiveDefinite(H, unit)[j];
    }
    const z = model.fitted.trainLogits;
    const leverage = spreads.reduce((sum, spread, i) => sum + spread / (2 + Math.exp(z[i]) + Math.exp(-z[i])), 0);
    expect(leverage).toBeCloseTo(trace, 8);
    model.dispose();
  });
});

describe.each(['onnx-cpu', 'onnx-cpu-float32', 'reference'])('adding a group on %s', (name) => {
  let device: Device;
  beforeAll(async () => {
    device = await openDevice(name);
  });
  afterAll(() => device.dispose());

  it('is fitting with each of its rows twice, or with the share asked for', async () => {
    await fc.assert(
      fc.asyncProperty(problem, fc.constantFrom(0.5, 2), async (p, left) => {
        const plain = randomDesign({ ...p, rows: p.rows + 10 });
        const n = plain.train.y.length;
        const weights = uniforms(p.seed + 4, n).map((v) => 1.5 + v);
        const lambda = 0.05 * n;
        const group = randomRows(p.seed, n, 4);
        const design = { ...plain, train: { ...plain.train, weights } };
        const changed = weights.map((weight, i) => (group.includes(i) ? left * weight : weight));
        const dense = denseOf(design, lambda, p.intercept);
        const theta = dense.fit(dense.everyone(), new Float64Array(dense.q));
        const other = denseOf({ ...plain, train: { ...plain.train, weights: changed } }, lambda, p.intercept);
        const delta = minus(other.fit(other.everyone(), theta), theta);
        const found = await effectsLeaving(design, device, { lambda, ...p }, group, left);
        const expected = everyQuantity(design).map((asked) => dense.change(theta, delta, group, asked, false));
        expect(relativeDistance(found.actual, expected)).toBeLessThan(name === 'onnx-cpu-float32' ? 1e-6 : 1e-8);
        const H = other.hessian(theta, other.everyone());
        const step = solvePositiveDefinite(
          H,
          other.gradient(theta, other.everyone()).map((v) => -v),
        );
        const newton = everyQuantity(design).map((asked) => dense.change(theta, step, group, asked, false));
        expect(relativeDistance(found.newton, newton)).toBeLessThan(1e-6);
      }),
      RUNS,
    );
  });

  it('has minus the influence of removing it, which overestimates the self-loss where removal’s underestimates', async () => {
    const design = randomDesign({ rows: 60, features: 4, classes: 2, seed: 2 });
    const asked = { lambda: 1, intercept: true };
    const group = Int32Array.of(3, 8, 21, 40, 41, 50);
    const removed = await effectsLeaving(design, device, asked, group, 0);
    const added = await effectsLeaving(design, device, asked, group, 2);
    expect(
      relativeDistance(
        added.influence.map((v) => -v),
        removed.influence,
      ),
    ).toBeLessThan(1e-9);
    const self = everyQuantity(design).findIndex(({ quantity }) => quantity === 'selfLoss');
    expect(Math.abs(added.influence[self])).toBeGreaterThan(Math.abs(added.actual[self]));
    expect(Math.abs(removed.influence[self])).toBeLessThan(Math.abs(removed.actual[self]));
  });

  it('changes nothing at all where the rows keep their weight', async () => {
    const design = randomDesign({ rows: 30, features: 3, classes: 3, seed: 2 });
    const found = await effectsLeaving(design, device, { lambda: 1, intercept: true }, Int32Array.of(1, 2), 1);
    for (const values of Object.values(found)) for (const value of values) expect(Math.abs(value)).toBe(0);
  });
});
