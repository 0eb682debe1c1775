/** The float32 middles against the float64 formulas, element by element, from tiny steps to huge ones. */
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Device } from '../../src/main/compute/device.ts';
import {
  logisticLossChange,
  sigmoid,
  sigmoidChange,
  softmaxChangeInto,
  softmaxInto,
  softplus,
  logSumExp,
} from '../../src/main/compute/stable-change.ts';
import * as formulas from '../../src/main/compute/tensorflow/formulas.ts';
import { openTensorflowWasm } from '../../src/main/compute/tensorflow/open-wasm.ts';

let device: Device;
beforeAll(async () => {
  device = await openTensorflowWasm();
});
afterAll(() => device.dispose());

const LOGITS = [0, 0.25, -1.5, 3, -8, 15, -20, 40, -87, 88, -100, 700, -700].map(Math.fround);
const STEPS = [1e-30, 1e-12, 1e-6, 1e-3, 0.25, 1, 4, 12, 30, 59, 61, 89, 300, 800, 1600]
  .flatMap((step) => [step, -step])
  .map(Math.fround);
/** Every logit with every step. */
const PAIRS = LOGITS.flatMap((z) => STEPS.map((step): [number, number] => [z, step]));

const row = (values: readonly number[]): tf.Tensor => tf.tensor(Float32Array.from(values), [1, values.length]);

/** The smallest number that float32 has: σ(−100) is known to no more than it. */
const QUANTUM = 2 ** -149;
/** The smallest that it has with all its digits. Libraries take less for 0. */
const SMALLEST = 2 ** -126;

/** Relative, to what float32 can hold: `slack` is an absolute error that its range explains. */
function expectEach(actual: ArrayLike<number>, expected: readonly number[], tolerance: number, slack?: number[]): void {
  expect(actual.length).toBe(expected.length);
  expected.forEach((value, at) => {
    const accepted = tolerance * Math.abs(value) + (slack?.[at] ?? SMALLEST);
    if (!(Math.abs(actual[at] - value) <= accepted)) expect.fail(`entry ${at}: ${actual[at]}, not ${value}`);
  });
}

