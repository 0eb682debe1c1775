import { describe, expect, it } from 'vitest';
import { agreements, describeAgreement } from '../../src/shared/agreement.ts';
import type { AgreementsOf } from '../../src/main/studies/study-run.ts';
import type { Estimator, Evaluation, GroupOrigin } from '../../src/shared/quantities.ts';
import type { Agreement } from '../../src/shared/study.ts';
import { normals } from '../groups/example-context.ts';

/** The engine takes it by this signature. */
const asTheEngineSeesIt: AgreementsOf = agreements;

const loss: Evaluation = { quantity: 'loss', target: '7' };
const selfLoss: Evaluation = { quantity: 'selfLoss', target: 'self' };

function groupsOf(...origins: GroupOrigin[]): { origin: GroupOrigin }[] {
  return origins.map((origin) => ({ origin }));
}

describe('agreement', () => {
  it('is given per evaluation, estimator and set of groups, against the actual effect', () => {
    const groups = groupsOf('file', 'random', 'random', 'file');
    // 2 evaluations × 3 estimators × 4 groups
    const values = Float64Array.of(
      ...[1, 2, 3, 4], // loss: influence
      ...[2, 4, 6, 8], // loss: actual
      ...[2, 4, 6, -8], // loss: newton
      ...[1, 1, 1, 1],
      ...[1, 2, 3, 4],
      ...[4, 3, 2, 1],
    );
    const all = asTheEngineSeesIt([loss, selfLoss], ['influence', 'actual', 'newton'], groups, values);
    expect(all.map(({ quantity, estimator, groups: set, count }) => [quantity, estimator, set, count])).toEqual([
      ['loss', 'influence', 'all', 4],
      ['loss', 'influence', 'random', 2],
      ['loss', 'influence', 'file', 2],
      ['loss', 'newton', 'all', 4],
      ['loss', 'newton', 'random', 2],
      ['loss', 'newton', 'file', 2],
      ['selfLoss', 'influence', 'all', 4],
      ['selfLoss', 'influence', 'random', 2],
      ['selfLoss', 'influence', 'file', 2],
      ['selfLoss', 'newton', 'all', 4],
      ['selfLoss', 'newton', 'random', 2],
      ['selfLoss', 'newton', 'file', 2],
    ]);
    const { pearson, ...influence } = all[0];
    expect(pearson).toBeCloseTo(1, 14);
    expect(influence).toEqual({
      ...{ quantity: 'loss', target: '7', estimator: 'influence', groups: 'all', count: 4, skipped: 0 },
      ...{ spearman: 1, slope: 2, underestimated: 1, sameSign: 1, medianError: 0.5, error90: 0.5 },
    });
    expect(all[3]).toMatchObject({ underestimated: 0, sameSign: 0.75 });
    expect(all[3].slope).toBeCloseTo((4 + 16 + 36 - 64) / 120, 14);
    expect(all[6].spearman).toBeNaN();
    expect(all[9].spearman).toBe(-1);
  });

  it('leaves out and counts pairs that are undefined or infinite on either side', () => {
    const values = Float64Array.of(1, Number.NaN, 3, Infinity, 5, 6, 2, 4, -Infinity, 8, Number.NaN, 13);
    const [all] = agreements([loss], ['newton', 'actual'], groupsOf(...Array<GroupOrigin>(6).fill('random')), values);
    expect(all).toMatchObject({ count: 2, skipped: 4, spearman: 1, underestimated: 1, sameSign: 1 });
    expect(all.slope).toBeCloseTo((2 + 78) / 37, 14);
  });

  it('is NaN with count 0 when no pair is defined, and absent without actual effects', () => {
    const groups = groupsOf('random', 'random');
    const [all] = agreements([loss], ['newton', 'actual'], groups, new Float64Array(4).fill(Number.NaN));
    expect(all).toMatchObject({ count: 0, skipped: 2 });
    expect([all.spearman, all.pearson, all.slope, all.underestimated, all.sameSign].every(Number.isNaN)).toBe(true);
    expect(agreements([loss], ['newton', 'influence'], groups, new Float64Array(4))).toEqual([]);
    expect(agreements([loss], ['newton', 'actual'], [], new Float64Array(0))).toMatchObject([
      { groups: 'all', count: 0 },
    ]);
  });

  it('takes 0 as a sign of its own', () => {
    const [all] = agreements(
      [loss],
      ['influence', 'actual'],
      groupsOf('file', 'file', 'file'),
      Float64Array.of(0, 0, 1, 0, 2, 0),
    );
    expect(all).toMatchObject({ sameSign: 1 / 3, underestimated: 1 / 3 });
  });

  it('of a panel of 100,000 groups takes less than 100 ms', () => {
    const n = 100_000;
    const origins: GroupOrigin[] = ['random', 'sharedFeature', 'positiveInfluence'];
    const groups = Array.from({ length: n }, (_, g) => ({ origin: origins[g % 3] }));
    const x = normals(n, 'panel x');
    const noise = normals(n, 'panel noise');
    const values = new Float64Array(2 * n);
    values.set(x);
    values.set(
      x.map((value, g) => 1.3 * value + 0.1 * noise[g]),
      n,
    );
    agreements([loss], ['influence', 'actual'], groups, values);
    // Processor time, since the machine has other work too; the least of three.
    const times = [0, 1, 2].map(() => {
      const start = process.cpuUsage();
      agreements([loss], ['influence', 'actual'], groups, values);
      const { user, system } = process.cpuUsage(start);
      return (user + system) / 1000;
    });
    expect(Math.min(...times)).toBeLessThan(100);
  });
});

