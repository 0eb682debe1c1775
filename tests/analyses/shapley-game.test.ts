import { describe, expect, it } from 'vitest';
import { Contributions, exactShapley } from '../../src/main/analyses/shapley-game.ts';

/** 2^m values of a game given on lists of players. */
function game(m: number, value: (players: number[]) => number): Float64Array {
  return Float64Array.from({ length: 2 ** m }, (_, S) =>
    value(Array.from({ length: m }, (_, i) => i).filter((i) => (S >> i) % 2 === 1)),
  );
}

describe('the Shapley values of known games', () => {
  it('are equal in a majority vote of five', () => {
    const phi = exactShapley(
      game(5, (players) => (players.length >= 3 ? 1 : 0)),
      5,
    );
    for (const value of phi) expect(value).toBeCloseTo(1 / 5, 14);
  });

  it('give the one left glove 2/3, each of two right gloves 1/6', () => {
    const phi = exactShapley(
      game(3, (players) => (players.includes(0) && players.length > 1 ? 1 : 0)),
      3,
    );
    expect(phi[0]).toBeCloseTo(2 / 3, 14);
    expect(phi[1]).toBeCloseTo(1 / 6, 14);
    expect(phi[2]).toBeCloseTo(1 / 6, 14);
  });

  it('share a runway as airports do: each piece among those who need it', () => {
    const needs = [1, 2, 3];
    const phi = exactShapley(
      game(3, (players) => Math.max(0, ...players.map((i) => needs[i]))),
      3,
    );
    expect([...phi].map((value) => Number(value.toFixed(12)))).toEqual(
      [1 / 3, 1 / 3 + 1 / 2, 1 / 3 + 1 / 2 + 1].map((value) => Number(value.toFixed(12))),
    );
  });

  it('sum to v(all) − v(none), and give a player that never matters nothing', () => {
    const values = game(
      6,
      (players) => 3 + players.filter((i) => i !== 4).reduce((sum, i) => sum + (i + 1) ** 2, 0) ** 1.5,
    );
    const phi = exactShapley(values, 6);
    expect(phi.reduce((sum, value) => sum + value, 0)).toBeCloseTo(values[63] - values[0], 9);
    expect(phi[4]).toBeCloseTo(0, 12);
  });
});

describe('contributions over random orders', () => {
  it('have the mean and the standard error of the mean of what was added', () => {
    const sum = new Contributions(2);
    const orders = [
      [1, 0],
      [2, 1],
      [6, -1],
    ];
    for (const one of orders) sum.add(one);
    expect([...sum.values()]).toEqual([3, 0]);
    // Variances 7 and 1 over three orders.
    expect(sum.standardErrors()[0]).toBeCloseTo(Math.sqrt(7 / 3), 14);
    expect(sum.standardErrors()[1]).toBeCloseTo(Math.sqrt(1 / 3), 14);
  });
});
