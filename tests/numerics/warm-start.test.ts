/** Fits begun at the optimum of a neighbouring λ. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDevice } from '../../src/main/compute/index.ts';
import type { Device } from '../../src/main/compute/device.ts';
import { fitModel } from '../../src/main/models/fit.ts';
import { relativeDistance } from './closeness.ts';
import { randomDesign } from './problems.ts';

const control = { checkCancelled: () => {} };

let device: Device;
beforeAll(async () => {
  device = await openDevice('reference');
});
afterAll(() => device.dispose());

async function coefficients(absolute: number, startFrom: Float64Array | null) {
  const design = randomDesign({ seed: 5, rows: 200, features: 6, classes: 3 });
  const model = await fitModel(design, { l2: { absolute }, intercept: true, startFrom }, device, control);
  const { coefficients: theta, summary } = model.fitted;
  model.dispose();
  return { theta: theta.slice(), iterations: summary.iterations };
}

describe('a fit begun at the optimum of a neighbouring λ', () => {
  it('ends at the same optimum, in fewer steps', async () => {
    const neighbour = await coefficients(1, null);
    const cold = await coefficients(0.7, null);
    const warm = await coefficients(0.7, neighbour.theta);
    expect(relativeDistance(warm.theta, cold.theta)).toBeLessThan(1e-10);
    expect(warm.iterations).toBeLessThan(cold.iterations);
  });

  it('is not begun there when the coefficients are of another shape', async () => {
    const cold = await coefficients(0.7, null);
    const odd = await coefficients(0.7, new Float64Array(3).fill(9));
    expect([...odd.theta]).toEqual([...cold.theta]);
  });
});
