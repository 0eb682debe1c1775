/** Made-up but plausible data for the window's tests: datasets, groups and effects with the shapes of the real ones. */
import type { ColumnSummary, DatasetDetail } from '../../src/shared/dataset.ts';
import { CONSTRUCTORS, QUANTITIES, type Evaluation, type GroupOrigin } from '../../src/shared/quantities.ts';
import type { EffectsTable, GroupDetail, GroupSummary, RowDetail } from '../../src/shared/study.ts';

/** Mulberry32: the same numbers at every start. */
export function randomSource(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

function numberColumn(name: string, seed: number): ColumnSummary {
  const random = randomSource(seed);
  const skew = random() * 3;
  const histogram = Array.from({ length: 20 }, (_, k) =>
    Math.round(90 * Math.exp(-(((k - 6 - skew) / (3 + random() * 2)) ** 2)) + random() * 6),
  );
  const minimum = random() * 10;
  const maximum = minimum + 4 + random() * 40;
  return {
    name,
    role: 'feature',
    kind: 'number',
    missing: 0,
    distinct: 400 + Math.round(random() * 60),
    numeric: { minimum, maximum, mean: (minimum + maximum) / 2.3, deviation: (maximum - minimum) / 6, histogram },
    top: null,
  };
}

const CANCER_FEATURES = [
  'radius',
  'texture',
  'perimeter',
  'area',
  'smoothness',
  'compactness',
  'concavity',
  'concave points',
  'symmetry',
  'fractal dimension',
].flatMap((feature) => ['mean', 'error', 'worst'].map((kind) => `${kind} ${feature}`));

export const CANCER: DatasetDetail = {
  id: 'd-cancer',
  name: 'Breast Cancer Wisconsin',
  fingerprint: '8f3b0c61d2a94e7fb5d1c07723ce9a4410fbd2f07a8c25ee5b3c9d1e0f46a7b2',
  source: 'sample breast-cancer · UCI 17 (Wolberg, Street, Mangasarian), CC BY 4.0',
  sample: true,
  trainRows: 455,
  testRows: 114,
  featureCount: 30,
  classes: ['benign', 'malignant'],
  classCounts: [285, 170],
  groupColumns: [],
  weighted: false,
  sparse: false,
  image: null,
  bytes: 140_000,
  importedAt: '2026-11-20T09:12:00Z',
  notes: ['Features are standardised in the studies that say so.'],
  columns: [
    {
      name: 'diagnosis',
      role: 'target',
      kind: 'category',
      missing: 0,
      distinct: 2,
      numeric: null,
      top: [
        { level: 'benign', count: 285 },
        { level: 'malignant', count: 170 },
      ],
    },
    ...CANCER_FEATURES.map((name, index) => numberColumn(name, index + 1)),
  ],
};

export const DIGITS: DatasetDetail = {
  id: 'd-digits',
  name: 'Handwritten Digits',
  fingerprint: '1b9d63cc5a7e4f0887b0a3a5fd7f6ce4a92fd0b5b6f3b9fe0a44c55df7b0912c',
  source: 'sample digits · UCI 80 (Alpaydin, Kaynak), CC BY 4.0',
  sample: true,
  trainRows: 1437,
  testRows: 360,
  featureCount: 64,
  classes: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
  classCounts: [143, 146, 142, 146, 144, 145, 144, 143, 139, 145],
  groupColumns: [],
  weighted: false,
  sparse: false,
  image: { height: 8, width: 8, maximum: 16 },
  bytes: 116_000,
  importedAt: '2026-11-20T09:12:00Z',
  notes: [],
  columns: [
    {
      name: 'digit',
      role: 'target',
      kind: 'category',
      missing: 0,
      distinct: 10,
      numeric: null,
      top: Array.from({ length: 10 }, (_, k) => ({ level: String(k), count: 140 + (k % 5) })),
    },
  ],
};

export const DIABETES: DatasetDetail = {
  ...CANCER,
  id: 'd-diabetes',
  name: 'Diabetes readmission',
  fingerprint: 'c02a74f1be2d4f6d93d6f6d0f4f0b8bb1d6f8f9c0a1b2c3d4e5f60718293a4b5',
  source: 'diabetes.npz',
  sample: false,
  trainRows: 20_000,
  testRows: 81_766,
  featureCount: 127,
  classes: ['not readmitted', 'readmitted'],
  classCounts: [10_000, 10_000],
  groupColumns: ['race', 'gender', 'age', 'medical_specialty', 'payer_code'],
  bytes: 103_400_000,
  notes: [
    '13 feature columns are constant on the training rows; they change nothing and are kept.',
    'Column "payer_code" is missing for 8 041 training rows: "missing" is its own group.',
  ],
  columns: [
    {
      name: 'y',
      role: 'target',
      kind: 'category',
      missing: 0,
      distinct: 2,
      numeric: null,
      top: [
        { level: 'not readmitted', count: 10_000 },
        { level: 'readmitted', count: 10_000 },
      ],
    },
    {
      name: 'race',
      role: 'group',
      kind: 'category',
      missing: 402,
      distinct: 5,
      numeric: null,
      top: [
        ['Caucasian', 14_980],
        ['AfricanAmerican', 3810],
        ['Hispanic', 402],
        ['Other', 288],
        ['Asian', 118],
      ].map(([level, count]) => ({ level: String(level), count: Number(count) })),
    },
    {
      name: 'medical_specialty',
      role: 'group',
      kind: 'category',
      missing: 9812,
      distinct: 68,
      numeric: null,
      top: [
        ['InternalMedicine', 2980],
        ['Emergency/Trauma', 1544],
        ['Family/GeneralPractice', 1502],
        ['Cardiology', 1001],
        ['Surgery-General', 611],
      ].map(([level, count]) => ({ level: String(level), count: Number(count) })),
    },
    ...['time_in_hospital', 'num_lab_procedures', 'num_medications', 'number_diagnoses'].map((name, index) => ({
      ...numberColumn(name, 90 + index),
      missing: index === 1 ? 37 : 0,
    })),
  ],
};

export function groupsOf(dataset: DatasetDetail, sizes: number): GroupSummary[] {
  const random = randomSource(7);
  const groups: GroupSummary[] = [];
  const n = dataset.trainRows;
  const targets = ['104', '17', '63', '8', '92', '55'];
  const add = (origin: GroupOrigin, label: string, size: number, parameters: GroupSummary['parameters']) => {
    groups.push({
      index: groups.length,
      id: `${origin}-${groups.length}`,
      origin,
      label,
      size,
      parameters,
      retraining: {
        newtonSteps: 4,
        gradientNorm: 3.1e-9,
        relativeGradientNorm: 2.1e-11 * (0.5 + random()),
        converged: true,
        effectBound: 4e-9 * random(),
        seconds: 0.006,
      },
    });
  };
  for (const origin of CONSTRUCTORS) {
    const influence = origin === 'positiveInfluence' || origin === 'negativeInfluence';
    for (const target of influence ? targets : ['']) {
      for (let k = 0; k < sizes; k++) {
        const share = 0.0025 + (0.2475 * k) / Math.max(1, sizes - 1);
        const size = Math.max(1, Math.round(share * n));
        const feature = dataset.columns[1 + Math.floor(random() * (dataset.columns.length - 1))]?.name ?? 'pixel 27';
        const labels: Record<string, string> = {
          random: `Random · ${size} rows`,
          randomWithinClass: `Within ${dataset.classes[k % dataset.classes.length]}`,
          sharedFeature: `${feature} near ${(random() * 20).toFixed(2)}`,
          featureClusters: `Feature cluster ${k % 16} of 16`,
          gradientClusters: `Gradient cluster ${k % 32} of 32`,
          positiveInfluence: `Raises the loss of row ${target}`,
          negativeInfluence: `Lowers the loss of row ${target}`,
        };
        add(
          origin,
          labels[origin] ?? origin,
          size,
          influence ? { testRow: Number(target), phase: 1 + (k % 3), pool: Math.round(size * 1.5) } : { size, seed: 0 },
        );
      }
    }
  }
  return groups;
}

export function evaluationsOf(dataset: DatasetDetail): Evaluation[] {
  const rows = ['104', '17', '63', '8', '92', '55'];
  return QUANTITIES.flatMap((quantity): Evaluation[] => {
    if (quantity === 'margin' && dataset.classes.length > 2) return [];
    if (quantity === 'selfLoss') return [{ quantity, target: 'self' }];
    if (quantity === 'meanTestLoss') return [{ quantity, target: 'all' }];
    return rows.map((target) => ({ quantity, target }));
  });
}

/** Effects in which Newton and the actual effect grow away from influence with the share removed; NaN from group `done` on. */
export function effectsOf(dataset: DatasetDetail, groups: readonly GroupSummary[], done: number): EffectsTable {
  const evaluations = evaluationsOf(dataset);
  const estimators: EffectsTable['estimators'] = ['influence', 'newton', 'actual'];
  const values = new Float64Array(evaluations.length * estimators.length * groups.length).fill(NaN);
  evaluations.forEach((evaluation, e) => {
    const random = randomSource(e + 31);
    groups.forEach((group, g) => {
      const share = group.size / dataset.trainRows;
      const noise = normal(random);
      const towards = { positiveInfluence: 6, negativeInfluence: -4.2 }[group.origin as string] ?? noise * 1.4;
      const clustered = group.origin.endsWith('Clusters') ? 2.2 : 1;
      const sameRow =
        group.parameters.testRow === undefined || String(group.parameters.testRow) === evaluation.target ? 1 : 0.25;
      const curve = (1 + 2.1 * share * (1 + 0.25 * Math.abs(normal(random)))) * (1 + share * (clustered - 1) * 3);
      let influence = towards * share * sameRow * (1 + 0.2 * noise) * (evaluation.quantity === 'margin' ? -1.3 : 1);
      if (evaluation.quantity === 'selfLoss') influence = group.size * 0.08 * clustered * (1 + 0.12 * Math.abs(noise));
      if (evaluation.quantity === 'meanTestLoss') influence = 0.09 * share * (noise + 0.6 * clustered);
      const newton = influence * curve;
      const actual = newton * (1 - 0.35 * share * (1 + 0.2 * normal(random)));
      const at = (s: number) => (e * estimators.length + s) * groups.length + g;
      values[at(0)] = influence;
      if (g >= done) return;
      values[at(1)] = newton;
      values[at(2)] = actual;
    });
  });
  return { groupCount: groups.length, evaluations, estimators, values };
}

export function rowOf(dataset: DatasetDetail, row: number): RowDetail {
  const random = randomSource(row + 5);
  const label = dataset.classes[row % dataset.classes.length] ?? '';
  const probability = Math.min(0.999, 0.15 + 0.85 * random());
  const image = dataset.image === null ? null : digitImage(Number(label), random);
  return {
    row,
    label,
    probability,
    loss: -Math.log(probability),
    values: dataset.columns.slice(1, 13).map((column) => ({ name: column.name, value: (random() * 20).toFixed(3) })),
    image,
  };
}

function digitImage(digit: number, random: () => number): Uint8Array {
  const pixels = new Uint8Array(64);
  for (let y = 1; y < 7; y++) {
    for (let x = 1; x < 7; x++) {
      const round = Math.abs(Math.hypot(x - 3.5, (y - 3.5) * 0.8) - 2.2) < 0.9;
      const stroke = digit % 2 === 0 ? round : x === 3 + (digit % 3) - 1 || (y === 1 + (digit % 6) && x > 1);
      pixels[y * 8 + x] = stroke ? 150 + 105 * random() : 25 * random();
    }
  }
  return pixels;
}

export function groupDetail(dataset: DatasetDetail, group: GroupSummary): GroupDetail {
  const random = randomSource(group.index + 1000);
  const tilt = group.origin === 'randomWithinClass' ? 0.999 : 0.25 + 0.5 * random();
  const classCounts = dataset.classes.map((_, k) =>
    Math.round(group.size * (k === 0 ? tilt : (1 - tilt) / (dataset.classes.length - 1))),
  );
  const members = Int32Array.from({ length: group.size }, (_, k) => (k * 3 + group.index) % dataset.trainRows).sort();
  const rows = Array.from(members.slice(0, 50), (row) => rowOf(dataset, row)).sort(
    (a, b) => (b.loss ?? 0) - (a.loss ?? 0),
  );
  return { ...group, members, classCounts, rows };
}
