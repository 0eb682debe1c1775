import { describe, expect, it } from 'vitest';
import { createReferenceDevice } from '../../../src/main/compute/reference/reference-device.ts';
import { conjugateSolve } from '../../../src/main/models/trainable/conjugate-solve.ts';
import { ridgeModel, smoothHingeModel } from '../../../src/main/models/trainable/convex-model.ts';
import { likelihoodModel } from '../../../src/main/models/trainable/likelihood-model.ts';
import type { TrainableModel } from '../../../src/main/models/trainable/trainable-model.ts';
import type { Design } from '../../../src/shared/dataset.ts';
import { fitModel } from '../../../src/main/models/fit.ts';
import { randomDesign, uniforms } from '../../numerics/problems.ts';
import { allRows, describesItsDerivatives, distance, dot, moved, norm } from './model-suite.ts';

const two = randomDesign({ rows: 30, features: 4, classes: 2, seed: 3 });
const three = randomDesign({ rows: 30, features: 4, classes: 3, seed: 4 });
const numbers: Design = { ...two, quantity: { train: uniforms(11, 30).map((u) => 3 * u), test: uniforms(12, 10) } };

const somewhere = (model: TrainableModel): Float64Array => uniforms(2, model.parameterCount);

describe('logistic regression as a trainable model', () => {
  const open = () => likelihoodModel(two, { lambda: 0.1, intercept: true }, createReferenceDevice());
  describesItsDerivatives({ model: open, theta: somewhere });

  it('trains to the fit of the app', async () => {
    const device = createReferenceDevice();
    const fit = await fitModel(two, { l2: { absolute: 0.1 }, intercept: true }, device, { checkCancelled: () => {} });
    const { theta, converged } = await (await open()).train({ seed: 0 });
    expect(converged).toBe(true);
    expect(distance(theta, fit.fitted.coefficients)).toBeLessThan(1e-12);
  });
});

describe('softmax regression as a trainable model', () => {
  describesItsDerivatives({
    model: () => likelihoodModel(three, { lambda: 0.1, intercept: true }, createReferenceDevice()),
    theta: somewhere,
  });
});

describe('ridge regression', () => {
  describesItsDerivatives({
    model: async () => ridgeModel(numbers, { lambda: 0.5, intercept: true }),
    theta: somewhere,
  });

  it('trains to the solution of the normal equations', async () => {
    const model = ridgeModel(numbers, { lambda: 0.5, intercept: true });
    const { theta, converged } = await model.train({ seed: 0 });
    expect(converged).toBe(true);
    expect(distance(theta, normalEquations(numbers, 0.5, null))).toBeLessThan(1e-12);
  });

  it('retrains without rows to the solution of their normal equations', async () => {
    const model = ridgeModel(numbers, { lambda: 0.5, intercept: true });
    const { theta: full } = await model.train({ seed: 0 });
    const weights = Float64Array.from({ length: 30 }, (_, i) => (i % 4 === 1 ? 0 : 1));
    const { theta } = await model.train({ seed: 0, weights, from: full });
    expect(distance(theta, normalEquations(numbers, 0.5, weights))).toBeLessThan(1e-12);
  });

  it('moves by the Newton step exactly when rows are removed', async () => {
    const model = ridgeModel(numbers, { lambda: 0.5, intercept: true });
    const { theta: full } = await model.train({ seed: 0 });
    const removed = Int32Array.of(1, 4, 5, 9, 21);
    const weights = Float64Array.from({ length: 30 }, (_, i) => (removed.includes(i) ? 0 : 1));
    const { theta } = await model.train({ seed: 0, weights, from: full });
    // (H_λ − H(w)) Δθ = g(w), checked as an equation: no solver stands between.
    const change = moved(theta, full, -1);
    const kept = await model.curvatureProduct(full, allRows(30), weights, change, 'hessian');
    const pull = await model.gradientSum(full, 'train', removed, new Float64Array(5).fill(1));
    kept.forEach((value, j) => expect(Math.abs(value + model.penalty[j] * change[j] - pull[j])).toBeLessThan(1e-10));
  });

  it('moves by influence over 1 − leverage exactly when one row is removed', async () => {
    const model = ridgeModel(numbers, { lambda: 0.5, intercept: true });
    const { theta: full } = await model.train({ seed: 0 });
    for (const i of [0, 7, 29]) {
      const row = Int32Array.of(i);
      const g = await model.gradients(full, 'train', row);
      // x̃ is the gradient over the residual.
      const [residual] = await model.outputGradients(full, 'train', row);
      const x = g.map((value) => value / residual);
      const direction = await ridgeSolve(model, full, x);
      const leverage = dot(x, direction);
      const weights = Float64Array.from({ length: 30 }, (_, at) => (at === i ? 0 : 1));
      const { theta } = await model.train({ seed: 0, weights, from: full });
      const rescaled = direction.map((value) => (value * residual) / (1 - leverage));
      expect(distance(moved(theta, full, -1), rescaled)).toBeLessThan(1e-10 * norm(rescaled));
    }
  });

  it('fits −1 and +1 where the label is two classes', async () => {
    const model = ridgeModel(two, { lambda: 0.5, intercept: true });
    expect([...model.targets.train]).toEqual([...two.train.y].map((label) => 2 * label - 1));
    const { theta, curve } = await model.train({ seed: 0 });
    const z = await model.logits(theta, 'test');
    expect(curve[0].accuracy).toBe(z.filter((value, i) => value > 0 === (two.test.y[i] === 1)).length / 10);
  });

  it('refuses three classes in one clear sentence', () => {
    expect(() => ridgeModel(three, { lambda: 1, intercept: true })).toThrow(
      'Ridge regression fits a number or two classes; the label has 3 classes.',
    );
  });
});

