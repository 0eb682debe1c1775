import { describe, expect, it } from 'vitest';
import { expandVotes } from '../../src/main/natural/vote-matrix.ts';

describe('votes as training rows', () => {
  // Three candidates, three functions; −1 abstains.
  const votes = [1, -1, 0, -1, -1, -1, 1, 1, 1];

  it('makes a row of every vote, and none of a candidate without one', () => {
    const { candidate, voter, label } = expandVotes(votes, 3);
    expect([...candidate]).toEqual([0, 0, 2, 2, 2]);
    expect([...voter]).toEqual([0, 2, 0, 1, 2]);
    expect([...label]).toEqual([1, 0, 1, 1, 1]);
  });

  it('gives the rows of a candidate weights that add up to 1', () => {
    const { candidate, weight } = expandVotes(votes, 3);
    const sums = new Map<number, number>();
    candidate.forEach((one, k) => sums.set(one, (sums.get(one) ?? 0) + weight[k]));
    for (const sum of sums.values()) expect(sum).toBeCloseTo(1, 14);
  });
});
