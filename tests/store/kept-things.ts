/** Datasets and studies to keep, made small. */
import type { DatasetSummary } from '../../src/shared/dataset.ts';
import { studySpec, type StudySpecInput } from '../../src/shared/study-spec.ts';
import type { DatasetToKeep, Store, StudyToKeep } from '../../src/main/store/index.ts';

export function datasetToKeep(id: string, content = id, bytes = new TextEncoder().encode(content)): DatasetToKeep {
  const summary: DatasetSummary = {
    id,
    name: `dataset ${id}`,
    fingerprint: `sha-of-${content}`,
    source: 'a.csv',
    sample: false,
    trainRows: 10,
    testRows: 2,
    featureCount: 1,
    classes: ['a', 'b'],
    classCounts: [5, 5],
    groupColumns: [],
    weighted: false,
    sparse: false,
    image: null,
    bytes: bytes.length,
    importedAt: '2026-01-01T00:00:00.000Z',
    notes: [],
  };
  return {
    summary,
    columns: [
      {
        name: 'x',
        role: 'feature',
        kind: 'number',
        missing: 1,
        distinct: 9,
        numeric: { minimum: -1, maximum: 2, mean: NaN, deviation: Infinity, histogram: [1, 2] },
        top: null,
      },
    ],
    meta: { version: 1, name: id },
    arrays: [{ name: 'x', bytes }],
    sample: null,
  };
}

export function studyToKeep(id: string, datasetId: string, spec: Partial<StudySpecInput> = {}): StudyToKeep {
  return {
    id,
    spec: studySpec.parse({ name: `study ${id}`, dataset: { id: datasetId }, ...spec }),
    datasetId,
    fileGroups: {},
    createdAt: `2026-01-01T00:00:00.${id.length.toString().padStart(3, '0')}Z`,
  };
}

/** A store with one dataset "d" and one study "s" of it. */
export function withStudy(store: Store): Store {
  store.datasets.add(datasetToKeep('d'));
  store.studies.add(studyToKeep('s', 'd'));
  return store;
}
