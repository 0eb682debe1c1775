import { describe, expect, it } from 'vitest';
import { downsampling, memorisation, trainOnSubsets } from '../../src/main/attribution/estimators/downsampling.ts';
import { retraining } from '../../src/main/attribution/estimators/retraining.ts';
import { detectionArea } from '../../src/main/attribution/metrics/mislabel-detection.ts';
import type { Design } from '../../src/shared/dataset.ts';
import { pearson } from '../../src/shared/statistics.ts';
import { realDesign } from './problems.ts';
import { problemOf, regression } from './problems.ts';

/** Breast-cancer rows, few of them so that each counts, with planted wrong labels. */
async function planted(rows: number, wrong: readonly number[]): Promise<Design> {
  const design = await realDesign('breast-cancer');
  const { X, y } = design.train;
  if (X.kind !== 'dense') throw new Error('dense');
  const labels = y.slice(0, rows);
  for (const row of wrong) labels[row] = 1 - labels[row];
  const train = { X: { ...X, rows, data: X.data.slice(0, rows * X.columns) }, y: labels, weights: null };
  return { ...design, train };
}

describe('downsampling', () => {
  const wrong = [3, 17, 40, 55, 71, 90];

  it('finds planted mislabelled rows by memorisation', { timeout: 90_000 }, async () => {
    // A λ that lets the model bend to single rows: a stiff one memorises nothing.
    const model = await regression(await planted(120, wrong), { lambda: 0.01 });
    const problem = await problemOf(model);
    const records = await trainOnSubsets(problem, { models: 120 });
    const { accuracy, loss } = memorisation(records, problem.points);
    const truth = Float64Array.from(problem.points, (row) => (wrong.includes(row) ? 1 : 0));
    expect(detectionArea(loss, truth)).toBeGreaterThan(0.95);
    expect(detectionArea(accuracy, truth)).toBeGreaterThan(0.8);
    accuracy.forEach((value) => expect(Math.abs(value)).toBeLessThanOrEqual(1));
    model.dispose();
  });

  it('follows leave-one-out where models are many', { timeout: 90_000 }, async () => {
    const model = await regression(await planted(40, [7]), { lambda: 2 });
    const problem = await problemOf(model);
    const estimate = await downsampling({ models: 400, ratio: 0.8 })(problem);
    const truth = await retraining(problem);
    const n = problem.points.length;
    const last = (problem.targets.length - 1) * n;
    expect(pearson(estimate.points.subarray(last), truth.points.subarray(last))).toBeGreaterThan(0.6);
    expect(estimate.groupRule).toBe('sum');
    model.dispose();
  });
});
