import { describe, expect, it } from 'vitest';
import { float64Steps } from '../../src/main/networks/float64-steps.ts';
import { epochBatches, learningRateAt } from '../../src/main/networks/train-network.ts';
import { RECIPE, trainsBySteps } from './training-suite.ts';

describe('training in float64', () => trainsBySteps(float64Steps, 1e-12));

describe('the order of the rows', () => {
  it('shows every row once an epoch, in an order of its own', () => {
    const first = epochBatches(30, RECIPE, 7, 0);
    expect(first.map((batch) => batch.length)).toEqual([8, 8, 8, 6]);
    expect([...first.flatMap((batch) => [...batch])].sort((a, b) => a - b)).toEqual(
      Array.from({ length: 30 }, (_, i) => i),
    );
    expect(epochBatches(30, RECIPE, 7, 0)).toEqual(first);
    expect(epochBatches(30, RECIPE, 7, 1)).not.toEqual(first);
    expect(epochBatches(30, RECIPE, 8, 0)).not.toEqual(first);
  });
});

describe('the learning rate', () => {
  it('stays, falls as a cosine to 0, or falls by tens', () => {
    const at = (schedule: 'constant' | 'cosine' | 'step', step: number): number =>
      learningRateAt({ ...RECIPE, schedule, learningRate: 1, epochs: 8 }, step, 10);
    expect([0, 40, 79].map((step) => at('constant', step))).toEqual([1, 1, 1]);
    expect(at('cosine', 0)).toBe(1);
    expect(at('cosine', 40)).toBeCloseTo(0.5, 12);
    expect(at('cosine', 79)).toBeLessThan(0.001);
    expect([39, 40, 59, 60].map((step) => at('step', step))).toEqual([1, 0.1, 0.1, 0.01]);
  });
});
