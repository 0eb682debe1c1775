/** Batches in lanes: the same bits as in one thread, whatever the number of lanes; stopped when asked. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { createOnnxDevice } from '../../src/main/compute/onnx/onnx-device.ts';
import type { Device } from '../../src/main/compute/device.ts';
import { solveFullHessian } from '../../src/main/estimators/influence-directions.ts';
import { createEvaluationSet } from '../../src/main/evaluation/evaluation-set.ts';
import { fitModel } from '../../src/main/models/fit.ts';
import type { ModelOnDevice } from '../../src/main/models/model-on-device.ts';
import { computeBatch, type BatchTask } from '../../src/main/studies/compute-batch.ts';
import { computeInLanes } from '../../src/main/studies/lanes.ts';
import type { BatchResult } from '../../src/main/studies/study-run.ts';
import type { Design, DesignSplit } from '../../src/shared/dataset.ts';
import type { Estimator, Evaluation } from '../../src/shared/quantities.ts';

const ROWS = 900;
const FEATURES = 11;

function split(rows: number, classes: number, next: () => number): DesignSplit {
  const data = Float64Array.from({ length: rows * FEATURES }, () => next() - 0.5);
  const y = Int32Array.from({ length: rows }, (_, i) =>
    Math.floor((classes * (data[i * FEATURES] + 0.5 + next())) / 2),
  );
  return { X: { kind: 'dense', rows, columns: FEATURES, data }, y, weights: null };
}

function design(classes: number): Design {
  const generator = xoroshiro128plus(classes);
  const next = (): number => (generator.next() >>> 0) / 2 ** 32;
  const names = Array.from({ length: classes }, (_, k) => String(k));
  return { train: split(ROWS, classes, next), test: split(200, classes, next), classes: names, featureNames: [] };
}

const estimators: Estimator[] = ['influence', 'newton', 'actual', 'influenceOnParameters', 'newtonLinear'];
const slices = [{ target: 'all', rows: Int32Array.from({ length: 200 }, (_, i) => i) }];
const free = (): void => {};

function tasks(): BatchTask[] {
  return Array.from({ length: 5 }, (_, batch) => ({
    batch,
    firstGroup: 3 * batch,
    groups: [1, 40, 170].map((size, g) => ({
      label: `${batch}/${g}`,
      members: Int32Array.from({ length: size }, (_, i) => (i * 5 + batch * 31) % ROWS).sort(),
    })),
  }));
}

/** Everything but the time it took. */
function comparable({ batch, values, retraining, notes }: BatchResult): unknown {
  return { batch, values: Array.from(values), retraining: retraining.map((one) => ({ ...one, seconds: 0 })), notes };
}

describe.each([2, 4])('a model of %i classes', (classes) => {
  let device: Device;
  let model: ModelOnDevice;
  let directions: Float64Array;
  const evaluations: Evaluation[] = [
    { quantity: 'loss', target: '7' },
    { quantity: 'selfLoss', target: 'self' },
    { quantity: 'meanTestLoss', target: 'all' },
  ];
  beforeAll(async () => {
    device = await createOnnxDevice({ threads: 1 });
    model = await fitModel(design(classes), { l2: { relative: 1e-3 }, intercept: true }, device, {
      checkCancelled: free,
    });
    const set = await createEvaluationSet(model, evaluations, slices);
    directions = await solveFullHessian(model, set.gradients, free);
  });
  afterAll(() => device.dispose());

  const inLanes = async (lanes: number, cancelled: () => boolean, list: BatchTask[]): Promise<BatchResult[]> => {
    const results: BatchResult[] = [];
    const request = { model, evaluations, slices, directions, estimators, tolerance: 1e-9, lanes, cancelled };
    await computeInLanes(request, list, async (result) => void results.push(result));
    return results.sort((a, b) => a.batch - b.batch);
  };

  it('gives the same bits in one lane, in three and without any', { timeout: 60_000 }, async () => {
    const set = await createEvaluationSet(model, evaluations, slices);
    const setting = { model, evaluations: set, directions, estimators, tolerance: 1e-9 };
    const alone: BatchResult[] = [];
    for (const task of tasks()) alone.push(await computeBatch(setting, task, free));
    for (const lanes of [1, 3]) {
      const together = await inLanes(lanes, () => false, tasks());
      expect(together.map(comparable)).toEqual(alone.map(comparable));
    }
    expect(alone.every(({ retraining }) => retraining.every((one) => one.converged))).toBe(true);
  });

  it('stops when asked, keeping what was ready', { timeout: 60_000 }, async () => {
    let kept = 0;
    const many = Array.from({ length: 400 }, (_, batch) => ({ ...tasks()[batch % 5], batch }));
    const request = {
      model,
      evaluations,
      slices,
      directions,
      estimators,
      tolerance: 1e-9,
      lanes: 2,
      cancelled: () => kept >= 4,
    };
    const run = computeInLanes(request, many, async () => void kept++);
    await expect(run).rejects.toMatchObject({ kind: 'cancelled' });
    expect(kept).toBeGreaterThanOrEqual(4);
    expect(kept).toBeLessThan(400);
  });
});
