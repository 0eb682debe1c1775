import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { contract, type Engine, type EngineEvent, type Method } from '../../src/shared/contract.ts';
import { LeverageError } from '../../src/shared/errors.ts';
import type { StudySpecInput } from '../../src/shared/study-spec.ts';
import { composeEngine, type EngineOptions } from '../../src/main/engine/compose-engine.ts';
import type { EngineServices } from '../../src/main/engine/services.ts';
import { rejectionOf } from '../store/failure-of.ts';
import { temporaryFolder, temporaryStoreFile } from '../store/temporary-store.ts';
import { fakeEffect, fakeRun, type FakeOptions } from '../studies/fake-run.ts';
import { fakeServices } from './fake-services.ts';

interface Setting extends Partial<EngineOptions> {
  run?: FakeOptions;
  services?: Partial<EngineServices>;
}

function engineOn(file: string, { run = {}, services = {}, ...options }: Setting = {}): Engine {
  const engine = composeEngine(
    { storeFile: file, samplesFolder: '', host: 'serve', appVersion: '1.2.3', inline: fakeRun(run), ...options },
    fakeServices(services),
  );
  onTestFinished(() => engine.close());
  return engine;
}

const newEngine = (setting?: Setting): Engine => engineOn(temporaryStoreFile(), setting);

function sampleStudy(name = 'a study'): StudySpecInput {
  return { name, dataset: { sample: 'first' } };
}

