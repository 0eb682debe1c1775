/** The kernel's element-wise middles against the language's own expm1, log1p and tanh. */
import { describe, expect, it } from 'vitest';
import { gradientSides, lossSides } from '../../../src/main/compute/sparse/logistic-sides.ts';
import { SERIES_REACH, SIDES } from '../../../src/main/compute/sparse/logistic-middles.ts';
import { createProductKernel } from '../../../src/main/compute/sparse/product-kernel.ts';
import { logisticLossChange, sigmoid, sigmoidChange } from '../../../src/main/compute/stable-change.ts';

const WIDTH = 8;
const AT = { largest: 2048, sides: 4096, steps: 16_384, keep: 20_480, hold: 24_576 };
const kernel = createProductKernel(65_536);
const view = (address: number, length: number) => new Float64Array(kernel.memory.buffer, address, length);

const LOGITS = [0, 1e-9, 0.3, -0.3, 2, -2, 11, -11, 40, -40, 250, -250];
/** Around the reach of the series, small and large; eight to a row. */
const STEPS = [
  [1e-12, -1e-12, 1e-7, -1e-7, 1e-3, -1e-3, 0.1, -0.1],
  [0.399, -0.399, SERIES_REACH, -SERIES_REACH, 0.2, -0.25, 0.3, -0.35],
  [0.41, -0.41, 0.7, -0.7, 1, -1, 1e-9, -1e-9],
  [1.5, -1.5, 3, -3, 20, -20, 200, -200],
];

const near = (found: number, wanted: number, relative: number, absolute: number): void =>
  expect(Math.abs(found - wanted), `${found} for ${wanted}`).toBeLessThanOrEqual(
    relative * Math.abs(wanted) + absolute,
  );

describe.each(LOGITS)('at a logit of %f', (z) => {
  it('changes the probability and holds the curvature, to 13 digits', () => {
    for (const steps of STEPS) {
      view(AT.sides, SIDES).set(gradientSides(Float64Array.of(z)).sides);
      view(AT.steps, WIDTH).set(steps);
      view(AT.keep, WIDTH).fill(2);
      view(AT.largest, 2).fill(0);
      kernel.logisticGradient(AT.steps, AT.sides, AT.keep, AT.hold, 1, 8 * WIDTH, AT.largest);
      steps.forEach((step, c) => {
        const curvature = sigmoid(z + step) * sigmoid(-z - step);
        // Beyond a step of 1 the other form is a difference of two probabilities, with their absolute rounding.
        const rounding = Math.abs(step) > 1 ? 4 * Number.EPSILON : 0;
        near(view(AT.steps, WIDTH)[c], 2 * sigmoidChange(z, step), 2e-13, rounding);
        near(view(AT.hold, WIDTH)[c], 2 * curvature, 2e-12, 1e-300);
      });
      expect(Math.max(...view(AT.largest, 2))).toBe(Math.max(...steps.map(Math.abs)));
    }
  });

  it.each([0, 1])('changes the loss of label %i, to 13 digits', (label) => {
    const sign = label === 1 ? 1 : -1;
    for (const steps of STEPS) {
      view(AT.sides, SIDES).set(lossSides(Float64Array.of(z), Int32Array.of(label)).sides);
      view(AT.steps, WIDTH).set(steps);
      kernel.logisticLoss(AT.steps, AT.sides, 1, 8 * WIDTH, AT.largest);
      steps.forEach((step, c) => {
        // The difference of two logarithms of ~1e-n has their absolute rounding.
        near(view(AT.steps, WIDTH)[c], logisticLossChange(sign * z, sign * step), 2e-13, 1e-30);
      });
    }
  });
});

it('tells logits beyond which its exponentials are not to be used', () => {
  expect(gradientSides(Float64Array.of(1, 299)).plain).toBe(true);
  expect(gradientSides(Float64Array.of(1, -301)).plain).toBe(false);
});
