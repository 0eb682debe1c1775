/** The fake engine's answers about rows and groups: as many as the forms ask for, made up. */
import type { BrowseColumn, Cells } from '../../src/shared/browse.ts';
import type { ExpectedGroups, NamedGroup } from '../../src/shared/named-group.ts';
import { rowOf } from './fake-data.ts';
import type { Answers, Emit } from './fake-part.ts';
import { datasetOf, type FakeStore } from './fake-store.ts';

export function groupAnswers(store: FakeStore, emit: Emit): Answers {
  const groups: NamedGroup[] = [];
  const columnsOf = (id: string): BrowseColumn[] => [
    { key: 'row', name: 'row', type: 'number', role: 'row', about: null },
    ...datasetOf(store, id).columns.map(({ name, role, kind }, at): BrowseColumn => ({
      key: `c${at}`,
      name,
      type: kind,
      role,
      about: null,
    })),
  ];
  return {
    'browse.columns': ({ dataset }) => ({ columns: columnsOf(dataset), featuresLeftOut: 0, refusal: null }),
    'browse.rows': ({ dataset, columns, offset, limit }) => {
      const { trainRows } = datasetOf(store, dataset);
      const rows = Int32Array.from({ length: Math.min(limit, trainRows - offset) }, (_, k) => offset + k);
      const cells = (key: string): Cells => ({
        kind: 'text',
        values: Array.from(
          rows,
          (row) => rowOf(datasetOf(store, dataset), row).values[Number(key.slice(1)) - 1]?.value ?? 'a',
        ),
      });
      return {
        total: trainRows,
        kept: trainRows,
        rows,
        labels: Array.from(rows, String),
        cells: Object.fromEntries(columns.map((key) => [key, cells(key)])),
      };
    },
    'browse.heads': ({ columns, dataset }) => {
      const { trainRows: rows } = datasetOf(store, dataset);
      const top = [{ level: 'a', all: rows, kept: rows }];
      return columns.map((key) => ({ key, rows, kept: rows, missing: 0, numeric: null, top, distinct: 1 }));
    },
    'browse.row': ({ dataset, row }) => ({ ...rowOf(datasetOf(store, dataset), row), leverage: null, influence: null }),
    'groups.list': ({ dataset }) => groups.filter(({ datasetId }) => datasetId === dataset),
    'groups.measure': ({ dataset }) => {
      const { trainRows, classCounts } = datasetOf(store, dataset);
      return { size: trainRows, trainRows, classCounts };
    },
    'groups.save': ({ dataset, name, how }) => {
      const { trainRows, classCounts } = datasetOf(store, dataset);
      const identity = { id: `g-${groups.length}`, datasetId: dataset, createdAt: '2026-11-22T08:00:00Z' };
      const group = { ...identity, name, how, size: trainRows, trainRows, classCounts };
      groups.push(group);
      emit({ type: 'groups.changed', dataset });
      return group;
    },
    'groups.expect': ({ dataset, sources }) => {
      const { trainRows } = datasetOf(store, dataset);
      return sources.map((source): ExpectedGroups => ({
        origin:
          'column' in source
            ? 'natural'
            : 'leaveOneOut' in source
              ? 'leaveOneOut'
              : 'members' in source
                ? 'manual'
                : 'random',
        count: 100,
        atMost: false,
        smallest: 1,
        median: Math.round(trainRows / 8),
        largest: Math.round(trainRows / 4),
        histogram: Array.from({ length: 20 }, () => 5),
        named: [],
        covered: null,
      }));
    },
  };
}
