import { describe, expect, it } from 'vitest';
import type { Engine, EngineEvent } from '../../src/shared/contract.ts';
import { rejectionOf } from '../store/failure-of.ts';
import { temporaryStoreFile } from '../store/temporary-store.ts';
import type { RowModel } from '../../src/main/browse/row-model.ts';
import { engineOn, finishedStudy, newEngine, sampleStudy } from './new-engine.ts';

/** The tiny dataset: six training rows, x1 = 100, 1 … 5, x2 by turns, ward a a b b c c. */
async function opened(engine: Engine): Promise<string> {
  const [dataset] = await engine.call('datasets.list', {});
  const first = (await engine.call('datasets.list', {})).find(({ name }) => name === 'first') ?? dataset;
  return first.id;
}

const judged = (rows: number) => ({
  loss: Float64Array.from({ length: rows }, (_, row) => row / 10),
  probability: Float64Array.from({ length: rows }, (_, row) => Math.exp(-row / 10)),
  leverage: Float64Array.from({ length: rows }, (_, row) => 1 / (row + 1)),
});

describe('browsing', () => {
  it('lists the columns, pages through the rows in order, and tells where a row stands', async () => {
    const engine = newEngine();
    const dataset = await opened(engine);
    const { columns } = await engine.call('browse.columns', { dataset });
    expect(columns.map(({ key, name, type }) => [key, name, type])).toEqual([
      ['row', 'row', 'number'],
      ['c0', 'y', 'category'],
      ['c1', 'x1', 'number'],
      ['c2', 'x2', 'number'],
      ['c3', 'ward', 'category'],
    ]);
    const query = {
      dataset,
      split: 'train' as const,
      filters: [{ kind: 'values' as const, column: 'c3', values: ['a', 'b'] }],
      sort: [{ column: 'c1', descending: true }],
    };
    const page = await engine.call('browse.rows', { ...query, columns: ['c1', 'c3'], offset: 0, limit: 3 });
    expect(page).toMatchObject({ total: 6, kept: 4 });
    expect([...page.rows]).toEqual([0, 3, 2]);
    expect(page.cells['c3']).toEqual({ kind: 'text', values: ['a', 'b', 'b'] });
    expect(page.labels).toEqual(['no', 'yes', 'no']);
    expect(await engine.call('browse.position', { ...query, row: 2 })).toEqual({ position: 2 });
    expect(await engine.call('browse.position', { ...query, row: 5 })).toEqual({ position: -1 });
    const [head] = await engine.call('browse.heads', {
      dataset,
      split: 'train',
      filters: query.filters,
      columns: ['c3'],
    });
    expect(head.top).toEqual([
      { level: 'a', all: 2, kept: 2 },
      { level: 'b', all: 2, kept: 2 },
      { level: 'c', all: 2, kept: 0 },
    ]);
    const row = await engine.call('browse.row', { dataset, split: 'test', row: 1 });
    expect(row).toMatchObject({ row: 1, label: 'yes', loss: null, influence: null });
    expect(row.values).toContainEqual({ name: 'x1', value: '7' });
  });

  it('sorts and filters by what a fitted study says, and asks for what is missing', async () => {
    let disposed = 0;
    const model: RowModel = {
      train: judged(6),
      test: judged(2),
      refusal: null,
      influenceOn: async (row) => Float64Array.of(-3, 2, 0, 1, -1, row),
      dispose: async () => void disposed++,
    };
    const engine = newEngine({ services: { openRowModel: async () => model } });
    const study = await finishedStudy(engine);
    const dataset = await opened(engine);
    const { columns } = await engine.call('browse.columns', { dataset, study });
    expect(columns.slice(-4).map(({ key }) => key)).toEqual(['influence', 'loss', 'probability', 'leverage']);
    const page = await engine.call('browse.rows', {
      ...{ dataset, split: 'train', study, point: 1, offset: 0, limit: 10 },
      columns: ['influence', 'leverage'],
      filters: [{ kind: 'range', column: 'loss', from: 0.1 }],
      sort: [{ column: 'influence' }],
    });
    expect([...page.rows]).toEqual([4, 2, 3, 5, 1]);
    expect(page.cells['influence']).toEqual({ kind: 'number', values: Float64Array.of(-1, 0, 1, 1, 2) });
    const row = await engine.call('browse.row', { dataset, split: 'train', study, point: 1, row: 0 });
    expect(row).toMatchObject({ loss: 0, probability: 1, leverage: 1, influence: -3 });
    const refused = await rejectionOf(
      engine.call('browse.rows', {
        dataset,
        split: 'test',
        study,
        point: 1,
        columns: ['influence'],
        offset: 0,
        limit: 1,
      }),
    );
    expect(refused.hint).toBe('Look at the training rows.');
    await engine.close();
    expect(disposed).toBe(1);
  });

  it('refuses the model of a study of other data, and columns that are not there', async () => {
    const engine = newEngine();
    const study = await finishedStudy(engine, { ...sampleStudy(), dataset: { sample: 'second' } });
    const dataset = await opened(engine);
    expect((await rejectionOf(engine.call('browse.columns', { dataset, study }))).message).toContain('another dataset');
    const missing = engine.call('browse.rows', { dataset, split: 'train', columns: ['c9'], offset: 0, limit: 1 });
    expect((await rejectionOf(missing)).kind).toBe('notFound');
  });
});

