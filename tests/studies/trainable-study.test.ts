/** Studies of ridge regression, the smooth hinge and networks, as the engine runs them. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readSample } from '../../src/main/datasets/index.ts';
import { buildDesign } from '../../src/main/features/index.ts';
import { runStudy } from '../../src/main/studies/run-study.ts';
import type { BatchResult, StudyGroups, StudyRequest, StudySink } from '../../src/main/studies/study-run.ts';
import type { StoredFit } from '../../src/main/models/fitted-model.ts';
import type { TrainingState } from '../../src/main/models/trainable/trainable-model.ts';
import type { Dataset } from '../../src/shared/dataset.ts';
import { parseStudySpec, type StudySpecInput } from '../../src/shared/study-spec.ts';
import type { Estimator } from '../../src/shared/quantities.ts';

const samples = join(import.meta.dirname, '../../resources/samples');

interface Kept {
  fit: StoredFit | null;
  groups: StudyGroups | null;
  batches: Map<number, BatchResult>;
  training: TrainingState | null;
}

async function run(
  dataset: Dataset,
  input: Partial<StudySpecInput>,
  kept: Kept = { fit: null, groups: null, batches: new Map(), training: null },
  stopAfterEpoch = Infinity,
): Promise<Kept> {
  const spec = parseStudySpec({ dataset: { sample: 'any', standardise: true }, ...input });
  let stop = false;
  const sink: StudySink = {
    progress: () => {},
    fitted: async (fit) => void (kept.fit ??= fit),
    trained: async ({ point, theta, memory, step, checkpoint }) => {
      const { checkpoints = [], curve = [] } = kept.training ?? {};
      kept.training = {
        theta,
        memory,
        epoch: point.epoch,
        step,
        checkpoints: checkpoint === null ? checkpoints : [...checkpoints, checkpoint],
        curve: [...curve, point],
      };
      if (point.epoch >= stopAfterEpoch) stop = true;
    },
    grouped: async (groups) => void (kept.groups = groups),
    batch: async (result) => void kept.batches.set(result.batch, result),
    analysis: async () => {},
    stageSeconds: () => {},
    cancelled: () => stop,
  };
  const request: StudyRequest = {
    spec,
    dataset,
    datasetFingerprint: '',
    fileGroups: {},
    device: 'reference',
    state: { ...kept, batchesDone: new Set(kept.batches.keys()), analysesDone: new Set() },
  };
  await runStudy(request, sink);
  return kept;
}

/** [evaluation][group] of one estimator. */
function effects({ groups, batches }: Kept, estimators: readonly Estimator[], estimator: Estimator): number[][] {
  const s = estimators.indexOf(estimator);
  const E = groups?.evaluations.length ?? 0;
  const parts = [...batches.values()].sort((a, b) => a.batch - b.batch);
  return Array.from({ length: E }, (_, e) =>
    parts.flatMap(({ values, groupCount }) => {
      const from = (e * estimators.length + s) * groupCount;
      return [...values.subarray(from, from + groupCount)];
    }),
  );
}

const ALL: Estimator[] = ['influence', 'newton', 'actual', 'influenceOnParameters', 'newtonLinear'];
const GROUPS: StudySpecInput['groups'] = {
  constructors: ['random', 'sharedFeature', 'gradientClusters', 'positiveInfluence'],
  sizes: { from: 0.01, to: 0.2, count: 3 },
  seed: 1,
};

