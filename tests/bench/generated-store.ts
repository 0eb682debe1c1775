/**
 * A store full of made-up studies of the bundled breast cancer sample, written through the store's own
 * repositories: what a busy year leaves behind, without computing it.
 */
import { join } from 'node:path';
import { createEngine } from '../../src/main/engine/create-engine.ts';
import { openStore, type Store } from '../../src/main/store/index.ts';
import { STORE_FILE_NAME } from '../../src/main/store-location.ts';
import { agreements } from '../../src/shared/agreement.ts';
import type { Group } from '../../src/shared/group.ts';
import { CONSTRUCTORS, type Estimator, type Evaluation, type GroupOrigin } from '../../src/shared/quantities.ts';
import type { Provenance, Retraining } from '../../src/shared/study.ts';
import { studySpec, type StudySpec } from '../../src/shared/study-spec.ts';
import { randomSource } from '../renderer/fake-data.ts';

export interface StudyShape {
  id: string;
  name: string;
  groupCount: number;
  evaluations: Evaluation[];
  /** λ/n. */
  relativeL2: number;
  seed: number;
  createdAt: string;
  /** `single`: every group is one training row. */
  groups: 'constructed' | 'single';
}

export const ESTIMATORS_KEPT: Estimator[] = ['influence', 'newton', 'actual'];
const BATCH = 64;
const CLASSES = ['benign', 'malignant'];
const FEATURES = 30;

/** Self-loss, mean test loss, and margin and loss of as many test rows as make up `count`. */
export function evaluationsFor(count: number): Evaluation[] {
  const rows = Array.from({ length: Math.ceil((count - 2) / 2) }, (_, k) => String(3 + 7 * k));
  return [
    ...rows.flatMap((target): Evaluation[] => [
      { quantity: 'margin', target },
      { quantity: 'loss', target },
    ]),
    { quantity: 'selfLoss', target: 'self' } satisfies Evaluation,
    { quantity: 'meanTestLoss', target: 'all' } satisfies Evaluation,
  ].slice(-count);
}

/** Makes the store in `home` and fills it. @returns its file */
export async function generateStore(home: string, shapes: readonly StudyShape[]): Promise<string> {
  const file = join(home, STORE_FILE_NAME);
  const samplesFolder = join(import.meta.dirname, '../../resources/samples');
  const engine = await createEngine({ storeFile: file, samplesFolder, host: 'cli', appVersion: '0.1.0' });
  const datasets = await engine.call('datasets.list', {});
  await engine.close();
  const dataset = datasets.find((candidate) => candidate.classes.join() === CLASSES.join()) ?? datasets[0];
  if (dataset === undefined) throw new Error('The bundled samples are not in the library.');
  const store = openStore(file);
  try {
    for (const shape of shapes) {
      const origin = { id: dataset.id, name: dataset.name, fingerprint: dataset.fingerprint, rows: dataset.trainRows };
      store.transaction(() => keepStudy(store, shape, origin));
    }
  } finally {
    store.close();
  }
  return file;
}

interface Origin {
  id: string;
  name: string;
  fingerprint: string;
  rows: number;
}

function keepStudy(store: Store, shape: StudyShape, dataset: Origin): void {
  const { id, evaluations } = shape;
  const random = randomSource(shape.seed + 1);
  const spec = specOf(shape, dataset.id);
  const lambda = shape.relativeL2 * dataset.rows;
  store.studies.add({ id, spec, datasetId: dataset.id, fileGroups: {}, createdAt: shape.createdAt });
  store.fits.keep(id, {
    summary: {
      lambda,
      intercept: true,
      trainAccuracy: 0.989,
      testAccuracy: 0.9 + 0.08 * random(),
      testLoss: 0.1,
      gradientNorm: 3e-12,
      iterations: 11,
      crossValidation: null,
    },
    coefficients: Float64Array.from({ length: FEATURES + 1 }, () => (random() - 0.5) / 100),
    logits: 1,
    classes: CLASSES,
    featureNames: Array.from({ length: FEATURES }, (_, k) => `x${k}`),
  });
  store.provenance.add(id, provenanceOf(spec, dataset, shape.seed));
  const groups = groupsOf(shape, dataset.rows, random);
  const batchSizes = Array.from({ length: Math.ceil(groups.length / BATCH) }, (_, b) =>
    Math.min(BATCH, groups.length - b * BATCH),
  );
  store.groups.keep(id, { groups, evaluations, batchSizes, notes: [] });
  let firstGroup = 0;
  batchSizes.forEach((groupCount, batch) => {
    const members = groups.slice(firstGroup, firstGroup + groupCount);
    const values = effectsOf(members, shape, dataset.rows, random);
    const retraining = members.map(() => certificate(random));
    store.effects.keep(id, { batch, firstGroup, groupCount, values, retraining, notes: [] });
    firstGroup += groupCount;
  });
  // As the engine does when a study ends.
  const table = store.effects.table(id, groups.length, evaluations, ESTIMATORS_KEPT);
  store.agreements.keep(id, groups.length, agreements(evaluations, ESTIMATORS_KEPT, groups, table.values));
  store.studies.addStageSeconds(id, 'retrain', 8);
  store.studies.addSeconds(id, 9.5);
  store.studies.change(id, { status: 'done', startedAt: shape.createdAt, finishedAt: shape.createdAt });
}