describe('the float32 formulas', () => {
  it('keep the digits of every small log1p', () => {
    const x = [1e-30, -1e-12, 1e-8, 5e-8, -1e-7, 3e-7, 1e-4, -0.5, 0.9, 1e6].map(Math.fround);
    expectEach(
      formulas.log1p(tf, row(x)).dataSync(),
      x.map((value) => Math.log1p(value)),
      3e-7,
    );
  });

  it('change every probability of two classes to ten parts in a million', () => {
    const z = PAIRS.map(([logit]) => logit);
    const base = { z: row(z), q: row(z.map(sigmoid)), r: row(z.map((value) => sigmoid(-value))) };
    const { change, slope } = formulas.logisticChange(tf, row(PAIRS.map(([, step]) => step)), base);
    expectEach(
      change.dataSync(),
      PAIRS.map(([logit, step]) => farChange(logit, step)),
      1e-5,
    );
    expectEach(
      slope.dataSync(),
      PAIRS.map(([logit, step]) => sigmoid(logit + step) * sigmoid(-logit - step)),
      1e-5,
    );
  });

  it.each([
    ['labelled 1', 1],
    ['labelled 0', -1],
  ])('change the logistic loss of rows %s, near and far', (_title, sign) => {
    const m = PAIRS.map(([logit]) => sign * logit);
    const steps = PAIRS.map(([, step]) => step);
    const change = formulas.logisticLossChange(tf, row(steps), {
      wrong: row(m.map((value) => sigmoid(-value))),
      before: row(m.map((value) => softplus(-value))),
      minusSign: row(m.map(() => -sign)),
      minusMargin: row(m.map((value) => -value)),
    });
    expectEach(
      change.dataSync(),
      steps.map((step, at) => farLossChange(m[at], sign * step)),
      1e-5,
      steps.map((step) => SMALLEST + QUANTUM * Math.exp(Math.min(60, -sign * step))),
    );
  });

  it('use one formula for near slabs of losses that agrees with the other', () => {
    const near = PAIRS.filter(([z, step]) => Math.abs(z) < 2 && Math.abs(step) <= 1);
    const change = formulas.logisticLossChange(tf, row(near.map(([, step]) => step)), {
      wrong: row(near.map(([z]) => sigmoid(-z))),
      before: row(near.map(([z]) => softplus(-z))),
      minusSign: row(near.map(() => -1)),
      minusMargin: row(near.map(([z]) => -z)),
    });
    expectEach(
      change.dataSync(),
      near.map(([z, step]) => logisticLossChange(z, step)),
      1e-6,
    );
  });

  const rows = LOGITS.flatMap((a) => STEPS.map((step) => ({ z: [a, 0, -a / 2], steps: [step, -step / 4, 0] })));
  const fewSteps = rows.filter(({ steps }) => Math.abs(steps[0]) <= 30);

  it.each([
    ['of every size', rows],
    ['without huge ones', fewSteps],
  ])('change softmax and its loss by steps %s', (_title, cases) => {
    const classes = 3;
    const n = cases.length;
    const cube = (value: (at: number, k: number) => number): tf.Tensor => {
      const data = new Float32Array(classes * n);
      for (let k = 0; k < classes; k++) for (let i = 0; i < n; i++) data[k * n + i] = value(i, k);
      return tf.tensor(data, [1, classes, n]);
    };
    const z = cases.map((each) => Float64Array.from(each.z));
    const q = z.map((logits) => {
      const out = new Float64Array(classes);
      softmaxInto(logits, classes, 0, 1, out);
      return out;
    });
    const top = q.map((each) => each.indexOf(Math.max(...each)));
    const around = {
      q: cube((i, k) => q[i][k]),
      logq: cube((i, k) => z[i][k] - logSumExp(z[i], classes, 0, 1)),
      top: cube((i, k) => (k === top[i] ? 1 : 0)),
      own: cube((i, k) => (k === i % classes ? 1 : 0)),
    };
    const steps = cube((i, k) => cases[i].steps[k]);
    const { change, held } = formulas.softmaxChange(tf, steps, around);
    const loss = formulas.softmaxLossChange(tf, steps, around).dataSync();
    const [changes, moved] = [change.dataSync(), held.dataSync()];
    cases.forEach((each, i) => {
      const step = Float64Array.from(each.steps, Math.fround);
      const out = new Float64Array(classes);
      const growth = softmaxChangeInto(q[i], z[i], 0, 1, step, out);
      const largest = Math.max(...out.map(Math.abs));
      // In float64, too, the own step is taken from the growth, and the mean step from the most probable class's.
      const slack = SMALLEST + 1e-15 * Math.max(...step.map(Math.abs));
      for (let k = 0; k < classes; k++) {
        expect(Math.abs(changes[k * n + i] - out[k])).toBeLessThan(1e-5 * largest + slack);
        expect(Math.abs(moved[k * n + i] - (q[i][k] + out[k]))).toBeLessThan(3e-5);
      }
      const expected = growth - step[i % classes];
      expect(Math.abs(loss[i] - expected)).toBeLessThan(3e-5 * Math.abs(expected) + slack);
    });
  });
});

/** σ(z + Δ) − σ(z) where both are close to 1, from the other tail; else as stable-change.ts. */
function farChange(z: number, step: number): number {
  if (Math.abs(step) <= 1) return sigmoidChange(z, step);
  return z > 0 ? sigmoid(-z) - sigmoid(-z - step) : sigmoid(z + step) - sigmoid(z);
}

/** ℓ(m + Δ) − ℓ(m); with log1p as far as it reaches. */
function farLossChange(m: number, step: number): number {
  const x = sigmoid(-m) * Math.expm1(-step);
  return Math.abs(step) < 30 && x > -0.9 ? Math.log1p(x) : softplus(-(m + step)) - softplus(-m);
}
