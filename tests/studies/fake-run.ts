/**
 * A stand-in for the computing of a study: the shape of a real run (fit, groups, batches,
 * cancelling, resuming) with effects that are a plain function of group and evaluation.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Dataset } from '../../src/shared/dataset.ts';
import { LeverageError } from '../../src/shared/errors.ts';
import type { Group } from '../../src/shared/group.ts';
import type { Evaluation } from '../../src/shared/quantities.ts';
import type { Provenance, Retraining } from '../../src/shared/study.ts';
import type { RunStudy } from '../../src/main/studies/computation.ts';
import type { StoredFit } from '../../src/main/models/fitted-model.ts';
import type { StudyGroups, StudyRequest } from '../../src/main/studies/study-run.ts';

export interface FakeOptions {
  groups?: number;
  batchSize?: number;
  /** Time each batch takes. */
  batchMs?: number;
  /** Called before each batch: the place to misbehave. */
  beforeBatch?: (batch: number) => void | Promise<void>;
}

export const FAKE_EVALUATIONS: Evaluation[] = [
  { quantity: 'loss', target: '3' },
  { quantity: 'selfLoss', target: 'self' },
];

/** The effect of group g: irrational, so that a wrong place or a lost bit shows. */
export function fakeEffect(e: number, s: number, g: number): number {
  return Math.sqrt(2 + 3 * e + 7 * s + 11 * g);
}

export function fakeFit(dataset: Dataset, intercept = true): StoredFit {
  const features = dataset.columns.filter((column) => column.role === 'feature').map((column) => column.name);
  return {
    summary: {
      lambda: 0.5,
      intercept,
      trainAccuracy: 0.9,
      testAccuracy: 0.8,
      testLoss: 0.4,
      gradientNorm: 1e-13,
      iterations: 7,
      crossValidation: null,
    },
    coefficients: Float64Array.from({ length: features.length + (intercept ? 1 : 0) }, (_, j) => 0.25 * (j + 1)),
    logits: 1,
    classes: ['no', 'yes'],
    featureNames: features,
  };
}

export function fakeGroups(count: number, batchSize: number, trainRows: number): StudyGroups {
  const groups = Array.from({ length: count }, (_, g): Group => {
    const size = 1 + (g % Math.min(5, trainRows));
    return {
      id: `g${g}`,
      origin: g % 2 === 0 ? 'random' : 'sharedFeature',
      label: `group ${g}`,
      members: Int32Array.from({ length: size }, (_value, i) => i),
      parameters: { size, feature: g % 2 === 0 ? null : 'x1' },
    };
  });
  const batchSizes: number[] = [];
  for (let left = count; left > 0; left -= batchSize) batchSizes.push(Math.min(batchSize, left));
  return { groups, evaluations: FAKE_EVALUATIONS, batchSizes, notes: ['one size was skipped'] };
}

export const FAKE_PROVENANCE: Provenance = {
  appVersion: 'to be replaced by the engine',
  nodeVersion: process.version,
  platform: 'test',
  device: 'fake',
  precision: 'float64',
  threads: 1,
  libraries: {},
  datasetFingerprint: 'f',
  datasetName: 'd',
  seed: 0,
  tolerance: 1e-8,
  preconditioner: 'none',
};

export function fakeCertificate(g: number): Retraining {
  return {
    newtonSteps: 3,
    gradientNorm: g * 1e-12,
    relativeGradientNorm: 1e-11,
    converged: true,
    effectBound: g === 0 ? Infinity : 1e-9,
    seconds: 0.001,
  };
}

export function fakeRun(options: FakeOptions = {}): RunStudy {
  const { groups: count = 12, batchSize = 4, batchMs = 0, beforeBatch = () => undefined } = options;
  return async (request: StudyRequest, sink) => {
    const { state, spec, dataset } = request;
    if (state.fit === null) await sink.fitted(fakeFit(dataset), FAKE_PROVENANCE);
    sink.stageSeconds('fit', 0.25);
    let formed = state.groups;
    if (formed === null) {
      formed = fakeGroups(count, batchSize, dataset.trainRows);
      await sink.grouped(formed);
    }
    let first = 0;
    for (const [batch, size] of formed.batchSizes.entries()) {
      if (!state.batchesDone.has(batch)) {
        if (sink.cancelled()) throw new LeverageError('cancelled', 'The study was stopped.');
        await beforeBatch(batch);
        if (batchMs > 0) await sleep(batchMs);
        await sink.batch({
          batch,
          firstGroup: first,
          groupCount: size,
          values: fakeBatch(first, size, spec.estimators.length),
          retraining: Array.from({ length: size }, (_, g) => fakeCertificate(first + g)),
          notes: batch === 1 ? ['a class vanished'] : [],
        });
      }
      first += size;
      sink.progress({
        stage: 'retrain',
        groupsDone: first,
        groupsTotal: formed.groups.length,
        rate: 10,
        secondsLeft: NaN,
      });
    }
  };
}

function fakeBatch(first: number, size: number, estimators: number): Float64Array {
  const values = new Float64Array(FAKE_EVALUATIONS.length * estimators * size);
  for (let e = 0; e < FAKE_EVALUATIONS.length; e++) {
    for (let s = 0; s < estimators; s++) {
      for (let g = 0; g < size; g++) values[(e * estimators + s) * size + g] = fakeEffect(e, s, first + g);
    }
  }
  return values;
}
