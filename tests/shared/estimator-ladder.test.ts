import { describe, expect, it } from 'vitest';
import { agreements } from '../../src/shared/agreement.ts';
import { cheapestWithin, estimatorLadders } from '../../src/shared/estimator-ladder.ts';
import type { Estimator, Evaluation } from '../../src/shared/quantities.ts';

const ESTIMATORS: Estimator[] = ['influence', 'newton', 'actual'];
const EVALUATIONS: Evaluation[] = [
  { quantity: 'loss', target: '1' },
  { quantity: 'loss', target: '2' },
];
const GROUPS = Array.from({ length: 10 }, () => ({ origin: 'random' as const }));
/** Influence off by 50 % on the first test row, by 20 % on the second; Newton by 1 %, but for one group of ten by 30 %. */
const ACTUAL = GROUPS.map((_, g) => (g % 2 === 0 ? 1 : -1) * (1 + g));
const plane = (factor: (g: number) => number) => ACTUAL.map((value, g) => value * factor(g));
const newton = plane((g) => (g === 4 ? 0.7 : 0.99));
const VALUES = Float64Array.from([
  ...plane(() => 0.5),
  ...newton,
  ...ACTUAL,
  ...plane(() => 0.8),
  ...newton,
  ...ACTUAL,
]);
const SECONDS = { influence: 1e-5, newton: 1e-3, actual: 5e-3 };

describe('the estimator ladder', () => {
  const [ladder] = estimatorLadders(agreements(EVALUATIONS, ESTIMATORS, GROUPS, VALUES), SECONDS);

  it('has the errors of each estimator on the target where they are worst, cheapest first', () => {
    expect(ladder.targets).toBe(2);
    expect(ladder.rungs.map(({ estimator }) => estimator)).toEqual(['influence', 'newton', 'actual']);
    const [influence, byNewton, actual] = ladder.rungs;
    expect(influence.error90).toBeCloseTo(0.5, 12);
    expect(byNewton.medianError).toBeCloseTo(0.01, 12);
    expect(actual).toEqual({ estimator: 'actual', seconds: 5e-3, medianError: 0, error90: 0 });
  });

  it('recommends the cheapest that nine groups in ten stay within', () => {
    expect(cheapestWithin(ladder, 0.5)?.estimator).toBe('influence');
    expect(cheapestWithin(ladder, 0.05)?.estimator).toBe('newton');
    expect(cheapestWithin(ladder, 0.001)?.estimator).toBe('actual');
  });

  it('is not there without actual effects', () => {
    expect(estimatorLadders(agreements(EVALUATIONS, ['influence'], GROUPS, VALUES), SECONDS)).toEqual([]);
  });
});
