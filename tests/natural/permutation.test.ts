import { describe, expect, it } from 'vitest';
import type { Group } from '../../src/shared/group.ts';
import type { EffectsTable } from '../../src/shared/study.ts';
import { randomTwins } from '../../src/main/groups/random-twins.ts';
import { benjaminiHochberg, naturalAnalyses, permutationTest } from '../../src/main/natural/permutation.ts';

function natural(value: string, rows: number[]): Group {
  return {
    id: `ward=${value}`,
    origin: 'natural',
    label: `ward = ${value}`,
    members: Int32Array.from(rows),
    parameters: { column: 'ward', value, size: rows.length },
  };
}

/** Effects that add up over rows, as influence does. */
function additiveEffects(groups: readonly Group[], perRow: readonly number[]): EffectsTable {
  const values = Float64Array.from(groups, ({ members }) => members.reduce((sum, row) => sum + perRow[row], 0));
  return {
    groupCount: groups.length,
    evaluations: [{ quantity: 'meanTestLoss', target: 'all' }],
    estimators: ['influence'],
    values,
  };
}

describe('the random groups of equal size', () => {
  const groups = [natural('a', [0, 1, 2]), natural('b', [3, 4, 5]), natural('c', [6, 7, 8, 9])];

  it('are so many per distinct size, each without a repeated row', () => {
    const twins = randomTwins(groups, 'ward', 50, 20);
    expect(twins.map(({ members }) => members.length)).toEqual([
      ...Array.from({ length: 20 }, () => 3),
      ...Array.from({ length: 20 }, () => 4),
    ]);
    for (const { members } of twins) expect(new Set(members).size).toBe(members.length);
    expect(new Set(twins.map(({ id }) => id)).size).toBe(40);
  });

  it('are the same when asked again, and others for another column', () => {
    const rows = (column: string) => randomTwins(groups, column, 50, 5).map(({ members }) => [...members]);
    expect(rows('ward')).toEqual(rows('ward'));
    expect(rows('ward')).not.toEqual(rows('bed'));
  });

  it('take every row equally often', () => {
    const counts = new Array<number>(10).fill(0);
    for (const { members } of randomTwins(groups.slice(0, 1), 'ward', 10, 4000))
      for (const row of members) counts[row]++;
    // 4000 draws of 3 of 10 rows: 1200 each, standard deviation √(4000·.3·.7) ≈ 29.
    for (const count of counts) expect(Math.abs(count - 1200)).toBeLessThan(5 * 29);
  });
});

describe('the permutation test', () => {
  it('counts the group among the draws, so that p is never 0', () => {
    expect(permutationTest(100, [1, 2, 3, 4]).p).toBe(1 / 5);
    expect(permutationTest(2.5, [1, 2, 3, 4]).p).toBe(1);
  });

  it('is two-sided about the mean', () => {
    const high = permutationTest(9, [-5, -1, 0, 1, 5]);
    const low = permutationTest(-9, [-5, -1, 0, 1, 5]);
    expect(high.p).toBe(low.p);
    expect(high.expected).toBe(0);
  });

  it('has no p-value without random groups or without an effect', () => {
    expect(permutationTest(1, []).p).toBeNaN();
    expect(permutationTest(NaN, [1, 2]).p).toBeNaN();
  });

  it('is below .1 for about a tenth of groups that are random themselves', () => {
    // The first draw of each column stands for a group without an effect of its own.
    const perRow = Array.from({ length: 60 }, (_, row) => Math.sin(12.9898 * row) * 43.7);
    const small = Array.from({ length: 400 }, (_, k) => {
      const twins = randomTwins([natural('a', [0, 1, 2, 3, 4, 5])], `column ${k}`, 60, 60);
      const [own, ...others] = twins.map(({ members }) => members.reduce((sum, row) => sum + perRow[row], 0));
      return permutationTest(own, others).p;
    }).filter((p) => p <= 0.1);
    // Binomial(400, .1): 40 ± 6.
    expect(Math.abs(small.length - 40)).toBeLessThan(24);
  });
});

describe('Benjamini and Hochberg’s adjustment', () => {
  it('agrees with R’s p.adjust', () => {
    const adjusted = benjaminiHochberg([0.01, 0.04, 0.03, 0.005, 0.5]);
    [0.025, 0.05, 0.05, 0.025, 0.5].forEach((q, k) => expect(adjusted[k]).toBeCloseTo(q, 12));
  });

  it('leaves out what has no p-value', () => {
    expect(benjaminiHochberg([0.01, NaN])).toEqual([0.01, NaN]);
  });
});

describe('natural groups against random ones', () => {
  it('finds the group whose rows differ, and not the one whose rows do not', () => {
    const perRow = Array.from({ length: 60 }, (_, row) => (row < 6 ? 3 : 0) + Math.cos(7 * row));
    const groups = [natural('odd one', [0, 1, 2, 3, 4, 5]), natural('plain', [20, 27, 33, 41, 50, 58])];
    const all = [...groups, ...randomTwins(groups, 'ward', 60, 199)];
    const [analysis] = naturalAnalyses(all, additiveEffects(all, perRow), 'influence');
    expect(analysis.permutations).toBe(199);
    const [odd, plain] = analysis.cells;
    expect(odd.p).toBe(1 / 200);
    expect(odd.q).toBe(2 / 200);
    expect(plain.p).toBeGreaterThan(0.05);
  });

  it('expects of random rows their number times the mean row', () => {
    const perRow = Array.from({ length: 40 }, (_, row) => row / 10);
    const groups = [natural('a', [0, 1, 2, 3])];
    const all = [...groups, ...randomTwins(groups, 'ward', 40, 2000)];
    const [analysis] = naturalAnalyses(all, additiveEffects(all, perRow), 'influence');
    // Four of 40 without replacement: mean 4·1.95, standard error of the mean of 2000 draws ≈ .05.
    expect(Math.abs(analysis.cells[0].expected - 4 * 1.95)).toBeLessThan(0.25);
  });

  it('has no p-values where no random groups were asked for', () => {
    const groups = [natural('a', [0, 1])];
    const [analysis] = naturalAnalyses(groups, additiveEffects(groups, [1, 2]), 'influence');
    expect(analysis.permutations).toBe(0);
    expect(analysis.cells[0].p).toBeNaN();
  });
});
