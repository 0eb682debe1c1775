import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { EngineEvent } from '../../src/shared/contract.ts';
import { LeverageError } from '../../src/shared/errors.ts';
import { rejectionOf } from '../store/failure-of.ts';
import { temporaryStoreFile } from '../store/temporary-store.ts';
import { textFile } from './admissible-file.ts';
import { fakeServices } from './fake-services.ts';
import { engineOn, newEngine, sampleStudy } from './new-engine.ts';

describe('the library', () => {
  it('has the samples at the first start, and not again those that were deleted', async () => {
    const file = temporaryStoreFile();
    const engine = engineOn(file);
    const datasets = await engine.call('datasets.list', {});
    expect(datasets.map((dataset) => [dataset.name, dataset.sample]).sort()).toEqual([
      ['first', true],
      ['second', true],
    ]);
    await engine.call('datasets.delete', { id: datasets[0].id });
    await engine.close();
    expect(await engineOn(file).call('datasets.list', {})).toHaveLength(1);
  });

  it('reads each sample once, however many ask at once', async () => {
    let reads = 0;
    const { datasets } = fakeServices();
    const engine = newEngine({
      services: { datasets: { ...datasets, readSample: (name) => (reads++, datasets.readSample(name)) } },
    });
    await Promise.all([
      engine.call('datasets.list', {}),
      engine.call('datasets.list', {}),
      engine.call('studies.plan', { spec: sampleStudy() }),
    ]);
    expect(reads).toBe(2);
  });

  it('imports an admitted file, tells of it, and knows the same content again', async () => {
    const engine = newEngine();
    const events: EngineEvent[] = [];
    engine.subscribe((event) => events.push(event));
    const { handle, name, bytes } = await engine.admitFile(textFile('a.csv', 'x,y\n1,2\n'));
    expect([name, bytes]).toEqual(['a.csv', 8]);
    const first = await engine.call('datasets.import', { importId: 'i', files: [handle] });
    const second = await engine.call('datasets.import', { importId: 'j', files: [handle] });
    expect(second.id).toBe(first.id);
    expect(events).toContainEqual({ type: 'datasets.changed' });
    const rows = await engine.call('datasets.rows', { id: first.id, split: 'test', offset: 1, limit: 10 });
    expect(rows).toMatchObject([{ row: 1, values: [{ name: 'x1', value: '7' }] }]);
    expect(await engine.call('datasets.rows', { id: first.id, split: 'train', offset: 99, limit: 10 })).toEqual([]);
  });

  it('keeps nothing of an import that is cancelled', async () => {
    const { datasets } = fakeServices();
    const engine = newEngine({
      services: {
        datasets: {
          ...datasets,
          read: async (_files, _options, control) => {
            while (!control.cancelled()) {
              control.progress({ file: 'a.csv', bytesRead: 1, bytesTotal: 2, rows: 3 });
              await new Promise((resolve) => setTimeout(resolve, 2));
            }
            throw new LeverageError('cancelled', 'reader stopped');
          },
        },
      },
    });
    const progress = new Promise<EngineEvent>((resolve) => {
      engine.subscribe((event) => event.type === 'import.progress' && resolve(event));
    });
    const { handle } = await engine.admitFile(textFile('a.csv', 'xx'));
    const importing = engine.call('datasets.import', { importId: 'i', files: [handle] });
    expect(await progress).toEqual({
      type: 'import.progress',
      importId: 'i',
      file: 'a.csv',
      bytesRead: 1,
      bytesTotal: 2,
      rows: 3,
    });
    await engine.call('datasets.cancelImport', { importId: 'i' });
    expect((await rejectionOf(importing)).kind).toBe('cancelled');
    expect((await engine.call('datasets.list', {})).every((dataset) => dataset.sample)).toBe(true);
  });

  it('lets no path in but through the host, and no folder at all', async () => {
    const engine = newEngine();
    const path = textFile('a.csv', 'x');
    for (const handle of [path, 'file-guess', '../a.csv']) {
      expect(await rejectionOf(engine.call('datasets.preview', { files: [handle] }))).toMatchObject({
        kind: 'notFound',
      });
    }
    expect((await rejectionOf(engine.admitFile(join(path, '..')))).message).toContain('is not a file');
    expect((await rejectionOf(engine.admitFile(`${path}.absent`))).kind).toBe('notFound');
    const ensure = engine.call('datasets.ensure', { spec: { file: path }, folder: '/' });
    expect((await rejectionOf(ensure)).kind).toBe('unavailable');
    const run = engine.call('studies.run', { spec: { dataset: { file: path } } });
    expect((await rejectionOf(run)).message).toContain('field "dataset"');
    const groups = engine.call('studies.run', { spec: { ...sampleStudy(), groups: { file: path } } });
    expect((await rejectionOf(groups)).kind).toBe('notFound');
  });
});