describe('the smooth-hinge SVM', () => {
  const open = (temperature = 0.3) => smoothHingeModel(two, { lambda: 0.1, intercept: true, temperature });
  describesItsDerivatives({ model: async () => open(), theta: somewhere });

  it('trains to a gradient of rounding', async () => {
    for (const temperature of [1, 0.1, 0.01, 0.001]) {
      const model = open(temperature);
      const { theta, gradientNorm, converged } = await model.train({ seed: 0 });
      expect(converged).toBe(true);
      const g = await model.gradientSum(theta, 'train', allRows(30), new Float64Array(30).fill(1));
      expect(norm(g.map((value, j) => value + model.penalty[j] * theta[j]))).toBeCloseTo(gradientNorm, 14);
      expect(gradientNorm).toBeLessThan(1e-9);
    }
  });

  it('tends to the hinge max(0, 1 − m) as the temperature falls', async () => {
    const theta = uniforms(2, 5);
    const cold = await open(1e-4).losses(theta, 'train');
    const z = await open().logits(theta, 'train');
    cold.forEach((value, i) => expect(value).toBeCloseTo(Math.max(0, 1 - (two.train.y[i] === 1 ? 1 : -1) * z[i]), 3));
  });

  it('retrains without rows to the same optimum from any start', async () => {
    const model = open();
    const { theta: full } = await model.train({ seed: 0 });
    const weights = Float64Array.from({ length: 30 }, (_, i) => (i < 5 ? 0 : 1));
    const warm = await model.train({ seed: 0, weights, from: full });
    const cold = await model.train({ seed: 1, weights });
    expect(distance(warm.theta, cold.theta)).toBeLessThan(1e-9);
  });
});

/** H_λ⁻¹b. */
async function ridgeSolve(model: TrainableModel, theta: Float64Array, b: Float64Array): Promise<Float64Array> {
  const ones = new Float64Array(30).fill(1);
  const solved = await conjugateSolve(
    async (v) => {
      const product = await model.curvatureProduct(theta, allRows(30), ones, v, 'hessian');
      return product.map((value, j) => value + model.penalty[j] * v[j]);
    },
    b,
    { tolerance: 1e-14, maximumIterations: 100 },
  );
  return solved.x;
}

/** (X̃ᵀSX̃ + λI₀)⁻¹X̃ᵀSt by Gauss–Jordan elimination with pivots. */
function normalEquations(design: Design, lambda: number, weights: Float64Array | null): Float64Array {
  const { X } = design.train;
  if (X.kind !== 'dense' || design.quantity === undefined) throw new Error('a dense regression');
  const d = X.columns;
  const p = d + 1;
  const A = Array.from({ length: p }, (_, j) => {
    const row = new Array<number>(p + 1).fill(0);
    if (j < d) row[j] = lambda;
    return row;
  });
  for (let i = 0; i < X.rows; i++) {
    const x = [...X.data.subarray(i * d, (i + 1) * d), 1];
    const s = weights?.[i] ?? 1;
    for (let a = 0; a < p; a++) {
      for (let b = 0; b < p; b++) A[a][b] += s * x[a] * x[b];
      A[a][p] += s * x[a] * design.quantity.train[i];
    }
  }
  for (let a = 0; a < p; a++) {
    let pivot = a;
    for (let b = a; b < p; b++) if (Math.abs(A[b][a]) > Math.abs(A[pivot][a])) pivot = b;
    [A[a], A[pivot]] = [A[pivot], A[a]];
    for (let b = 0; b < p; b++) {
      if (b === a) continue;
      const ratio = A[b][a] / A[a][a];
      for (let c = a; c <= p; c++) A[b][c] -= ratio * A[a][c];
    }
  }
  return Float64Array.from(A, (row, a) => row[p] / row[a]);
}