describe('a study of ridge regression', () => {
  it('says of a group that it stopped above the tolerance, when that is tighter than rounding', async () => {
    const dataset = await readSample('breast-cancer', samples);
    const tolerance = 1e-18;
    const kept = await run(dataset, { model: { kind: 'ridge' }, groups: GROUPS, estimators: ['actual'], tolerance });
    const batches = [...kept.batches.values()];
    const missed = batches.flatMap(({ retraining }) => retraining).filter(({ converged }) => !converged);
    expect(missed.length).toBeGreaterThan(0);
    for (const { relativeGradientNorm } of missed) expect(relativeGradientNorm).toBeGreaterThan(tolerance);
    const notes = batches.flatMap((batch) => batch.notes);
    expect(notes.filter((note) => note.includes('above the tolerance')).length).toBe(missed.length);
  });

  it('finds Newton equal to actual to 1e-10, on every quantity', { timeout: 60_000 }, async () => {
    const dataset = await readSample('breast-cancer', samples);
    const kept = await run(dataset, { model: { kind: 'ridge' }, groups: GROUPS, estimators: ALL });
    const newton = effects(kept, ALL, 'newton');
    const actual = effects(kept, ALL, 'actual');
    const influence = effects(kept, ALL, 'influence');
    expect(kept.groups?.evaluations.map(({ quantity }) => quantity)).toContain('margin');
    let apart = 0;
    newton.forEach((row, e) =>
      row.forEach((value, g) => {
        expect(Math.abs(value - actual[e][g])).toBeLessThan(1e-10 * (1 + Math.abs(actual[e][g])));
        apart = Math.max(apart, Math.abs(influence[e][g] - actual[e][g]));
      }),
    );
    // The judge has something to judge: influence is not exact.
    expect(apart).toBeGreaterThan(1e-3);
    expect([...kept.batches.values()].every(({ retraining }) => retraining.every(({ converged }) => converged))).toBe(
      true,
    );
  });

  it('fits a label of numbers, and keeps R² for its accuracy', async () => {
    const dataset = numericDataset();
    const kept = await run(dataset, {
      model: { kind: 'ridge', l2: { absolute: 1e-3 } },
      estimators: ['actual'],
      groups: { leaveOneOut: { to: 5 } },
    });
    expect(kept.fit?.summary.score).toBe('r2');
    expect(kept.fit?.classes).toEqual([]);
    // y = 3x₁ − 2x₂ + 1 exactly: with hardly any λ, R² is 1 and no row matters.
    expect(kept.fit?.summary.testAccuracy).toBeGreaterThan(0.999999);
    expect(kept.groups?.evaluations.every(({ quantity }) => quantity !== 'margin')).toBe(true);
  });

  it('moves predictions by influence over 1 − leverage when one row is left out, to 1e-10', async () => {
    const dataset = numericDataset(0.5);
    const model = { kind: 'ridge' as const, l2: { absolute: 0.7 } };
    const estimators: Estimator[] = ['influence', 'actual', 'newtonLinear'];
    const kept = await run(dataset, {
      model,
      estimators,
      groups: { leaveOneOut: true },
      evaluate: { testPoints: { rows: [0, 1] }, quantities: ['loss', 'meanTestLoss'] },
    });
    const leverages = leveragesOf(dataset, 0.7);
    const influence = effects(kept, estimators, 'influence');
    const linear = effects(kept, estimators, 'newtonLinear');
    // ∇fᵀΔθ of the exact change: the linear part of the actual effect.
    influence.forEach((row, e) =>
      row.forEach((value, i) => {
        const rescaled = value / (1 - leverages[i]);
        expect(Math.abs(rescaled - linear[e][i])).toBeLessThan(1e-10 * (1 + Math.abs(rescaled)));
      }),
    );
  });
});

describe('a study of the smooth hinge', () => {
  it('retrains to the tolerance and finds Newton nearer to actual than influence', { timeout: 60_000 }, async () => {
    const dataset = await readSample('breast-cancer', samples);
    const model = { kind: 'smoothHinge' as const, temperature: 0.3 };
    const kept = await run(dataset, { model, groups: GROUPS, estimators: ALL });
    const [newton, actual, influence] = (['newton', 'actual', 'influence'] as const).map((name) =>
      effects(kept, ALL, name),
    );
    const error = (estimate: number[][]): number =>
      estimate.reduce(
        (total, row, e) => total + row.reduce((sum, value, g) => sum + Math.abs(value - actual[e][g]), 0),
        0,
      );
    expect(error(newton)).toBeLessThan(0.5 * error(influence));
    expect(kept.fit?.summary.testAccuracy).toBeGreaterThan(0.93);
    for (const { retraining } of kept.batches.values()) {
      for (const { converged, relativeGradientNorm } of retraining) {
        expect(converged).toBe(true);
        expect(relativeGradientNorm).toBeLessThan(1e-8);
      }
    }
  });

  it('refuses ten classes in one clear sentence', async () => {
    const dataset = await readSample('digits', samples);
    await expect(run(dataset, { model: { kind: 'smoothHinge' } })).rejects.toMatchObject({
      kind: 'invalidInput',
      message: 'The smooth hinge separates two classes; the label has 10 classes.',
    });
  });
});

