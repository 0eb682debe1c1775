/** Named groups of training rows: made, measured, compared, kept with their dataset. */
import { randomUUID } from 'node:crypto';
import { invalidInput } from '../../../shared/errors.ts';
import type { GroupDefinition, GroupMeasure } from '../../../shared/named-group.ts';
import { classCounts, expectedGroups } from '../../groups/expected-groups.ts';
import { trainingRows } from '../../groups/row-list.ts';
import { combineRows, overlapOf } from '../../groups/set-algebra.ts';
import type { EngineContext, HandlersOf } from '../engine-context.ts';
import { withNamedGroups } from '../named-sources.ts';

export function groupHandlers(context: EngineContext): HandlersOf<'groups'> {
  const { store, library, browser, emit } = context;

  async function membersOf(dataset: string, definition: GroupDefinition): Promise<Int32Array> {
    if ('rows' in definition) {
      return trainingRows(definition.rows, store.datasets.get(dataset).trainRows, 'the row list');
    }
    if ('filters' in definition) return browser.kept({ dataset, split: 'train', ...definition });
    const [first, ...rest] = definition.terms.map(({ operation, group }) => ({
      operation,
      rows: ofDataset(group, dataset),
    }));
    return rest.reduce((rows, term) => combineRows(rows, term.operation, term.rows), first.rows);
  }

  function ofDataset(group: string, dataset: string): Int32Array {
    const { datasetId, name } = store.namedGroups.get(group);
    if (datasetId !== dataset) throw invalidInput(`“${name}” is a group of another dataset.`);
    return store.namedGroups.members(group);
  }

  function measure(dataset: string, rows: Int32Array): GroupMeasure {
    const { trainRows } = store.datasets.get(dataset);
    return { size: rows.length, trainRows, classCounts: classCounts(library.load(dataset), rows) };
  }

  function changed(dataset: string): void {
    browser.forget();
    emit({ type: 'groups.changed', dataset });
  }

  return {
    'groups.list': ({ dataset }) => store.namedGroups.list(dataset),
    'groups.measure': async ({ dataset, definition }) => measure(dataset, await membersOf(dataset, definition)),
    'groups.save': async ({ dataset, name, how, definition }) => {
      const members = await membersOf(dataset, definition);
      if (members.length === 0)
        throw invalidInput('The group has no row: there is nothing to keep.', 'Widen it first.');
      const group = {
        id: randomUUID(),
        datasetId: dataset,
        name: name.trim(),
        how,
        createdAt: new Date().toISOString(),
        ...measure(dataset, members),
      };
      store.namedGroups.add(group, members);
      changed(dataset);
      return group;
    },
    'groups.members': ({ id }) => ({ members: store.namedGroups.members(id) }),
    'groups.rename': ({ id, name }) => {
      store.namedGroups.rename(id, name.trim());
      changed(store.namedGroups.get(id).datasetId);
      return null;
    },
    'groups.delete': ({ id }) => {
      store.namedGroups.hide(id, new Date().toISOString());
      changed(store.namedGroups.get(id).datasetId);
      return null;
    },
    'groups.restore': ({ id }) => {
      store.namedGroups.unhide(id);
      changed(store.namedGroups.get(id).datasetId);
      return null;
    },
    'groups.overlap': ({ dataset, ids }) => {
      const { trainRows } = store.datasets.get(dataset);
      return {
        ...overlapOf(
          ids.map((id) => ofDataset(id, dataset)),
          trainRows,
        ),
        trainRows,
      };
    },
    'groups.expect': ({ dataset, sources, testPoints }) =>
      withNamedGroups(sources, store, dataset).flatMap((source) =>
        expectedGroups(source, library.load(dataset), testPoints),
      ),
  };
}