function specOf(shape: StudyShape, datasetId: string): StudySpec {
  return studySpec.parse({
    name: shape.name,
    dataset: { id: datasetId },
    model: { l2: { relative: shape.relativeL2 } },
    groups: { seed: shape.seed },
    estimators: ESTIMATORS_KEPT,
  });
}

function groupsOf(shape: StudyShape, rows: number, random: () => number): Group[] {
  return Array.from({ length: shape.groupCount }, (_, g): Group => {
    const origin: GroupOrigin =
      shape.groups === 'single' ? 'manual' : CONSTRUCTORS[Math.floor((g * CONSTRUCTORS.length) / shape.groupCount)]!;
    const size = shape.groups === 'single' ? 1 : 1 + (g % Math.floor(rows / 4));
    const first = Math.floor(random() * (rows - size));
    return {
      id: `${origin}-${g}`,
      origin,
      label: shape.groups === 'single' ? `Row ${g}` : `Group ${g}, ${size} rows`,
      members: Int32Array.from({ length: size }, (_unused, k) => first + k),
      parameters: shape.groups === 'single' ? {} : { size, seed: shape.seed },
    };
  });
}

/** Newton and the actual effect grow away from influence with the share removed and with 1/λ. */
function effectsOf(groups: readonly Group[], shape: StudyShape, rows: number, random: () => number): Float64Array {
  const values = new Float64Array(shape.evaluations.length * ESTIMATORS_KEPT.length * groups.length);
  const spread = 0.15 / (1 + shape.relativeL2 * 200);
  shape.evaluations.forEach((evaluation, e) => {
    groups.forEach((group, g) => {
      const share = group.members.length / rows;
      const bell = random() + random() + random() + random() - 2;
      const towards =
        evaluation.quantity === 'selfLoss' ? 1 + Math.abs(bell) : bell + (group.origin === 'positiveInfluence' ? 1 : 0);
      const influence = towards * share;
      const newton = influence * (1 + 2 * share) + spread * share * (random() - 0.5);
      const actual = newton * (1 - 0.3 * share) + spread * share * (random() - 0.5) * 2;
      [influence, newton, actual].forEach((value, s) => {
        values[(e * ESTIMATORS_KEPT.length + s) * groups.length + g] = value;
      });
    });
  });
  return values;
}

function certificate(random: () => number): Retraining {
  return {
    newtonSteps: 4,
    gradientNorm: 3e-9,
    relativeGradientNorm: 2e-11 * (0.5 + random()),
    converged: true,
    effectBound: 4e-9 * random(),
    seconds: 0.006,
  };
}

function provenanceOf(spec: StudySpec, dataset: Origin, seed: number): Provenance {
  return {
    appVersion: '0.1.0',
    nodeVersion: process.version,
    platform: 'linux x64',
    device: 'ONNX Runtime CPU (float64)',
    precision: 'float64',
    threads: 2,
    libraries: { 'onnxruntime-node': '1.30.0' },
    datasetFingerprint: dataset.fingerprint,
    datasetName: dataset.name,
    seed,
    tolerance: spec.tolerance,
    preconditioner: 'full Hessian factor',
  };
}
