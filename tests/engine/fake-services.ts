/** The engine's surroundings in miniature: one tiny real dataset, real serialisation, counted calls. */
import { createHash } from 'node:crypto';
import type { Dataset } from '../../src/shared/dataset.ts';
import type { DeviceTrial } from '../../src/shared/study.ts';
import { deserialiseDataset, serialiseDataset } from '../../src/main/datasets/index.ts';
import type { PreparedDataset } from '../../src/main/datasets/index.ts';
import type { EngineServices } from '../../src/main/engine/services.ts';

/** Six training rows and two test rows, two features, one group column. */
export function tinyDataset(name = 'tiny', shift = 0): Dataset {
  return {
    name,
    trainRows: 6,
    testRows: 2,
    columns: [
      {
        kind: 'category',
        name: 'y',
        role: 'target',
        codes: Int32Array.of(0, 1, 0, 1, 1, 1, 0, 1),
        levels: ['no', 'yes'],
      },
      { kind: 'number', name: 'x1', role: 'feature', values: Float64Array.of(0 + shift, 1, 2, 3, 4, 5, 6, 7) },
      { kind: 'number', name: 'x2', role: 'feature', values: Float64Array.of(1, 0, 1, 0, 1, 0, 1, 0) },
      {
        kind: 'category',
        name: 'ward',
        role: 'group',
        codes: Int32Array.of(0, 0, 1, 1, 2, 2, 0, 1),
        levels: ['a', 'b', 'c'],
      },
    ],
    block: null,
    image: null,
    source: `${name}.csv`,
    notes: [],
  };
}

export function fakeServices(overrides: Partial<EngineServices> = {}): EngineServices {
  return {
    datasets: {
      samples: ['first', 'second'],
      serialise: serialiseDataset,
      deserialise: deserialiseDataset,
      prepare: preparedTiny,
      describeRows: (dataset, split, rows) =>
        rows.map((row) => ({
          row,
          label: '',
          probability: null,
          loss: null,
          values: [
            { name: 'x1', value: String(numbers(dataset, 'x1')[split === 'train' ? row : dataset.trainRows + row]) },
          ],
          image: null,
        })),
      preview: async () => ({
        format: 'CSV',
        table: true,
        judgedRows: 6,
        trainRows: 6,
        testRows: 2,
        columns: [],
        featureCount: 2,
        rows: [],
        notes: [],
      }),
      read: async (files) => preparedTiny(tinyDataset(files[0].name, files[0].name.length)),
      readSample: async (name) => tinyDataset(name, name === 'first' ? 100 : 200),
      readSpec: async () => preparedTiny(tinyDataset('spec', 300)),
      design: (dataset) => ({
        train: { X: matrix(dataset, 0, 6), y: codes(dataset).slice(0, 6), weights: null },
        test: { X: matrix(dataset, 6, 8), y: codes(dataset).slice(6), weights: null },
        classes: ['no', 'yes'],
        featureNames: ['x1', 'x2'],
      }),
    },
    tryDevices: async () => ({
      measuredAt: '2026-01-01T00:00:00.000Z',
      trials: [
        trial('reference', { gigaflops: 2, lastResort: true }),
        trial('quick', { gigaflops: 90 }),
        trial('absent', { refusal: 'it is not installed' }),
      ],
    }),
    rememberDevices: async () => undefined,
    planStudy: async () => ({ groupCount: 12, evaluationCount: 2, bytes: 1000, seconds: 1, notes: [] }),
    influences: async () => {
      throw new Error('these services compute no influences');
    },
    openWhatIf: () => {
      throw new Error('these services place no model');
    },
    attribution: {
      methods: async () => [],
      plan: async () => {
        throw new Error('these services plan no attribution');
      },
      start: () => {
        throw new Error('these services attribute nothing');
      },
    },
    openRowModel: async () => {
      throw new Error('these services open no model');
    },
    bundleFiles: async ({ spec, groups }) => [
      { name: 'study.json', content: JSON.stringify(spec) },
      { name: 'groups.json', content: groups.map((group) => `${group.id}\n`) },
    ],
    ...overrides,
  };
}

function trial(name: string, changes: Partial<DeviceTrial>): DeviceTrial {
  const fixed = { title: `Device ${name}`, precision: 'float64', emulated: false } as const;
  return { name, ...fixed, refusal: null, gigaflops: null, lastResort: false, ...changes };
}

/** What the store keeps of a tiny dataset, told by hand. */
export function preparedTiny(dataset: Dataset): PreparedDataset {
  const { meta, arrays } = serialiseDataset(dataset);
  const hash = createHash('sha256');
  for (const array of arrays) hash.update(array.name).update(array.bytes);
  return {
    fingerprint: hash.digest('hex'),
    meta,
    arrays: arrays.map((array) => ({ ...array, sha256: createHash('sha256').update(array.bytes).digest('hex') })),
    summary: {
      name: dataset.name,
      source: dataset.source,
      trainRows: dataset.trainRows,
      testRows: dataset.testRows,
      featureCount: 2,
      classes: ['no', 'yes'],
      classCounts: [2, 4],
      groupColumns: ['ward'],
      weighted: false,
      sparse: false,
      image: dataset.image,
      notes: dataset.notes,
    },
    columns: dataset.columns.map(({ name, role, kind }) => ({
      name,
      role,
      kind,
      missing: 0,
      distinct: 2,
      numeric: null,
      top: [],
    })),
  };
}

function numbers(dataset: Dataset, name: string): Float64Array {
  const column = dataset.columns.find((candidate) => candidate.name === name);
  if (column?.kind !== 'number') throw new Error(`no number column ${name}`);
  return column.values;
}

function codes(dataset: Dataset): Int32Array {
  const target = dataset.columns.find((column) => column.role === 'target');
  if (target?.kind !== 'category') throw new Error('no categorical target');
  return target.codes;
}

function matrix(dataset: Dataset, from: number, to: number) {
  const [x1, x2] = [numbers(dataset, 'x1'), numbers(dataset, 'x2')];
  const data = new Float64Array(2 * (to - from));
  for (let row = from; row < to; row++) data.set([x1[row], x2[row]], 2 * (row - from));
  return { kind: 'dense' as const, rows: to - from, columns: 2, data };
}
