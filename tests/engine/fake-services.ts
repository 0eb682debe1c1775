/** The engine's surroundings in miniature: one tiny real dataset, real serialisation, counted calls. */
import { createHash } from 'node:crypto';
import type { Dataset } from '../../src/shared/dataset.ts';
import { deserialiseDataset, serialiseDataset } from '../../src/main/datasets/index.ts';
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
      fingerprint: (dataset) => {
        const hash = createHash('sha256');
        for (const array of serialiseDataset(dataset).arrays) hash.update(array.name).update(array.bytes);
        return hash.digest('hex');
      },
      summarise: (dataset, identity) => ({
        ...identity,
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
      }),
      summariseColumns: (dataset) =>
        dataset.columns.map(({ name, role, kind }) => ({
          name,
          role,
          kind,
          missing: 0,
          distinct: 2,
          numeric: null,
          top: [],
        })),
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
        trainRows: 6,
        testRows: 2,
        columns: [],
        featureCount: 2,
        rows: [],
        notes: [],
      }),
      read: async (files) => tinyDataset(files[0].name, files[0].name.length),
      readSample: async (name) => tinyDataset(name, name === 'first' ? 100 : 200),
      readSpec: async () => tinyDataset('spec', 300),
      design: (dataset) => ({
        train: { X: matrix(dataset, 0, 6), y: codes(dataset).slice(0, 6), weights: null },
        test: { X: matrix(dataset, 6, 8), y: codes(dataset).slice(6), weights: null },
        classes: ['no', 'yes'],
        featureNames: ['x1', 'x2'],
      }),
    },
    listDevices: async () => [
      {
        name: 'reference',
        title: 'Reference',
        precision: 'float64',
        available: true,
        reason: '',
        gigaflops: null,
        chosen: true,
      },
    ],
    planStudy: async () => ({ groupCount: 12, evaluationCount: 2, bytes: 1000, seconds: 1, notes: [] }),
    influences: async () => {
      throw new Error('these services compute no influences');
    },
    bundleFiles: async ({ spec, groups }) => [
      { name: 'study.json', content: JSON.stringify(spec) },
      { name: 'groups.json', content: groups.map((group) => `${group.id}\n`) },
    ],
    ...overrides,
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
