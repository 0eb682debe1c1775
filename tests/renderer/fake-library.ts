/** The fake engine's answers about the datasets that it has. */
import type { DatasetDetail, DatasetSummary } from '../../src/shared/dataset.ts';
import { invalidInput } from '../../src/shared/errors.ts';
import { rowOf } from './fake-data.ts';
import { pause, type Answers, type Emit, type FakeOptions } from './fake-part.ts';
import { datasetOf, type FakeStore } from './fake-store.ts';

export function libraryAnswers(store: FakeStore, options: FakeOptions, emit: Emit): Answers {
  return {
    'datasets.list': async () => {
      await pause(options.slowMs ?? 0);
      return store.datasets.map(summaryOf);
    },
    'datasets.get': ({ id }) => datasetOf(store, id),
    'datasets.rows': ({ id, offset, limit }) =>
      Array.from({ length: limit }, (_, k) => rowOf(datasetOf(store, id), offset + k)),
    'datasets.delete': ({ id }) => {
      const users = store.studies.filter((study) => study.summary.datasetId === id && !study.hidden);
      if (users.length > 0)
        throw invalidInput(
          `"${datasetOf(store, id).name}" is used by ${users.length} studies (${users[0]?.summary.name}).`,
          'Delete those studies first.',
        );
      store.datasets.splice(store.datasets.indexOf(datasetOf(store, id)), 1);
      emit({ type: 'datasets.changed' });
      return null;
    },
  };
}

export function summaryOf({ columns: _columns, ...summary }: DatasetDetail): DatasetSummary {
  return summary;
}
