import { describe, expect, it } from 'vitest';
import { allRows } from '../../src/main/attribution/attribution.ts';
import {
  reconstructedLogits,
  representation,
  representerPoints,
} from '../../src/main/attribution/estimators/representer-points.ts';
import { ridgeModel } from '../../src/main/models/trainable/convex-model.ts';
import type { TrainableModel } from '../../src/main/models/trainable/trainable-model.ts';
import { pearson } from '../../src/shared/statistics.ts';
import { relativeDistance } from '../numerics/closeness.ts';
import { randomDesign } from '../numerics/problems.ts';
import { perceptron, problemOf, regression } from './problems.ts';

const two = randomDesign({ rows: 40, features: 4, classes: 2, seed: 31 });
const three = randomDesign({ rows: 40, features: 4, classes: 3, seed: 32 });
const networks = { learningRate: 0.2, epochs: 30 };

const MODELS: Record<string, () => Promise<TrainableModel>> = {
  'logistic regression': () => regression(two, { lambda: 0.5 }),
  'softmax regression without intercept': () => regression(three, { lambda: 0.5, intercept: false }),
  'softmax regression': () => regression(three, { lambda: 0.5 }),
  'ridge regression': async () => ridgeModel(two, { lambda: 0.5, intercept: true }),
  'a perceptron': async () => perceptron(three, [6], networks),
  'a perceptron of two classes': async () => perceptron(two, [6], networks),
};

describe.each(Object.keys(MODELS))('representer values of %s', (name) => {
  it('reconstruct the logits of the test rows', async () => {
    const model = await MODELS[name]();
    const problem = await problemOf(model);
    const found = await representation(problem);
    const rows = allRows(model.rows.test);
    const logits = await model.logits(found.theta, 'test', rows);
    const reconstructed = await reconstructedLogits(model, found, rows);
    expect(pearson(reconstructed, logits)).toBeGreaterThan(0.999);
    expect(relativeDistance(reconstructed, logits)).toBeLessThan(1e-5);
  });
});

describe('representer points', () => {
  it('take a row’s term out of the logits: the slope of the test loss along that term', async () => {
    const model = await regression(two, { lambda: 0.5 });
    const problem = await problemOf(model);
    const { points } = await representerPoints(problem);
    const { alpha, theta } = await representation(problem);
    const x = await model.lastInputs(theta, 'train', Int32Array.of(5));
    const moved = theta.slice();
    // Row 5's part of θ is α₅x₅: a small part of it taken away.
    const share = 1e-6;
    for (let j = 0; j < x.length; j++) moved[j] -= share * alpha[5] * x[j];
    const [before] = await model.losses(theta, 'test', Int32Array.of(0));
    const [after] = await model.losses(moved, 'test', Int32Array.of(0));
    expect((after - before) / share).toBeCloseTo(points[5], 5);
  });

  it('need weight decay in the last layer', async () => {
    const problem = await problemOf(perceptron(three, [3], { lambda: 0 }));
    await expect(representerPoints(problem)).rejects.toThrow('regularised last layer');
  });
});