describe('agreement in words', () => {
  const estimators: Estimator[] = ['influence'];
  const agreement = (parts: Partial<Agreement>): Agreement => ({
    ...{ quantity: 'loss', target: '7', estimator: estimators[0], groups: 'all', count: 100, skipped: 0 },
    ...{ spearman: 0.995, pearson: 0.9, slope: 1.2, underestimated: 0.87, sameSign: 0.99 },
    ...parts,
  });

  it('is one line in the style of the field', () => {
    expect(describeAgreement(agreement({}))).toBe('ρ = .995 · underestimates 87 % of groups · same sign 99 %');
  });

  it.each([
    [1, 'ρ = 1.000'],
    [0.99996, 'ρ > .999'],
    [0.9994, 'ρ = .999'],
    [0, 'ρ = .000'],
    [-0.0001, 'ρ = .000'],
    [-0.1426, 'ρ = −.143'],
    [-0.9999, 'ρ < −.999'],
    [-1, 'ρ = −1.000'],
    [Number.NaN, 'ρ undefined'],
  ])('writes %d as %s', (spearman, words) => {
    expect(describeAgreement(agreement({ spearman })).split(' · ')[0]).toBe(words);
  });

  it('never rounds a share to all or none', () => {
    const words = describeAgreement(agreement({ underestimated: 0.001, sameSign: 0.999 }));
    expect(words).toContain('underestimates < 1 % of groups');
    expect(words).toContain('same sign > 99 %');
    expect(describeAgreement(agreement({ underestimated: 0, sameSign: 1 }))).toContain(
      'underestimates 0 % of groups · same sign 100 %',
    );
  });

  it('says what was left out, and when there is nothing to compare', () => {
    expect(describeAgreement(agreement({ skipped: 1 }))).toContain('1 group without both effects left out');
    expect(describeAgreement(agreement({ count: 0, skipped: 3, groups: 'random', estimator: 'newton' }))).toBe(
      'no group has both Newton and actual effects among “Random” · 3 groups without both effects left out',
    );
    expect(describeAgreement(agreement({ skipped: undefined }))).not.toContain('left out');
  });
});