describe('named groups', () => {
  const save = (engine: Engine, dataset: string, name: string, rows: number[]) =>
    engine.call('groups.save', { dataset, name, how: 'row list', definition: { rows } });

  it('are made of filters, lists and other groups, measured before and kept after', async () => {
    const file = temporaryStoreFile();
    const engine = engineOn(file);
    const told: EngineEvent[] = [];
    engine.subscribe((event) => void told.push(event));
    const dataset = await opened(engine);
    const filters = [{ kind: 'values' as const, column: 'c3', values: ['a', 'c'] }];
    const measured = await engine.call('groups.measure', { dataset, definition: { filters } });
    expect(measured).toEqual({ size: 4, trainRows: 6, classCounts: [1, 3] });
    const a = await engine.call('groups.save', {
      dataset,
      name: ' ends ',
      how: 'ward a or c',
      definition: { filters },
    });
    expect(a).toMatchObject({ name: 'ends', ...measured });
    const b = await save(engine, dataset, 'odd', [5, 1, 3]);
    expect(told).toContainEqual({ type: 'groups.changed', dataset });
    const minus = {
      terms: [
        { operation: 'or' as const, group: a.id },
        { operation: 'minus' as const, group: b.id },
      ],
    };
    expect(await engine.call('groups.measure', { dataset, definition: minus })).toMatchObject({ size: 2 });
    const c = await engine.call('groups.save', {
      dataset,
      name: 'even ends',
      how: 'ends minus odd',
      definition: minus,
    });
    expect([...(await engine.call('groups.members', { id: c.id })).members]).toEqual([0, 4]);
    const overlap = await engine.call('groups.overlap', { dataset, ids: [a.id, b.id, c.id] });
    expect(overlap).toEqual({ shared: Int32Array.of(4, 2, 2, 2, 3, 0, 2, 0, 2), covered: 5, trainRows: 6 });
    const page = await engine.call('browse.rows', {
      ...{ dataset, split: 'train', columns: [], offset: 0, limit: 9 },
      filters: [{ kind: 'group', group: b.id }],
    });
    expect([...page.rows]).toEqual([1, 3, 5]);
    await engine.close();
    expect((await engineOn(file).call('groups.list', { dataset })).map(({ name }) => name)).toEqual([
      'ends',
      'even ends',
      'odd',
    ]);
  });

  it('are renamed, and deleted until the deletion is undone or the engine starts anew', async () => {
    const file = temporaryStoreFile();
    const engine = engineOn(file);
    const dataset = await opened(engine);
    const { id } = await save(engine, dataset, 'one', [1]);
    const other = await save(engine, dataset, 'two', [2]);
    expect((await rejectionOf(engine.call('groups.rename', { id, name: 'two' }))).message).toContain('“two” already');
    await engine.call('groups.rename', { id, name: 'first' });
    await engine.call('groups.delete', { id });
    expect((await engine.call('groups.list', { dataset })).map(({ name }) => name)).toEqual(['two']);
    await engine.call('groups.restore', { id });
    await engine.call('groups.delete', { id: other.id });
    await engine.close();
    const later = engineOn(file);
    expect((await later.call('groups.list', { dataset })).map(({ name }) => name)).toEqual(['first']);
    // What was erased took nothing of the others with it.
    expect([...(await later.call('groups.members', { id })).members]).toEqual([1]);
    expect((await rejectionOf(later.call('groups.restore', { id: other.id }))).kind).toBe('notFound');
  });

  it('refuse an empty group, a name twice, and rows that are not there', async () => {
    const engine = newEngine();
    const dataset = await opened(engine);
    await save(engine, dataset, 'one', [1]);
    expect((await rejectionOf(save(engine, dataset, 'one', [2]))).kind).toBe('invalidInput');
    expect((await rejectionOf(save(engine, dataset, 'none', []))).message).toContain('no row');
    expect((await rejectionOf(save(engine, dataset, 'far', [6]))).message).toContain('no training row');
  });

  it('stand in a study by their rows, whatever becomes of them later', async () => {
    const engine = newEngine();
    const dataset = await opened(engine);
    const { id } = await save(engine, dataset, 'mine', [4, 2]);
    const spec = { ...sampleStudy(), dataset: { id: dataset }, groups: { named: [id] } };
    const study = await engine.call('studies.run', { spec });
    await engine.call('groups.delete', { id });
    const { spec: kept } = await engine.call('studies.get', { id: study.id });
    expect(kept.groups).toEqual({ members: [{ id: 'mine', label: 'mine', rows: [2, 4] }] });
    expect((await rejectionOf(engine.call('studies.run', { spec }))).message).toContain('no group named');
    const told = await engine.call('groups.expect', {
      ...{ dataset, testPoints: 6 },
      sources: [{ column: 'ward' }, { constructors: ['random'], sizes: { from: 0.2, to: 0.5, count: 2 } }],
    });
    expect(told.map(({ origin, count, largest }) => [origin, count, largest])).toEqual([
      ['natural', 3, 2],
      ['random', 2, 3],
    ]);
  });
});
