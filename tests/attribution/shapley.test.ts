import { describe, expect, it } from 'vitest';
import { dataShapley, trainingGame } from '../../src/main/attribution/estimators/data-shapley.ts';
import { exactShapley, sampledShapley, type Game } from '../../src/main/attribution/shapley.ts';
import { targetLosses } from '../../src/main/attribution/training-objective.ts';
import { ridgeModel } from '../../src/main/models/trainable/convex-model.ts';
import { randomDesign } from '../numerics/problems.ts';
import { problemOf, someTargets } from './problems.ts';

/** Player 0 has a left glove, 1 and 2 a right one; a pair is worth 1. */
const gloves: Game = {
  players: 3,
  value: async (S) => (S.includes(0) && (S.includes(1) || S.includes(2)) ? 1 : 0),
};
/** A runway as long as the largest aircraft needs (Littlechild & Owen 1973). */
const airport: Game = { players: 4, value: async (S) => Math.max(0, ...Array.from(S, (i) => [8, 11, 13, 18][i])) };
/** Worth what its members are worth, together. */
const additive: Game = { players: 6, value: async (S) => 3 + S.reduce((sum, i) => sum + i * i, 0) };

describe('exact Shapley values', () => {
  it('are those of the glove game, the airport game and an additive game', async () => {
    const close = (found: Float64Array, expected: readonly number[]): void =>
      expected.forEach((value, i) => expect(found[i]).toBeCloseTo(value, 12));
    close((await exactShapley(gloves)).values, [2 / 3, 1 / 6, 1 / 6]);
    close((await exactShapley(airport)).values, [2, 3, 4, 9]);
    close((await exactShapley(additive)).values, [0, 1, 4, 9, 16, 25]);
  });

  it('refuse too many players', async () => {
    await expect(exactShapley({ players: 30, value: async () => 0 })).rejects.toThrow('30 players');
  });
});

describe('sampled Shapley values', () => {
  it('come within four standard errors of the exact ones', async () => {
    for (const game of [gloves, airport]) {
      const { values } = await exactShapley(game);
      const options = { seed: 5, permutations: 2000, truncation: 0, convergence: 0 };
      const sampled = await sampledShapley(game, options);
      values.forEach((value, i) =>
        expect(Math.abs(sampled.values[i] - value)).toBeLessThan(4 * sampled.standardErrors[i] + 1e-12),
      );
    }
  });

  it('sum to v(N) − v(∅) for any number of permutations that are not truncated', async () => {
    const { values, full, empty } = await sampledShapley(airport, { seed: 1, permutations: 7, truncation: 0 });
    expect(values.reduce((sum, value) => sum + value, 0)).toBeCloseTo(full - empty, 12);
  });

  it('stop a permutation after five values within 1 % of the whole', async () => {
    const early: Game = { players: 40, value: async (S) => (S.length >= 4 ? 1 : S.length / 4) };
    const { truncated, evaluations, permutations } = await sampledShapley(early, { seed: 1, permutations: 20 });
    expect(truncated).toBeCloseTo((40 - 8) / 40, 12);
    expect(evaluations).toBe(2 + 8 * permutations);
  });
});

describe('Data Shapley', () => {
  const design = randomDesign({ rows: 24, features: 3, classes: 2, seed: 2 });
  const groups = [0, 6, 12, 18].map((first) => Int32Array.from({ length: 6 }, (_, i) => first + i));

  it('of groups is the mean gain over all orders of training, and efficient', async () => {
    const model = ridgeModel(design, { lambda: 1, intercept: true });
    const problem = await problemOf(model, {
      groups,
      targets: someTargets([0]).slice(0, 1),
      points: new Int32Array(0),
    });
    const found = await dataShapley()(problem);
    expect(found.groupRule).toBe('own');
    const lossOn = async (players: readonly number[]): Promise<number> => {
      if (players.length === 0) return -(await trainingGame(problem, groups, 0).value(new Int32Array(0)));
      const weights = new Float64Array(24);
      for (const g of players) for (const row of groups[g]) weights[row] = 1;
      return (await targetLosses(model, (await model.train({ seed: 0, weights })).theta, problem.targets))[0];
    };
    const expected = new Float64Array(4);
    for (const order of ordersOf([0, 1, 2, 3])) {
      let before = await lossOn([]);
      for (let at = 0; at < 4; at++) {
        const now = await lossOn(order.slice(0, at + 1));
        expected[order[at]] += (before - now) / 24;
        before = now;
      }
    }
    expected.forEach((value, g) => expect(found.groups[g]).toBeCloseTo(value, 9));
    const total = (await lossOn([])) - (await lossOn([0, 1, 2, 3]));
    expect(found.groups.reduce((sum, value) => sum + value, 0)).toBeCloseTo(total, 9);
  });
});

function ordersOf(items: readonly number[]): number[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item) => ordersOf(items.filter((other) => other !== item)).map((rest) => [item, ...rest]));
}
