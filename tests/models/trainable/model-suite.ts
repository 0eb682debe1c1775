/** What every TrainableModel must satisfy, checked against finite differences of its losses and against itself row by row. */
import { expect, it } from 'vitest';
import type { CurvatureForm, Split, TrainableModel } from '../../../src/main/models/trainable/trainable-model.ts';
import { uniforms } from '../../numerics/problems.ts';

export interface SuiteOptions {
  model: () => Promise<TrainableModel>;
  /** Where to differentiate. */
  theta: (model: TrainableModel) => Float64Array;
  /** Whether the loss has a second derivative everywhere near θ (not at ReLU's kinks). */
  smooth?: boolean;
}

const STEP = 1e-5;

export function allRows(n: number): Int32Array {
  return Int32Array.from({ length: n }, (_, i) => i);
}

export function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, j) => sum + value * b[j], 0);
}

export function norm(a: Float64Array): number {
  return Math.sqrt(dot(a, a));
}

export function moved(theta: Float64Array, v: Float64Array, step: number): Float64Array {
  return theta.map((value, j) => value + step * v[j]);
}

export function distance(a: Float64Array, b: Float64Array): number {
  return norm(moved(a, b, -1));
}

export function describesItsDerivatives({ model: open, theta: thetaOf, smooth = true }: SuiteOptions): void {
  const setting = async () => {
    const model = await open();
    const q = model.parameterCount;
    return { model, q, theta: thetaOf(model), v: uniforms(7, q), u: uniforms(8, q) };
  };

  for (const split of ['train', 'test'] satisfies Split[]) {
    it(`has the gradient of its loss, by finite differences, on ${split} rows`, async () => {
      const { model, q, theta, v } = await setting();
      const rows = allRows(Math.min(6, model.rows[split]));
      const gradients = await model.gradients(theta, split, rows);
      const up = await model.losses(moved(theta, v, STEP), split, rows);
      const down = await model.losses(moved(theta, v, -STEP), split, rows);
      rows.forEach((_, i) => {
        const g = gradients.subarray(i * q, (i + 1) * q);
        expect(Math.abs((up[i] - down[i]) / (2 * STEP) - dot(g, v))).toBeLessThan(1e-7 * (1 + norm(g) * norm(v)));
      });
    });
  }

  it('gives products and sums of gradients that are those of the gradients themselves', async () => {
    const { model, q, theta, v, u } = await setting();
    const rows = Int32Array.of(4, 0, 3, 3, 1);
    const gradients = await model.gradients(theta, 'train', rows);
    const vectors = new Float64Array(2 * q);
    vectors.set(v);
    vectors.set(u, q);
    const products = await model.gradientProducts(theta, 'train', rows, vectors);
    const weights = Float64Array.of(1, 0.5, 2, 0, 3);
    const sum = await model.gradientSum(theta, 'train', rows, weights);
    const expected = new Float64Array(q);
    rows.forEach((_, i) => {
      const g = gradients.subarray(i * q, (i + 1) * q);
      const size = 1e-12 * (1 + norm(g) * norm(v));
      expect(Math.abs(products[2 * i] - dot(g, v))).toBeLessThan(size);
      expect(Math.abs(products[2 * i + 1] - dot(g, u))).toBeLessThan(size);
      for (let j = 0; j < q; j++) expected[j] += weights[i] * g[j];
    });
    expect(distance(sum, expected)).toBeLessThan(1e-12 * (1 + norm(expected)));
  });

  it('carries output gradients back to the parameters, by finite differences of the outputs', async () => {
    const { model, theta, v } = await setting();
    for (const split of ['train', 'test'] satisfies Split[]) {
      const rows = Int32Array.of(4, 0, 3, 1);
      const cotangents = uniforms(9, rows.length * model.outputs);
      const pulled = await model.outputPullback(theta, split, rows, cotangents);
      const up = await model.logits(moved(theta, v, STEP), split, rows);
      const down = await model.logits(moved(theta, v, -STEP), split, rows);
      const slope = dot(cotangents, moved(up, down, -1)) / (2 * STEP);
      expect(Math.abs(slope - dot(pulled, v))).toBeLessThan(1e-7 * (1 + norm(pulled) * norm(v)));
    }
  });

  it('computes many rows as it computes each alone', async () => {
    const { model, q, theta } = await setting();
    const rows = allRows(model.rows.train);
    const together = await model.gradients(theta, 'train', rows);
    const losses = await model.losses(theta, 'train');
    const logits = await model.logits(theta, 'train');
    for (const i of rows) {
      const alone = await model.gradients(theta, 'train', Int32Array.of(i));
      expect(distance(alone, together.slice(i * q, (i + 1) * q))).toBeLessThan(1e-12 * (1 + norm(alone)));
      expect((await model.losses(theta, 'train', Int32Array.of(i)))[0]).toBeCloseTo(losses[i], 12);
      const z = await model.logits(theta, 'train', Int32Array.of(i));
      z.forEach((value, k) => expect(value).toBeCloseTo(logits[i * model.outputs + k], 12));
    }
  });

  if (smooth) {
    it('has the Hessian-vector product of its gradient, by finite differences', async () => {
      const { model, theta, v } = await setting();
      const rows = allRows(model.rows.train);
      const weights = uniforms(5, rows.length).map(Math.abs);
      const product = await model.curvatureProduct(theta, rows, weights, v, 'hessian');
      const up = await model.gradientSum(moved(theta, v, STEP), 'train', rows, weights);
      const down = await model.gradientSum(moved(theta, v, -STEP), 'train', rows, weights);
      const difference = moved(up, down, -1).map((value) => value / (2 * STEP));
      expect(distance(product, difference)).toBeLessThan(1e-7 * (1 + norm(difference)));
    });
  }

  it('has a Gauss–Newton product that is Jᵀ(∂²ℓ/∂z²)J, J by finite differences of the outputs', async () => {
    const { model, q, theta } = await setting();
    const rows = Int32Array.of(0, 2, 3);
    const J = new Float64Array(q * rows.length * model.outputs);
    for (let j = 0; j < q; j++) {
      const e = new Float64Array(q);
      e[j] = 1;
      const up = await model.logits(moved(theta, e, STEP), 'train', rows);
      const down = await model.logits(moved(theta, e, -STEP), 'train', rows);
      up.forEach((value, at) => (J[at * q + j] = (value - down[at]) / (2 * STEP)));
    }
    const v = uniforms(9, q);
    const Jv = Float64Array.from({ length: rows.length * model.outputs }, (_, at) =>
      dot(J.subarray(at * q, (at + 1) * q), v),
    );
    // ∂²ℓ/∂z² of a row by differences of ∂ℓ/∂z, moved through θ along the last layer's free intercepts is not
    // at hand for every model: the outputs' curvature is linear in Jv, so the product with weights eᵢ tells it.
    const weights = Float64Array.of(1, 2, 0.5);
    const product = await model.curvatureProduct(theta, rows, weights, v, 'gaussNewton');
    // vᵀGv = Σ wᵢ Jvᵢᵀ Hᵢ Jvᵢ, with Jvᵢᵀ Hᵢ Jvᵢ the second difference of ℓ along Jvᵢ in output space.
    let expected = 0;
    for (const [at, i] of rows.entries()) {
      const step = Jv.subarray(at * model.outputs, (at + 1) * model.outputs);
      expected += weights[at] * secondDifference(model, i, await model.logits(theta, 'train', Int32Array.of(i)), step);
    }
    expect(Math.abs(dot(v, product) - expected)).toBeLessThan(1e-5 * (1 + Math.abs(expected)));
    // Symmetric: uᵀGv = vᵀGu.
    const u = uniforms(10, q);
    const other = await model.curvatureProduct(theta, rows, weights, u, 'gaussNewton');
    expect(Math.abs(dot(u, product) - dot(v, other))).toBeLessThan(1e-10 * (1 + Math.abs(dot(u, product))));
  });

  it('pulls derivatives of the outputs back to θ, by finite differences', async () => {
    const { model, theta, v } = await setting();
    const rows = Int32Array.of(0, 2, 3);
    const dz = uniforms(12, rows.length * model.outputs);
    const pulled = await model.pullBack(theta, 'train', rows, dz);
    const up = await model.logits(moved(theta, v, STEP), 'train', rows);
    const down = await model.logits(moved(theta, v, -STEP), 'train', rows);
    const expected = dot(dz, moved(up, down, -1)) / (2 * STEP);
    expect(Math.abs(dot(pulled, v) - expected)).toBeLessThan(1e-7 * (1 + Math.abs(expected)));
  });

  it('adds the curvature of weighted rows, in either form, row by row', async () => {
    const { model, q, theta, v } = await setting();
    const rows = allRows(model.rows.train);
    const weights = uniforms(6, rows.length).map(Math.abs);
    for (const form of ['hessian', 'gaussNewton'] satisfies CurvatureForm[]) {
      const together = await model.curvatureProduct(theta, rows, weights, v, form);
      const sum = new Float64Array(q);
      for (const i of rows) {
        const one = await model.curvatureProduct(theta, Int32Array.of(i), weights.subarray(i, i + 1), v, form);
        one.forEach((value, j) => (sum[j] += value));
      }
      expect(distance(together, sum)).toBeLessThan(1e-11 * (1 + norm(sum)));
    }
  });

  it('has output gradients and last inputs whose outer product is the gradient of the last layer', async () => {
    const { model, q, theta } = await setting();
    const rows = Int32Array.of(0, 3);
    const gradients = await model.gradients(theta, 'train', rows);
    const r = await model.outputGradients(theta, 'train', rows);
    const inputs = await model.lastInputs(theta, 'train', rows);
    const width = inputs.length / rows.length;
    for (const [at] of rows.entries()) {
      const last = gradients.subarray(
        at * q + model.lastLayer.offset,
        at * q + model.lastLayer.offset + model.lastLayer.length,
      );
      const a = inputs.subarray(at * width, (at + 1) * width);
      const squared = dot(last, last);
      const bias = model.lastLayer.length > width * model.outputs ? 1 : 0;
      const rr = dot(
        r.subarray(at * model.outputs, (at + 1) * model.outputs),
        r.subarray(at * model.outputs, (at + 1) * model.outputs),
      );
      expect(Math.abs(squared - rr * (dot(a, a) + bias))).toBeLessThan(1e-10 * (1 + squared));
    }
  });
}

/** d²/dε² ℓ(z + ε·step) of training row i at its outputs z, from a closed form of the loss by the model's kind. */
function secondDifference(model: TrainableModel, row: number, z: Float64Array, step: Float64Array): number {
  const h = 1e-4;
  const at = (e: number): number =>
    lossOf(
      model,
      row,
      z.map((value, k) => value + e * step[k]),
    );
  return (at(h) - 2 * at(0) + at(-h)) / h ** 2;
}

/** Written anew, naively, from the definitions. */
function lossOf(model: TrainableModel, row: number, z: Float64Array): number {
  const target = model.targets.train[row];
  if (model.kind === 'ridge') return 0.5 * (z[0] - target) ** 2;
  if (model.kind === 'smoothHinge') return 0.3 * Math.log(1 + Math.exp((1 - (target === 1 ? 1 : -1) * z[0]) / 0.3));
  if (model.outputs === 1) return Math.log(1 + Math.exp(target === 1 ? -z[0] : z[0]));
  return Math.log(z.reduce((sum, value) => sum + Math.exp(value), 0)) - z[target];
}
