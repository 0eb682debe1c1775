import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  mean,
  midRanks,
  pearson,
  quantiles,
  shareWhere,
  slopeThroughOrigin,
  spearman,
} from '../../src/shared/statistics.ts';

const of = (...values: number[]): Float64Array => Float64Array.from(values);

// Goldens by SciPy 1.x / NumPy: spearmanr, pearsonr, rankdata, quantile, lstsq.
const a = of(3.1, -1.2, 0, 4.4, 2.2, 2.2, -7, 0, 9.5, 1);
const b = of(2.9, -0.2, 1, 3.9, 2.5, -4, -7, 0.5, 4.1, 1);

describe('statistics', () => {
  it('agree with SciPy and NumPy', () => {
    expect([...midRanks(a)]).toEqual([8, 2, 3.5, 9, 6.5, 6.5, 1, 3.5, 10, 5]);
    expect(spearman(a, b)).toBeCloseTo(0.8409825257156243, 14);
    expect(pearson(a, b)).toBeCloseTo(0.787511005419826, 14);
    expect(slopeThroughOrigin(a, b)).toBeCloseTo(0.6212709326827105, 14);
    const expected = [-7, -1.78, 0, 1.6, 4.91, 9.5];
    quantiles(a, [0, 0.1, 0.25, 0.5, 0.9, 1]).forEach((value, i) => expect(value).toBeCloseTo(expected[i], 14));
  });

  it('give Spearman’s ρ of the textbook: 1 − 6Σd²/(n(n² − 1)) without ties', () => {
    // d = (−1, 1, −2, 2, 0): 1 − 6·10/120
    expect(spearman(of(1, 2, 3, 4, 5), of(20, 10, 50, 20.5, 60))).toBeCloseTo(1 - (6 * (1 + 1 + 1 + 1 + 0)) / 120, 14);
    expect(spearman(of(1, 2, 3, 4, 5), of(2, 1, 5, 2.5, 4))).toBeCloseTo(1 - (6 * (1 + 1 + 4 + 1 + 1)) / 120, 14);
  });

  it('give ρ = ±1 for any monotone relation', () => {
    const x = of(-3, 0.1, 2, 8, 100);
    expect(
      spearman(
        x,
        x.map((value) => value ** 3),
      ),
    ).toBe(1);
    expect(
      spearman(
        x,
        x.map((value) => -Math.exp(value / 10)),
      ),
    ).toBe(-1);
  });

  it('are NaN where they are undefined', () => {
    expect(spearman(of(), of())).toBeNaN();
    expect(pearson(of(1), of(2))).toBeNaN();
    expect(pearson(of(1, 2, 3), of(0.1, 0.1, 0.1))).toBeNaN();
    expect(slopeThroughOrigin(of(0, 0), of(1, 2))).toBeNaN();
    expect(shareWhere(0, () => true)).toBeNaN();
    expect(mean(of())).toBeNaN();
    expect(quantiles(of(), [0.5])).toEqual([Number.NaN]);
  });

  it('keep their digits far from zero and at any scale', () => {
    const x = of(1, 2, 4, 3);
    const y = of(1, 4, 2, 3);
    for (const scale of [1e-200, 1, 1e200]) {
      expect(
        pearson(
          x.map((value) => value * scale),
          y,
        ),
      ).toBeCloseTo(0.2, 13);
      expect(
        slopeThroughOrigin(
          x.map((value) => value * scale),
          y.map((value) => value * scale),
        ),
      ).toBeCloseTo(26 / 30, 13);
    }
    expect(
      pearson(
        x.map((value) => value + 1e9),
        y,
      ),
    ).toBeCloseTo(0.2, 7);
    expect(pearson(of(1e15, 1e15 + 1, 1e15 + 2), of(1, 2, 3))).toBeCloseTo(1, 12);
  });

  it('count −0 and +0 as one value', () => {
    expect([...midRanks(of(0, -0, 1, -1))]).toEqual([2.5, 2.5, 4, 1]);
  });

  it('leave their inputs as they were', () => {
    const x = of(3, 1, 2);
    midRanks(x);
    quantiles(x, [0.5]);
    expect([...x]).toEqual([3, 1, 2]);
  });
});

describe('for any vectors', () => {
  const finite = fc.oneof(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), fc.integer({ min: -3, max: 3 }));
  const pairs = fc
    .array(fc.tuple(finite, finite), { minLength: 2, maxLength: 40 })
    .map((list) => ({ x: of(...list.map(([x]) => x)), y: of(...list.map(([, y]) => y)) }));

  it('correlations lie in [−1, 1] and are symmetric', () => {
    fc.assert(
      fc.property(pairs, ({ x, y }) => {
        for (const correlation of [spearman, pearson]) {
          const value = correlation(x, y);
          expect(correlation(y, x)).toBe(value);
          if (!Number.isNaN(value)) expect(Math.abs(value)).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  it('ranks are those of counting smaller and equal values, and sum to n(n + 1)/2', () => {
    fc.assert(
      fc.property(pairs, ({ x }) => {
        const ranks = midRanks(x);
        x.forEach((value, i) => {
          const smaller = x.filter((other) => other < value).length;
          const equal = x.filter((other) => other === value).length;
          expect(ranks[i]).toBe(smaller + (equal + 1) / 2);
        });
        expect(ranks.reduce((sum, rank) => sum + rank, 0)).toBe((x.length * (x.length + 1)) / 2);
      }),
    );
  });

  it('ρ is unchanged by a monotone transformation and turned by a falling one', () => {
    fc.assert(
      fc.property(pairs, ({ x, y }) => {
        // Scaling by powers of two is exact, so no two values can merge.
        const rising = x.map((value) => (value < 0 ? value * 4 : value * 8));
        const value = spearman(x, y);
        expect(spearman(rising, y)).toBe(value);
        if (!Number.isNaN(value))
          expect(
            spearman(
              x.map((v) => -v),
              y,
            ),
          ).toBeCloseTo(-value, 12);
      }),
    );
  });

  it('quantiles rise and end at the extremes', () => {
    fc.assert(
      fc.property(pairs, ({ x }) => {
        const values = quantiles(x, [0, 0.2, 0.5, 0.7, 1]);
        expect(values[0] === Math.min(...x) && values[4] === Math.max(...x)).toBe(true);
        for (let i = 1; i < 5; i++) expect(values[i]).toBeGreaterThanOrEqual(values[i - 1] - 1e-9);
      }),
    );
  });
});
