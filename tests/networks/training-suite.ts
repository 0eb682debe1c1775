/** What training must satisfy wherever its steps are computed. */
import { describe, expect, it } from 'vitest';
import { mlp } from '../../src/main/networks/architecture.ts';
import { networkModel } from '../../src/main/networks/network-model.ts';
import type { OpenSteps } from '../../src/main/networks/network-steps.ts';
import { epochBatches, learningRateAt } from '../../src/main/networks/train-network.ts';
import type { TrainableModel, TrainingRecipe, TrainingState } from '../../src/main/models/trainable/trainable-model.ts';
import { distance, norm } from '../models/trainable/model-suite.ts';
import { randomDesign } from '../numerics/problems.ts';

export const RECIPE: TrainingRecipe = {
  optimiser: 'momentum',
  momentum: 0.9,
  learningRate: 0.05,
  schedule: 'cosine',
  batchSize: 8,
  epochs: 5,
  checkpointEvery: 2,
  gradientGoal: 0,
};

const design = randomDesign({ rows: 30, features: 5, classes: 3, seed: 4 });
const network = mlp({ inputs: 5, outputs: 3, hidden: [6], activation: 'tanh' });
const weights = Float64Array.from({ length: 30 }, (_, i) => [1, 1, 0, 2][i % 4]);

const OPTIMISERS = ['sgd', 'momentum', 'adam'] as const;

/** @param closeness of θ to the update rule carried out in float64, relative */
export function trainsBySteps(openSteps: OpenSteps, closeness: number): void {
  const modelOf = (change: Partial<TrainingRecipe>): TrainableModel =>
    networkModel({ kind: 'mlp', network, design, lambda: 0.3, recipe: { ...RECIPE, ...change }, openSteps });

  describe.each(OPTIMISERS)('by %s', (optimiser) => {
    it('follows the update rule step by step', async () => {
      const model = modelOf({ optimiser });
      const { theta } = await model.train({ seed: 3, weights });
      const { theta: start } = (await stateAfter(model, 0)) as TrainingState;
      const expected = await byTheRule(model, start, optimiser);
      expect(distance(theta, expected)).toBeLessThan(closeness * norm(expected));
    });

    it('goes on from every epoch to the same numbers', async () => {
      const model = modelOf({ optimiser });
      const uninterrupted = await model.train({ seed: 3, weights });
      for (const epoch of [0, 1, 3, 5]) {
        const resume = (await stateAfter(model, epoch)) as TrainingState;
        const resumed = await model.train({ seed: 3, weights, resume });
        expect(resumed).toEqual(uninterrupted);
      }
    });
  });

  it('gives the same numbers for the same seed, and others for another', async () => {
    const model = modelOf({});
    const first = await model.train({ seed: 1 });
    expect(await model.train({ seed: 1 })).toEqual(first);
    expect((await model.train({ seed: 2 })).theta).not.toEqual(first.theta);
  });

  it('keeps a checkpoint after every second epoch and after the last', async () => {
    const { checkpoints, theta, curve } = await modelOf({}).train({ seed: 1 });
    expect(checkpoints.map(({ epoch, step }) => [epoch, step])).toEqual([
      [2, 8],
      [4, 16],
      [5, 20],
    ]);
    expect(checkpoints[2].theta).toEqual(theta);
    expect(curve.map(({ epoch }) => epoch)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(curve[5].trainLoss).toBeLessThan(curve[0].trainLoss);
  });

  it('takes no notice of what a row of weight 0 holds', async () => {
    const X = design.train.X;
    if (X.kind !== 'dense') throw new Error('dense');
    const data = X.data.slice();
    // Turned round, so that the scale of the inputs stays.
    for (let j = 2 * 5; j < 3 * 5; j++) data[j] = -data[j];
    const other = { ...design, train: { ...design.train, X: { ...X, data } } };
    const open = (from: typeof design) =>
      networkModel({ kind: 'mlp', network, design: from, lambda: 0.3, recipe: RECIPE, openSteps });
    const one = Float64Array.from({ length: 30 }, (_, i) => (i === 2 ? 0 : 1));
    const plain = await open(design).train({ seed: 1, weights: one });
    expect((await open(other).train({ seed: 1, weights: one })).theta).toEqual(plain.theta);
  });

  it('stops when asked, with what it has so far resumable', async () => {
    const model = modelOf({});
    const stop = new AbortController();
    let kept: TrainingState | undefined;
    const onEpoch = (_: unknown, state: TrainingState): void => {
      kept = state;
      if (state.epoch === 2) stop.abort();
    };
    await expect(model.train({ seed: 1, signal: stop.signal, onEpoch })).rejects.toMatchObject({ kind: 'cancelled' });
    expect(kept?.epoch).toBe(2);
    expect((await model.train({ seed: 1, resume: kept })).theta).toEqual((await model.train({ seed: 1 })).theta);
  });

  it('says that it diverged instead of returning a NaN', async () => {
    await expect(modelOf({ learningRate: 1e30 }).train({ seed: 1 })).rejects.toMatchObject({
      kind: 'numerical',
      message: expect.stringContaining('The training diverged in epoch'),
    });
  });

  it('stops early at the gradient it was asked for', async () => {
    const model = modelOf({ gradientGoal: 0.1, epochs: 400, learningRate: 0.02, schedule: 'constant', batchSize: 30 });
    const { converged, gradientNorm, curve } = await model.train({ seed: 1 });
    expect(converged).toBe(true);
    expect(gradientNorm).toBeLessThanOrEqual(0.1 * 30);
    expect(curve.length).toBeLessThan(401);
  });
}

/** The state that training with seed 3 had after `epoch`. */
async function stateAfter(model: TrainableModel, epoch: number): Promise<TrainingState | undefined> {
  let found: TrainingState | undefined;
  await model.train({
    seed: 3,
    weights,
    onEpoch: (_, state) => {
      if (state.epoch === epoch) found = state;
    },
  });
  return found;
}

/** The formulas of TrainingRecipe, with the model's own gradients. */
async function byTheRule(
  model: TrainableModel,
  start: Float64Array,
  optimiser: (typeof OPTIMISERS)[number],
): Promise<Float64Array> {
  let theta = start;
  const q = theta.length;
  const recipe = { ...RECIPE, optimiser };
  let v = new Float64Array(q);
  let m = new Float64Array(q);
  let u = new Float64Array(q);
  let step = 0;
  for (let epoch = 0; epoch < recipe.epochs; epoch++) {
    for (const batch of epochBatches(30, recipe, 3, epoch)) {
      const rate = learningRateAt(recipe, step, 4);
      const scale = Float64Array.from(batch, (i) => weights[i] / batch.length);
      const sum = await model.gradientSum(theta, 'train', batch, scale);
      const g = sum.map((value, j) => value + (model.penalty[j] / 30) * theta[j]);
      step++;
      if (optimiser === 'sgd') theta = theta.map((value, j) => value - rate * g[j]);
      else if (optimiser === 'momentum') {
        v = v.map((value, j) => 0.9 * value + g[j]);
        theta = theta.map((value, j) => value - rate * v[j]);
      } else {
        m = m.map((value, j) => 0.9 * value + 0.1 * g[j]);
        u = u.map((value, j) => 0.999 * value + 0.001 * g[j] ** 2);
        theta = theta.map(
          (value, j) => value - (rate * (m[j] / (1 - 0.9 ** step))) / (Math.sqrt(u[j] / (1 - 0.999 ** step)) + 1e-8),
        );
      }
    }
  }
  return theta;
}