/** Resolves when the study has one of the statuses. */
async function until(engine: Engine, id: string, ...statuses: string[]): Promise<void> {
  for (;;) {
    const { status } = await engine.call('studies.get', { id });
    if (statuses.includes(status)) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function finishedStudy(engine: Engine, spec = sampleStudy()): Promise<string> {
  const { id } = await engine.call('studies.run', { spec });
  await until(engine, id, 'done');
  return id;
}

async function textFile(name: string, content: string): Promise<string> {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, content);
  return path;
}

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
    const { handle, name, bytes } = await engine.admitFile(await textFile('a.csv', 'x,y\n1,2\n'));
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
    const { handle } = await engine.admitFile(await textFile('a.csv', 'xx'));
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
    const path = await textFile('a.csv', 'x');
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

describe('studies', () => {
  it('are run to the end and read back', async () => {
    const engine = newEngine();
    const id = await finishedStudy(engine);
    const detail = await engine.call('studies.get', { id });
    expect(detail).toMatchObject({
      name: 'a study',
      status: 'done',
      groupsDone: 12,
      groupCount: 12,
      datasetName: 'first',
      testAccuracy: 0.8,
      relativeL2: 0.5 / 6,
      notes: ['one size was skipped', 'a class vanished'],
      provenance: { appVersion: '1.2.3', device: 'fake' },
    });
    expect(detail.spec.tolerance).toBe(1e-8);
    const all = detail.agreements.filter((agreement) => agreement.groups === 'all');
    expect(all).toHaveLength(4);
    expect(all.every((agreement) => agreement.spearman > 1 - 1e-12 && agreement.count === 12)).toBe(true);
    const effects = await engine.call('studies.effects', { id });
    expect(effects.values[(1 * 3 + 2) * 12 + 11]).toBe(fakeEffect(1, 2, 11));
    const groups = await engine.call('studies.groups', { id });
    expect(groups.map((group) => group.id)).toEqual(Array.from({ length: 12 }, (_, g) => `g${g}`));
    expect(groups[0].retraining?.effectBound).toBe(Infinity);
  });

  it('tell what the model says of a group’s rows, hardest first', async () => {
    const engine = newEngine();
    const id = await finishedStudy(engine);
    const group = await engine.call('studies.group', { id, index: 4 });
    expect(group).toMatchObject({ id: 'g4', size: 5, members: Int32Array.of(0, 1, 2, 3, 4), classCounts: [2, 3] });
    // The fake fit is z = x1/4 + x2/2 + 3/4, and the first sample's x1 begins at 100.
    const z = [100 / 4 + 0.5 + 0.75, 0.25 + 0.75, 0.5 + 0.5 + 0.75, 0.75 + 0.75, 1 + 0.5 + 0.75];
    const y = [0, 1, 0, 1, 1];
    const loss = z.map((value, row) => Math.log(1 + Math.exp(y[row] === 1 ? -value : value)));
    const order = [0, 1, 2, 3, 4].sort((a, b) => loss[b] - loss[a]);
    expect(group.rows.map((row) => row.row)).toEqual(order);
    for (const { row, loss: told, probability } of group.rows) {
      expect(told).toBeCloseTo(loss[row], 12);
      expect(probability).toBeCloseTo(Math.exp(-loss[row]), 12);
    }
    const point = await engine.call('studies.testPoint', { id, row: 1 });
    expect(point.probability).toBeCloseTo(1 / (1 + Math.exp(-(7 / 4 + 0.75))), 12);
    expect((await rejectionOf(engine.call('studies.testPoint', { id, row: 2 }))).message).toContain('not a test row');
    expect((await rejectionOf(engine.call('studies.group', { id, index: 12 }))).kind).toBe('notFound');
  });

  it('are hidden when deleted, come back when restored, and are gone after the next start', async () => {
    const file = temporaryStoreFile();
    const engine = engineOn(file);
    const id = await finishedStudy(engine);
    const { datasetId } = await engine.call('studies.get', { id });
    expect((await rejectionOf(engine.call('datasets.delete', { id: datasetId }))).message).toContain('“a study”');
    await engine.call('studies.delete', { id });
    expect(await engine.call('studies.list', {})).toEqual([]);
    await engine.call('studies.restore', { id });
    expect((await engine.call('studies.effects', { id })).groupCount).toBe(12);
    await engine.call('studies.delete', { id });
    await engine.close();
    const next = engineOn(file);
    expect((await rejectionOf(next.call('studies.restore', { id }))).kind).toBe('notFound');
    await next.call('datasets.delete', { id: datasetId });
  });

  it('are stopped when deleted while they run', async () => {
    const engine = newEngine({ run: { groups: 400, batchSize: 1, batchMs: 5 } });
    const { id } = await engine.call('studies.run', { spec: sampleStudy('first') });
    await engine.call('studies.delete', { id });
    const next = await engine.call('studies.run', { spec: sampleStudy('second') });
    await until(engine, next.id, 'running');
    await engine.call('studies.restore', { id });
    expect((await engine.call('studies.get', { id })).status).toBe('cancelled');
    await engine.call('studies.cancel', { id: next.id });
    await until(engine, next.id, 'cancelled');
  });

  it('are resumed where they were cancelled, and not when they are done', async () => {
    const engine = newEngine({ run: { groups: 40, batchMs: 5 } });
    const { id } = await engine.call('studies.run', { spec: sampleStudy() });
    while ((await engine.call('studies.get', { id })).groupsDone < 8)
      await new Promise((resolve) => setTimeout(resolve, 5));
    await engine.call('studies.cancel', { id });
    await until(engine, id, 'cancelled');
    const { groupsDone } = await engine.call('studies.get', { id });
    expect(groupsDone).toBeLessThan(40);
    const partial = await engine.call('studies.effects', { id });
    expect(partial.values.filter((value) => !Number.isNaN(value)).length).toBe(groupsDone * 6);
    await engine.call('studies.resume', { id });
    await until(engine, id, 'done');
    expect((await rejectionOf(engine.call('studies.resume', { id }))).message).toContain('is finished');
  });

  it('keep the groups of a file, and its name', async () => {
    const path = await textFile('mine.json', JSON.stringify([{ id: 'a', members: [3, 1] }]));
    const seen: unknown[] = [];
    const engine = newEngine({
      inline: async (request, sink) => {
        seen.push(request.fileGroups);
        await fakeRun()(request, sink);
      },
    });
    const { handle } = await engine.admitFile(path);
    const id = await finishedStudy(engine, {
      ...sampleStudy(),
      groups: [{ constructors: ['random'] }, { file: handle }],
    });
    expect(seen).toMatchObject([{ 1: [{ id: 'a', origin: 'file', members: Int32Array.of(1, 3) }] }]);
    const { spec } = await engine.call('studies.get', { id });
    expect(spec.groups).toMatchObject([{ constructors: ['random'] }, { file: 'mine.json' }]);
  });

  it('are exported as one zip', async () => {
    const engine = newEngine();
    const id = await finishedStudy(engine, sampleStudy('../a study: 1'));
    const { name, zip } = await engine.call('studies.bundle', { id });
    expect(name).toBe('a-study-1.zip');
    const files = unzipSync(zip);
    expect(Object.keys(files)).toEqual(['study.json', 'groups.json']);
    expect(new TextDecoder().decode(files['groups.json'])).toMatch(/^g0\ng1\n/);
  });

  it('can be renamed', async () => {
    const engine = newEngine();
    const id = await finishedStudy(engine);
    await engine.call('studies.rename', { id, name: 'better' });
    const { name, spec } = await engine.call('studies.get', { id });
    expect([name, spec.name]).toEqual(['better', 'better']);
  });

  it('tell how well influence agrees as soon as they are done, without being opened', async () => {
    const engine = newEngine();
    const id = await finishedStudy(engine);
    const [listed] = await engine.call('studies.list', {});
    const { agreements } = await engine.call('studies.get', { id });
    const rhos = agreements
      .filter(({ groups, estimator }) => groups === 'all' && estimator === 'influence')
      .map(({ spearman }) => spearman);
    expect(listed?.influenceSpearman).toEqual({ lowest: Math.min(...rhos), highest: Math.max(...rhos) });
  });

  it('carry tags, a note and a pin, and say that they changed', async () => {
    const engine = newEngine();
    const id = await finishedStudy(engine);
    const told: string[] = [];
    engine.subscribe((event) => void (event.type === 'studies.changed' && told.push(event.id)));
    await engine.call('studies.annotate', { id, tags: ['paper', 'paper'], note: 'as in Figure 1', pinned: true });
    expect(told).toEqual([id]);
    expect((await engine.call('studies.list', {}))[0]).toMatchObject({
      tags: ['paper'],
      note: 'as in Figure 1',
      pinned: true,
    });
    const tooMany = Array.from({ length: 21 }, (_, k) => `tag ${k}`);
    const failure = await rejectionOf(engine.call('studies.annotate', { id, tags: tooMany }));
    expect(failure).toMatchObject({ kind: 'invalidInput', message: expect.stringContaining('field "tags"') });
  });

  it('say which training rows several groups share', async () => {
    const engine = newEngine();
    const id = await finishedStudy(engine);
    // Group g of the fake run holds rows 0 … g mod 5.
    const { distinct, rows } = await engine.call('studies.sharedMembers', { id, groups: [0, 1, 2] });
    expect(distinct).toBe(3);
    expect(rows.map(({ row, groups }) => [row.row, groups])).toEqual([
      [0, 3],
      [1, 2],
      [2, 1],
    ]);
  });
});

describe('calls', () => {
  it('answer with what and where the program is', async () => {
    const file = temporaryStoreFile();
    expect(await engineOn(file).call('app.info', {})).toMatchObject({
      storeFile: file,
      host: 'serve',
      appVersion: '1.2.3',
    });
  });

  it.each([
    ['datasets.get', {}, 'field "id"'],
    ['datasets.get', { id: 7 }, 'field "id"'],
    ['datasets.get', { id: 'a', extra: 1 }, 'field "extra": is not a known field'],
    ['datasets.rows', { id: 'a', split: 'both', offset: 0, limit: 1 }, 'field "split"'],
    ['datasets.rows', { id: 'a', split: 'test', offset: 0, limit: 1001 }, 'field "limit"'],
    ['studies.run', { spec: { dataset: { sample: 'first' }, tolerance: 2 } }, 'field "spec.tolerance"'],
    [
      'studies.run',
      { spec: { dataset: { sample: 'first' }, model: { l2: { relative: -1 } } } },
      'field "spec.model.l2.relative"',
    ],
    ['studies.group', { id: 'a', index: -1 }, 'field "index"'],
    ['app.info', null, 'the input'],
  ])('of %s with %j name the field', async (method, input, words) => {
    const failure = await rejectionOf(newEngine().call(method as Method, input as never));
    expect(failure.kind).toBe('invalidInput');
    expect(failure.message).toContain(`${method}: ${words}`);
  });

  it.each(['__proto__', 'constructor', 'toString', 'studies', ''])(
    'of "%s", which is no procedure, are refused',
    async (method) => {
      const failure = await rejectionOf(newEngine().call(method as Method, {} as never));
      expect(failure).toMatchObject({ kind: 'invalidInput', message: `There is no procedure "${method}".` });
    },
  );

  it('with anything at all are answered or refused by a LeverageError, and the engine lives', async () => {
    const engine = newEngine();
    const methods = Object.keys(contract) as Method[];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...methods),
        fc.anything({ withTypedArray: true, withNullPrototype: true }),
        async (method, input) => {
          await engine
            .call(method, input as never)
            .catch((thrown: unknown) => expect(thrown).toBeInstanceOf(LeverageError));
        },
      ),
      { numRuns: 300 },
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...methods), fc.string(), fc.nat(), async (method, id, index) => {
        const input = {
          id,
          index,
          row: index,
          name: id,
          offset: 0,
          limit: 1,
          split: 'train',
          importId: id,
          files: [id],
        };
        const fields = (contract[method].input as unknown as { shape?: object }).shape ?? {};
        const fitting = Object.fromEntries(Object.entries(input).filter(([key]) => key in fields));
        await engine
          .call(method, fitting as never)
          .catch((thrown: unknown) => expect(thrown).toBeInstanceOf(LeverageError));
      }),
      { numRuns: 200 },
    );
    expect(await engine.call('studies.list', {})).toEqual([]);
  });

  it('of a closed engine are refused', async () => {
    const engine = newEngine();
    await engine.close();
    await engine.close();
    expect((await rejectionOf(engine.call('app.info', {}))).kind).toBe('unavailable');
  });

  it('go on when a listener fails', async () => {
    const engine = newEngine();
    engine.subscribe(() => {
      throw new Error('a bad listener (expected in this test)');
    });
    const original = console.error;
    console.error = () => undefined;
    onTestFinished(() => void (console.error = original));
    expect(await finishedStudy(engine)).toBeTruthy();
  });
});

describe('a read-only engine', () => {
  it('looks at a store beside its writer and changes nothing', async () => {
    const file = temporaryStoreFile();
    const writer = engineOn(file);
    const id = await finishedStudy(writer);
    const reader = engineOn(file, { readOnly: true });
    expect((await reader.call('studies.effects', { id })).groupCount).toBe(12);
    expect(await reader.call('datasets.list', {})).toHaveLength(1);
    for (const method of ['studies.delete', 'studies.resume', 'datasets.delete'] as const) {
      expect(await rejectionOf(reader.call(method, { id }))).toMatchObject({ kind: 'unavailable' });
    }
  });
});

describe('a start', () => {
  it('is refused while another engine has the store', () => {
    const file = temporaryStoreFile();
    engineOn(file);
    expect(() => engineOn(file)).toThrow(/is using the store/);
  });

  it('makes the folder of its store', () => {
    const folder = join(temporaryFolder(), 'not', 'yet');
    engineOn(join(folder, 'a.sqlite'));
    expect(existsSync(join(folder, 'a.sqlite'))).toBe(true);
  });
});
