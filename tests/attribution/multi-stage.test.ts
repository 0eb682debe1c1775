/** Influence through an embedding, against pre-training and fine-tuning once more with a re-weighted pre-training row. */
import { describe, expect, it } from 'vitest';
import { multiStageInfluence, type TwoStages } from '../../src/main/attribution/estimators/multi-stage.ts';
import { newtonMinimum, type SmoothFunction } from '../../src/main/attribution/solvers/newton-minimum.ts';
import {
  hessianProduct,
  objectiveGradient,
  objectiveValue,
  targetLosses,
} from '../../src/main/attribution/training-objective.ts';
import type { TrainableModel } from '../../src/main/models/trainable/trainable-model.ts';
import { randomDesign } from '../numerics/problems.ts';
import { perceptron, someTargets } from './problems.ts';

const HIDDEN = 3;
const INPUTS = 4;
const EMBEDDING = { offset: 0, length: (INPUTS + 1) * HIDDEN };
const change = { lambda: 0.2, learningRate: 0.2, epochs: 40 };
const pre = perceptron(randomDesign({ rows: 40, features: INPUTS, classes: 3, seed: 51 }), [HIDDEN], change);
const fine = perceptron(randomDesign({ rows: 25, features: INPUTS, classes: 2, seed: 52 }), [HIDDEN], change);
const targets = someTargets([0, 3]);

/** Minimum of the stage's objective near `start`; `held`: the embedding stays; `alpha`: it is pulled to `towards`. */
async function minimum(
  model: TrainableModel,
  start: Float64Array,
  weights: Float64Array,
  { held = false, alpha = 0, towards = start }: { held?: boolean; alpha?: number; towards?: Float64Array } = {},
): Promise<Float64Array> {
  const inside = (j: number): boolean => j < EMBEDDING.length;
  const f: SmoothFunction = {
    async value(theta) {
      let value = await objectiveValue(model, theta, weights);
      for (let j = 0; j < EMBEDDING.length; j++) value += 0.5 * alpha * (theta[j] - towards[j]) ** 2;
      return value;
    },
    async gradient(theta) {
      const g = await objectiveGradient(model, theta, weights);
      return g.map((v, j) => (inside(j) ? (held ? 0 : v + alpha * (theta[j] - towards[j])) : v));
    },
    curvature: (theta) => {
      const product = hessianProduct(model, theta, { form: 'gaussNewton', damping: 0, weights });
      return async (v) => (await product(v)).map((value, j) => (inside(j) ? (held ? 0 : value + alpha * v[j]) : value));
    },
  };
  const found = await newtonMinimum(f, start, { goal: 1e-11, maximumSteps: 2000 });
  if (found.gradientNorm > 1e-8) throw new Error(`not at a minimum: ${found.gradientNorm}`);
  return found.theta;
}

async function stages(weights: Float64Array, from: { pre: Float64Array; fine: Float64Array }, mode: TwoStages['mode']) {
  const first = await minimum(pre, from.pre, weights);
  const start = from.fine.slice();
  if (mode === 'frozen') start.set(first.subarray(0, EMBEDDING.length));
  const options = mode === 'frozen' ? { held: true } : { alpha: mode.proximity, towards: first };
  return { first, second: await minimum(fine, start, fine.weights, options) };
}

describe.each<TwoStages['mode']>(['frozen', { proximity: 4 }])('influence through an embedding, %j', (mode) => {
  it('is what re-weighting a pre-training row does to the fine-tuned model’s loss', { timeout: 90_000 }, async () => {
    const start = { pre: (await pre.train({ seed: 1 })).theta, fine: (await fine.train({ seed: 1 })).theta };
    const { first, second } = await stages(pre.weights, start, mode);
    const common = { embedding: EMBEDDING, damping: 0, form: 'hessian' as const };
    const rows = Int32Array.of(2, 11, 30);
    const effects = await multiStageInfluence(
      {
        pretraining: { ...common, model: pre, theta: first },
        finetuning: { ...common, model: fine, theta: second },
        mode,
      },
      targets,
      rows,
    );
    const largest = effects.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    expect(largest).toBeGreaterThan(1e-8);
    const step = 1e-3;
    for (const [at, row] of rows.entries()) {
      const lossesAt = async (epsilon: number): Promise<Float64Array> => {
        const weights = pre.weights.slice();
        weights[row] += epsilon;
        const moved = await stages(weights, { pre: first, fine: second }, mode);
        return targetLosses(fine, moved.second, targets);
      };
      const [up, down] = [await lossesAt(step), await lossesAt(-step)];
      targets.forEach((_, t) => {
        const expected = -(up[t] - down[t]) / (2 * step);
        expect(Math.abs(effects[t * rows.length + at] - expected)).toBeLessThan(1e-3 * largest);
      });
    }
  });
});
