import { unzipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { rejectionOf } from '../store/failure-of.ts';
import { temporaryStoreFile } from '../store/temporary-store.ts';
import { fakeEffect, fakeRun } from '../studies/fake-run.ts';
import { textFile } from './admissible-file.ts';
import { engineOn, finishedStudy, newEngine, sampleStudy, until } from './new-engine.ts';

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
    const path = textFile('mine.json', JSON.stringify([{ id: 'a', members: [3, 1] }]));
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
