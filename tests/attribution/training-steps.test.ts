/** TracIn and HyDRA: estimators that follow the steps of training, against training itself. */
import { describe, expect, it } from 'vitest';
import { hydra, trainingResponses } from '../../src/main/attribution/estimators/hydra.ts';
import { tracinAlongSteps, tracinCheckpoints } from '../../src/main/attribution/estimators/tracin.ts';
import { sum } from '../../src/main/attribution/solvers/vectors.ts';
import { targetLosses } from '../../src/main/attribution/training-objective.ts';
import { relativeDistance } from '../numerics/closeness.ts';
import { randomDesign } from '../numerics/problems.ts';
import { perceptron, problemOf, regression } from './problems.ts';

const design = randomDesign({ rows: 30, features: 4, classes: 3, seed: 21 });

describe('HyDRA', () => {
  const model = perceptron(design, [5], { lambda: 0.4 });

  it('exact, is the finite difference of training with a re-weighted row or group, momentum and weight decay included', async () => {
    const problem = await problemOf(model);
    const sets = [Int32Array.of(3), Int32Array.of(17), Int32Array.of(2, 9, 25)];
    const responses = await trainingResponses(problem, sets, true);
    const step = 1e-4;
    for (const [g, members] of sets.entries()) {
      const trainedWith = async (epsilon: number): Promise<Float64Array> => {
        const weights = model.weights.slice();
        for (const row of members) weights[row] *= 1 + epsilon;
        return (await model.train({ seed: 0, weights })).theta;
      };
      const difference = sum(await trainedWith(step), -1, await trainedWith(-step)).map((v) => v / (2 * step));
      expect(relativeDistance(responses[g], difference)).toBeLessThan(1e-6);
    }
  });

  it('fast, leaves the curvature out: other numbers, the same for a set used in the last step alone', async () => {
    const problem = await problemOf(model);
    const sets = [Int32Array.of(3)];
    const [exact] = await trainingResponses(problem, sets, true);
    const [fast] = await trainingResponses(problem, sets, false);
    expect(relativeDistance(fast, exact)).toBeGreaterThan(1e-3);
    const short = perceptron(design, [5], { lambda: 0.4, epochs: 1, batchSize: 30 });
    const once = await problemOf(short);
    const both = [await trainingResponses(once, sets, true), await trainingResponses(once, sets, false)];
    expect(relativeDistance(both[0][0], both[1][0])).toBeLessThan(1e-14);
  });

  it('adds up over a group', async () => {
    const problem = await problemOf(model, { points: Int32Array.of(2, 9), groups: [Int32Array.of(2, 9)] });
    const { points, groups } = await hydra({ exact: true })(problem);
    problem.targets.forEach((_, t) => expect(groups[t]).toBeCloseTo(points[2 * t] + points[2 * t + 1], 12));
  });

  it('refuses Adam and models without steps in a sentence', async () => {
    const adam = await problemOf(perceptron(design, [5], { optimiser: 'adam' }));
    await expect(hydra({ exact: true })(adam)).rejects.toThrow('not Adam');
    const solved = await regression(design);
    await expect(hydra({ exact: true })(await problemOf(solved))).rejects.toThrow('solved for');
    solved.dispose();
  });
});

describe('TracIn', () => {
  it('along the steps sums to the fall of the test loss, the nearer the smaller the steps', async () => {
    const gaps: number[] = [];
    for (const learningRate of [0.1, 0.01, 0.001]) {
      const change = { optimiser: 'sgd', schedule: 'constant', lambda: 0, learningRate } as const;
      const model = perceptron(design, [5], change);
      const problem = await problemOf(model);
      let start: Float64Array | null = null;
      await model.train({ seed: 0, onStep: ({ step, theta }) => void (step === 0 && (start = theta.slice())) });
      if (start === null) throw new Error('no step');
      const before = await targetLosses(model, start, problem.targets);
      const after = await targetLosses(model, problem.trained.theta, problem.targets);
      const { points } = await tracinAlongSteps(problem);
      const t = problem.targets.length - 1;
      const total = points.subarray(t * 30).reduce((sum, value) => sum + value, 0);
      gaps.push(Math.abs(total / (before[t] - after[t]) - 1));
    }
    expect(gaps[1]).toBeLessThan(0.3 * gaps[0]);
    expect(gaps[2]).toBeLessThan(0.3 * gaps[1]);
    expect(gaps[2]).toBeLessThan(0.01);
  });

  it('at checkpoints is the same by the last layer where that is all of the model', async () => {
    const problem = await problemOf(perceptron(design, []), { groups: [Int32Array.of(1, 2, 3)] });
    const whole = await tracinCheckpoints()(problem);
    const last = await tracinCheckpoints({ lastLayer: true })(problem);
    expect(relativeDistance(last.points, whole.points)).toBeLessThan(1e-12);
    expect(relativeDistance(last.groups, whole.groups)).toBeLessThan(1e-12);
    expect(
      relativeDistance(last.suspicion ?? new Float64Array(0), whole.suspicion ?? new Float64Array(1)),
    ).toBeLessThan(1e-12);
  });

  it('at a checkpoint after every epoch comes near to what it is along the steps', async () => {
    const problem = await problemOf(perceptron(design, [5], { optimiser: 'sgd', learningRate: 0.02, epochs: 20 }));
    const steps = await tracinAlongSteps(problem);
    const checkpoints = await tracinCheckpoints()(problem);
    expect(relativeDistance(checkpoints.points, steps.points)).toBeLessThan(0.1);
  });
});
