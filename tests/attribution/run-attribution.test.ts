import { describe, expect, it } from 'vitest';
import { openAttribution } from '../../src/main/attribution/open-attribution.ts';
import { planAttribution } from '../../src/main/attribution/plan-attribution.ts';
import { retrainCleaned, runAttribution, specOf } from '../../src/main/attribution/run-attribution.ts';
import { attributionRequest, type CleanResult, type PointsResult } from '../../src/shared/attribution.ts';
import type { Dataset } from '../../src/shared/dataset.ts';
import { madeUpLabels } from './made-up-labels.ts';

const CONTROL = { device: 'reference' };
const MODEL = { l2: { absolute: 0.5 } };
const DATA = madeUpLabels();

async function points(request: object): Promise<PointsResult> {
  const parsed = attributionRequest.parse({ kind: 'points', dataset: 'd', model: MODEL, ...request });
  return (await runAttribution(DATA, parsed, CONTROL)) as PointsResult;
}

async function clean(request: object, model: object = MODEL): Promise<CleanResult> {
  const parsed = attributionRequest.parse({ kind: 'clean', dataset: 'd', model, ...request });
  return (await runAttribution(DATA, parsed, CONTROL)) as CleanResult;
}

/** Loss of every test row under the model of `dataset`, trained from nothing at this λ. */
async function testLosses(dataset: Dataset, lambda: number): Promise<Float64Array> {
  const request = attributionRequest.parse({
    ...{ kind: 'points', dataset: 'd', model: { l2: { absolute: lambda } }, estimators: ['influence'] },
  });
  const opened = await openAttribution(dataset, specOf(request), 'reference');
  const losses = await opened.problem.model.losses(opened.problem.trained.theta, 'test');
  await opened.dispose();
  return losses;
}

const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('attribution of points', () => {
  it('scores a row by what training without it does to the test row’s loss: positive where the loss rises', async () => {
    const { targets, methods, model } = await points({ estimators: ['leaveOneOut', 'influence'], testRows: [3] });
    expect(targets[0].row).toBe(3);
    const [exact, influence] = methods.map(({ scores }) => scores!.subarray(0, DATA.trainRows));
    const before = await testLosses(DATA, model.lambda);
    const order = Array.from(exact.keys()).sort((a, b) => exact[b] - exact[a]);
    for (const row of [order[0], order[order.length - 1], 11]) {
      const after = await testLosses(madeUpLabels({ without: new Set([row]) }), model.lambda);
      expect(exact[row]).toBeCloseTo(after[3] - before[3], 6);
    }
    expect(exact[order[0]]).toBeGreaterThan(0);
    expect(influence[order[0]]).toBeGreaterThan(0);
    expect(exact[order[order.length - 1]]).toBeLessThan(0);
  });

  it('adds the test rows of highest loss, worst first, none twice', async () => {
    const { targets } = await points({ estimators: ['representer'], testRows: [0], highestLoss: 4 });
    const losses = await testLosses(DATA, 0.5);
    const worst = Array.from(losses.keys()).sort((a, b) => losses[b] - losses[a]);
    expect(targets.map(({ row }) => row)).toEqual([0, ...worst.filter((row) => row !== 0).slice(0, 4)]);
    targets.forEach(({ row, loss }) => expect(loss).toBeCloseTo(losses[row], 6));
  });

  it('tells why a method could not run, and runs the others', async () => {
    const { methods } = await points({ estimators: ['influence', 'hydra'], highestLoss: 1 });
    expect(methods.map(({ scores }) => scores === null)).toEqual([false, true]);
    expect(methods[1].failure).toContain('Follows training steps');
  });

  it('refuses a test row that is not there, and no rows at all', async () => {
    await expect(points({ estimators: ['influence'], testRows: [20] })).rejects.toThrow(/no test row 20/);
    await expect(points({ estimators: ['influence'], highestLoss: 0 })).rejects.toThrow(/No test row/);
  });

  it('stops where it is told to', async () => {
    const stop = new AbortController();
    const onStep = (_: string, done: number): void => {
      if (done === 1) stop.abort();
    };
    const request = attributionRequest.parse({
      ...{ kind: 'points', dataset: 'd', model: MODEL, estimators: ['leaveOneOut', 'newton'] },
    });
    const run = runAttribution(DATA, request, { ...CONTROL, signal: stop.signal, onStep });
    await expect(run).rejects.toMatchObject({ kind: 'cancelled' });
  });
});

describe('the search for wrong labels', () => {
  it('finds most labels that were flipped, and says how many', async () => {
    const found = await clean({ estimators: ['rescaled'], flip: 0.1 });
    const flipped = found.flipped!;
    expect(flipped.reduce((sum, one) => sum + one, 0)).toBe(6);
    const [ranking, loss] = found.rankings;
    const order = Array.from(ranking.suspicion!.keys()).sort((a, b) => ranking.suspicion![b] - ranking.suspicion![a]);
    const inspected = order.slice(0, 9).filter((row) => flipped[row] === 1).length;
    expect(ranking.foundAt15).toBeCloseTo(inspected / 6, 12);
    expect(inspected).toBeGreaterThanOrEqual(4);
    expect(loss.estimator).toBe('loss');
  });

  it('retrains with labels put right to the model of the right labels', async () => {
    const found = await clean({ estimators: ['influence'], flip: 0.1 });
    const marks = Array.from(found.labels.keys())
      .filter((row) => found.flipped![row] === 1)
      .map((row) => ({ row, label: 1 - found.labels[row] }));
    const { before, after, converged } = await retrainCleaned(DATA, found, marks, CONTROL);
    expect(converged).toBe(true);
    expect(after.loss).toBeCloseTo(mean(await testLosses(DATA, found.model.lambda)), 8);
    expect(before.loss).toBe(found.model.testLoss);
    expect(after.loss).toBeLessThan(before.loss);
  });

  it('retrains without dropped rows to the model of the other rows at the same λ', async () => {
    const found = await clean({ estimators: ['influence'] }, { l2: { relative: 0.01 } });
    const marks = [5, 17, 40].map((row) => ({ row, label: null }));
    const { after } = await retrainCleaned(DATA, found, marks, CONTROL);
    const smaller = madeUpLabels({ without: new Set([5, 17, 40]) });
    expect(found.model.lambda).toBeCloseTo(0.6, 12);
    expect(after.loss).toBeCloseTo(mean(await testLosses(smaller, found.model.lambda)), 8);
  });
});

describe('the plan of an attribution', () => {
  it('counts the parameters, and refuses methods beyond the memory or without steps', () => {
    const request = attributionRequest.parse({
      ...{ kind: 'points', dataset: 'd', model: MODEL, estimators: ['influence', 'fastif', 'hydra'], memory: 3e-6 },
    });
    const plan = planAttribution(DATA, request, 1e9);
    expect(plan.parameters).toBe(3);
    expect(plan.refusals.map(({ title }) => title)).toEqual(['Influence, best solver', 'FastIF', 'HyDRA, exact']);
    expect(planAttribution(DATA, { ...request, memory: 1 }, 1e9).refusals.map(({ title }) => title)).toEqual([
      'HyDRA, exact',
    ]);
  });
});
