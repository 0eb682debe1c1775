import { describe, expect, it } from 'vitest';
import { agreementWithTruth } from '../../../src/main/attribution/metrics/agreement-with-truth.ts';
import { bootstrap } from '../../../src/main/attribution/metrics/bootstrap.ts';
import { brittleness } from '../../../src/main/attribution/metrics/brittleness.ts';
import { linearDatamodelingScore } from '../../../src/main/attribution/metrics/linear-datamodeling-score.ts';
import {
  detectionArea,
  detectionAreaInterval,
  foundAfterInspecting,
  inspectionOrder,
} from '../../../src/main/attribution/metrics/mislabel-detection.ts';
import { meanHeight, removalCurve, repairCurve } from '../../../src/main/attribution/metrics/removal-curves.ts';
import { overlapMatrix, topOverlap } from '../../../src/main/attribution/metrics/top-overlap.ts';
import { mean } from '../../../src/shared/statistics.ts';
import { uniforms } from '../../numerics/problems.ts';

describe('bootstrap intervals', () => {
  it('are about ±1.96 standard errors wide for a mean, and the same for the same seed', () => {
    const values = uniforms(4, 400);
    const statistic = (units: Int32Array): number => mean(Float64Array.from(units, (at) => values[at]));
    const found = bootstrap(400, statistic, { seed: 3, repeats: 1000 });
    const centre = mean(values);
    const error = Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0)) / 400;
    expect(found.estimate).toBeCloseTo(centre, 14);
    expect((found.high - found.low) / (2 * 1.96 * error)).toBeGreaterThan(0.9);
    expect((found.high - found.low) / (2 * 1.96 * error)).toBeLessThan(1.1);
    expect(bootstrap(400, statistic, { seed: 3, repeats: 1000 })).toEqual(found);
    expect(bootstrap(400, statistic, { seed: 4, repeats: 1000 })).not.toEqual(found);
  });

  it('have no bounds where most resamples are undefined, and say so by NaN', () => {
    expect(bootstrap(3, () => Number.NaN, { seed: 0 }).low).toBeNaN();
    expect(bootstrap(0, () => 1, { seed: 0 }).low).toBeNaN();
  });
});

describe('agreement with the truth', () => {
  it('is 1 for a straight line, leaves infinite effects out and counts what is left', () => {
    const predicted = Float64Array.of(1, 2, 3, 4, 5);
    const { compared, pearson, spearman } = agreementWithTruth(
      predicted,
      predicted.map((value, at) => (at === 2 ? Number.POSITIVE_INFINITY : 2 * value - 1)),
      { seed: 1 },
    );
    expect([compared, pearson.estimate, spearman.estimate]).toEqual([4, 1, 1]);
  });
});

describe('the linear datamodeling score', () => {
  it('is the mean over targets of the rank correlation over subsets', () => {
    const actual = Float64Array.of(1, 2, 3, 4, /* second target */ 1, 2, 3, 4);
    const predicted = Float64Array.of(10, 20, 30, 400, 4, 3, 2, 1);
    const { score, perTarget } = linearDatamodelingScore(predicted, actual, 2, { seed: 0 });
    expect([...perTarget]).toEqual([1, -1]);
    expect(score.estimate).toBe(0);
  });
});

describe('finding mislabelled rows', () => {
  const wrong = Float64Array.of(1, 0, 0, 1, 0);

  it('has the area that counting all pairs gives, ties half', () => {
    const suspicion = Float64Array.of(5, 1, 4, 4, 0);
    // Pairs (wrong, clean): 5 beats 1, 4, 0; 4 beats 1, 0 and ties 4.
    expect(detectionArea(suspicion, wrong)).toBeCloseTo(5.5 / 6, 14);
    expect(detectionAreaInterval(suspicion, wrong, { seed: 0 }).estimate).toBeCloseTo(5.5 / 6, 14);
    expect(detectionArea(suspicion, new Float64Array(5))).toBeNaN();
  });

  it('inspects the most suspect first and counts what it finds', () => {
    const suspicion = Float64Array.of(5, 1, 4, 4, 0);
    expect([...inspectionOrder(suspicion)]).toEqual([0, 2, 3, 1, 4]);
    expect(foundAfterInspecting(suspicion, wrong, 0.4)).toBe(0.5);
    expect(foundAfterInspecting(suspicion, wrong, 0.6)).toBe(1);
  });
});

describe('removal and repair curves', () => {
  const scores = Float64Array.of(3, 9, 1, 5);

  it('remove the highest scores first', async () => {
    const asked: number[][] = [];
    const curve = await removalCurve(scores, [0, 1, 3], async (sets) => {
      asked.push(...sets.map((set) => [...set]));
      return sets.map((set) => set.length);
    });
    expect(asked).toEqual([[], [1], [0, 1, 3]]);
    expect(curve).toEqual([
      { rows: 0, value: 0 },
      { rows: 1, value: 1 },
      { rows: 3, value: 3 },
    ]);
  });

  it('give inspected rows their true label and leave the others', async () => {
    const labels = { given: Int32Array.of(0, 0, 0, 0), truth: Int32Array.of(1, 1, 0, 1) };
    const curve = await repairCurve(scores, [0, 2, 4], labels, async (now) => now.reduce((sum, y) => sum + y, 0));
    expect(curve.map(({ value }) => value)).toEqual([0, 2, 3]);
    expect(meanHeight(curve)).toBe((1 + 2.5) / 2);
  });
});

describe('brittleness', () => {
  it('finds the smallest prefix that flips, by doubling and bisection, and verifies it', async () => {
    const support = Float64Array.from({ length: 50 }, (_, i) => i - 10);
    const found = await brittleness(support, async (removed) => removed.length >= 11, 50);
    expect(found.rows).toBe(11);
    expect([...found.members]).toEqual(Array.from({ length: 11 }, (_, i) => 39 + i));
    expect(found.tried.map(({ rows }) => rows)).toEqual([1, 2, 4, 8, 16, 12, 10, 11]);
  });

  it('says null where nothing that supports the prediction flips it', async () => {
    const never = async (): Promise<boolean> => false;
    expect((await brittleness(Float64Array.of(1, 2, -3), never, 10)).rows).toBeNull();
    expect((await brittleness(Float64Array.of(-1, -2), never, 10)).tried).toEqual([]);
  });
});

describe('overlap of the top rows', () => {
  it('is 1 with itself, and the shared part with another', () => {
    const a = Float64Array.of(9, 8, 7, 1);
    const b = Float64Array.of(9, 1, 7, 8);
    expect(topOverlap(a, b, 2)).toBe(0.5);
    expect(overlapMatrix([a, b], 2)).toEqual([
      [1, 0.5],
      [0.5, 1],
    ]);
  });
});
