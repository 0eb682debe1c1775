/** Attribution by the engine's calls: in a thread of its own, kept in the store. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEngine } from '../../src/main/engine/create-engine.ts';
import type { Engine, EngineEvent, Input } from '../../src/shared/contract.ts';

const SAMPLES = fileURLToPath(new URL('../../resources/samples', import.meta.url));

let folder: string;
let engine: Engine;
let dataset: string;
let run: string;
const steps: string[] = [];
const open = (): Promise<Engine> =>
  createEngine({
    ...{ storeFile: join(folder, 'store.sqlite'), samplesFolder: SAMPLES, device: 'onnx-cpu' },
    ...{ host: 'cli', appVersion: '1.2.3' },
  });
const pointsOf = (id: string): Input<'attribution.run'>['request'] => ({
  ...{ kind: 'points', dataset: id, standardise: true, estimators: ['influence', 'representer'], highestLoss: 3 },
});

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'leverage-attribution-'));
  engine = await open();
  dataset = (await engine.call('datasets.list', {})).find(({ name }) => /breast/i.test(name))!.id;
  engine.subscribe((event: EngineEvent) => {
    if (event.type === 'attribution.progress') steps.push(event.progress.step);
  });
  run = (await engine.call('attribution.run', { runId: 'one', request: pointsOf(dataset) })).id;
});
afterAll(async () => {
  await engine.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('attribution by the engine', () => {
  it('tells what it is doing, and keeps what it found', async () => {
    expect(steps).toEqual(['Starting', 'Training the model', 'Influence, best solver', 'Representer points']);
    const { kept, running } = await engine.call('attribution.list', { dataset });
    expect(kept.map(({ id }) => id)).toEqual([run]);
    expect(running).toBeNull();
  });

  it('gives a test row’s furthest training rows in order of their effects, with the rows', async () => {
    const page = await engine.call('attribution.points', { id: run, target: 1, most: 4 });
    expect(page.methods).toHaveLength(2);
    for (const { helpful, harmful } of page.methods) {
      const effects = helpful.map(({ effect }) => effect);
      expect(effects).toHaveLength(4);
      expect(effects).toEqual([...effects].sort((a, b) => b - a));
      expect(Math.min(...effects)).toBeGreaterThan(0);
      expect(harmful.every(({ effect }) => effect < 0)).toBe(true);
      for (const { row } of [...helpful, ...harmful]) expect(page.rows.some((one) => one.row === row)).toBe(true);
    }
    expect(page.methods[1].spearman).toBeGreaterThan(0.3);
    await expect(engine.call('attribution.points', { id: run, target: 9, most: 4 })).rejects.toThrow(/number 9/);
  });

  it('computes one at a time, and stops where it is told to', async () => {
    const request = { ...pointsOf(dataset), estimators: ['leaveOneOut', 'newton2', 'shapley'] };
    const first = engine.call('attribution.run', { runId: 'two', request });
    const outcome = first.then(
      () => 'done',
      (thrown: { kind: string }) => thrown.kind,
    );
    const second = engine.call('attribution.run', { runId: 'three', request });
    await expect(second).rejects.toMatchObject({ kind: 'unavailable' });
    await engine.call('attribution.cancel', { runId: 'two' });
    expect(await outcome).toBe('cancelled');
    expect((await engine.call('attribution.list', { dataset })).kept).toHaveLength(1);
  });

  it('says which field of the request is wrong', async () => {
    const request = { ...pointsOf(dataset), estimators: ['influnce'] };
    await expect(engine.call('attribution.plan', { request })).rejects.toThrow(/field "estimators\.0"/);
  });

  it('retrains on cleaned data, and has everything still after a restart', async () => {
    const request = { kind: 'clean' as const, dataset, standardise: true, estimators: ['influence'], flip: 0.1 };
    const suspects = await engine.call('attribution.run', { runId: 'four', request });
    const marks = [{ row: 3, label: null }];
    await expect(
      engine.call('attribution.retrain', { runId: 'x', id: suspects.id, marks: [{ row: 1e6, label: null }] }),
    ).rejects.toThrow(/no training row 1000000/);
    const done = await engine.call('attribution.retrain', { runId: 'five', id: suspects.id, marks });
    expect(done).toMatchObject({ parent: suspects.id, asked: '1 row dropped, 0 rows relabelled' });
    const before = await engine.call('attribution.get', { id: suspects.id });
    await engine.close();
    engine = await open();
    expect(await engine.call('attribution.get', { id: suspects.id })).toEqual(before);
    expect((await engine.call('attribution.get', { id: done.id })).kind).toBe('retraining');
    expect((await engine.call('attribution.list', { dataset })).kept).toHaveLength(3);
  });
});