describe('a study of a network', () => {
  const NETWORK = {
    kind: 'mlp' as const,
    hidden: [16],
    training: { epochs: 6, batchSize: 32, device: 'tensorflow-wasm' as const },
  };
  const small: Partial<StudySpecInput> = {
    model: NETWORK,
    groups: { constructors: ['random', 'gradientClusters'], sizes: { from: 0.05, to: 0.2, count: 2 } },
    evaluate: { testPoints: { highestLoss: 1, random: 1 } },
  };

  it('trains it, keeps the curve, and computes every effect', { timeout: 60_000 }, async () => {
    const dataset = await readSample('breast-cancer', samples);
    const kept = await run(dataset, small);
    expect(kept.training?.curve.map(({ epoch }) => epoch)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(kept.fit?.summary.testAccuracy).toBeGreaterThan(0.9);
    expect(kept.fit?.coefficients).toEqual(kept.training?.theta);
    const estimators: Estimator[] = ['influence', 'newton', 'actual'];
    for (const name of estimators) {
      for (const row of effects(kept, estimators, name)) expect(row.every(Number.isFinite)).toBe(true);
    }
  });

  it('stopped in the middle of training goes on to identical numbers', { timeout: 60_000 }, async () => {
    const dataset = await readSample('breast-cancer', samples);
    const whole = await run(dataset, small);
    const kept: Kept = { fit: null, groups: null, batches: new Map(), training: null };
    await expect(run(dataset, small, kept, 3)).rejects.toMatchObject({ kind: 'cancelled' });
    expect(kept.training?.epoch).toBe(3);
    expect(kept.fit).toBeNull();
    await run(dataset, small, kept);
    expect(kept.fit).toEqual(whole.fit);
    expect([...kept.batches.values()].map(({ values }) => values)).toEqual(
      [...whole.batches.values()].map(({ values }) => values),
    );
  });

  it('says that a convolutional network needs images', async () => {
    const dataset = await readSample('breast-cancer', samples);
    await expect(run(dataset, { model: { kind: 'cnn' } })).rejects.toMatchObject({
      kind: 'invalidInput',
      message: expect.stringContaining('needs images'),
    });
  });
});

/** y = 3x₁ − 2x₂ + 1 + noise; 40 training and 10 test rows. */
function numericDataset(noise = 0): Dataset {
  const n = 50;
  const x1 = Float64Array.from({ length: n }, (_, i) => Math.sin(3 * i + 1));
  const x2 = Float64Array.from({ length: n }, (_, i) => Math.cos(5 * i * i));
  const y = x1.map((value, i) => 3 * value - 2 * x2[i] + 1 + noise * Math.sin(11 * i * i + 2));
  return {
    name: 'numbers',
    trainRows: 40,
    testRows: 10,
    columns: [
      { kind: 'number', name: 'x1', role: 'feature', values: x1 },
      { kind: 'number', name: 'x2', role: 'feature', values: x2 },
      { kind: 'number', name: 'y', role: 'target', values: y },
    ],
    block: null,
    image: null,
    source: 'made here',
    notes: [],
  };
}

/** Diagonal of X̃(X̃ᵀX̃ + λI₀)⁻¹X̃ᵀ, by Cramer's rule on the 3 × 3 system. */
function leveragesOf(dataset: Dataset, lambda: number): number[] {
  const { train } = buildDesign(dataset, { standardise: true, label: 'numbers' });
  if (train.X.kind !== 'dense') throw new Error('dense');
  const { data } = train.X;
  const rows = Array.from({ length: 40 }, (_, i) => [data[2 * i], data[2 * i + 1], 1]);
  const A = [0, 1, 2].map((a) =>
    [0, 1, 2].map((b) => rows.reduce((sum, x) => sum + x[a] * x[b], 0) + (a === b && a < 2 ? lambda : 0)),
  );
  const det = (m: number[][]): number =>
    m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1]) -
    m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0]) +
    m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0]);
  const d = det(A);
  return rows.map((x) => {
    const solved = [0, 1, 2].map((k) => det(A.map((row, a) => row.map((value, b) => (b === k ? x[a] : value)))) / d);
    return x.reduce((sum, value, k) => sum + value * solved[k], 0);
  });
}
