import { join } from 'node:path';
import { beforeAll, afterAll, describe, expect, it } from 'vitest';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { createEngine } from '../../src/main/engine/create-engine.ts';
import type { Engine } from '../../src/shared/contract.ts';
import { rejectionOf } from '../store/failure-of.ts';
import { until } from '../engine/new-engine.ts';

const folder = mkdtempSync(join(tmpdir(), 'leverage-what-if-'));
let engine: Engine;
let id = '';

beforeAll(async () => {
  engine = await createEngine({
    storeFile: join(folder, 'store.sqlite'),
    samplesFolder: join(import.meta.dirname, '../../resources/samples'),
    device: 'onnx-cpu',
    host: 'cli',
    appVersion: '0',
  });
  const spec = {
    dataset: { sample: 'breast-cancer', standardise: true },
    groups: { constructors: ['random' as const], sizes: { count: 3 } },
  };
  ({ id } = await engine.call('studies.run', { spec }));
  await until(engine, id, 'done');
}, 60_000);

afterAll(async () => {
  await engine.close();
  rmSync(folder, { recursive: true, force: true });
});

const rows = (count: number): Int32Array => Int32Array.from({ length: count }, (_, i) => i);

describe('a What-if through the engine', () => {
  it('describes the placed model and agrees with the study it is of', async () => {
    const model = await engine.call('whatif.open', { id });
    const study = await engine.call('studies.get', { id });
    expect(model.evaluations).toEqual(study.evaluations);
    expect(model.studyName).toBe(study.name);
    expect(model.y).toHaveLength(model.trainRows);
    const group = await engine.call('studies.group', { id, index: 1 });
    const retrained = await engine.call('whatif.retrain', { id, view: 'a', rows: group.members });
    const { values, estimators, groupCount } = await engine.call('studies.effects', { id });
    const s = estimators.indexOf('actual');
    retrained.actual.forEach((value, e) => {
      const stored = values[(e * estimators.length + s) * groupCount + 1];
      expect(Math.abs(value - stored)).toBeLessThanOrEqual(1e-9 * Math.abs(stored) + 1e-12);
    });
  });

  it('drops a question when the same view asks the next one, and only then', async () => {
    const calls = [60, 50, 40, 30].map((count) => engine.call('whatif.predict', { id, view: 'a', rows: rows(count) }));
    const other = engine.call('whatif.predict', { id, view: 'b', rows: rows(20) });
    const settled = await Promise.allSettled(calls);
    expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected', 'fulfilled']);
    expect(settled[0]).toMatchObject({ reason: { kind: 'cancelled' } });
    expect((await calls[3]).size).toBe(30);
    expect((await other).size).toBe(20);
  });

  it('cancels what a view has asked', async () => {
    const asked = rejectionOf(
      engine.call('whatif.dose', {
        ...{ id, view: 'c', rows: rows(100), actual: true },
        evaluation: { quantity: 'selfLoss', target: 'self' },
        shares: Array.from({ length: 40 }, (_, t) => (t + 1) / 40),
      }),
    );
    // The call reaches the thread in a turn of its own.
    await new Promise((resolve) => setTimeout(resolve, 1));
    await engine.call('whatif.cancel', { id, view: 'c' });
    expect(await asked).toMatchObject({ kind: 'cancelled' });
    expect((await engine.call('whatif.predict', { id, view: 'c', rows: rows(5) })).size).toBe(5);
  });

  it('finds rows by conditions and by their numbers', async () => {
    const { filterColumns, y, classes } = await engine.call('whatif.open', { id });
    const [target] = filterColumns;
    const conditions = [{ column: target.name, is: 'equal' as const, value: classes[1] }];
    const { rows: found } = await engine.call('whatif.filter', { id, conditions, rows: '0-99, 120' });
    const expected = [...Array(100).keys(), 120].filter((row) => y[row] === 1);
    expect([...found]).toEqual(expected);
    const refused = await rejectionOf(engine.call('whatif.filter', { id, conditions: [], rows: '7-1000000' }));
    expect(refused).toMatchObject({ kind: 'invalidInput' });
  });

  it('draws columns whose influence adds up to that of a set', async () => {
    const { trainRows, evaluations } = await engine.call('whatif.open', { id });
    const evaluation = evaluations.find(({ quantity }) => quantity === 'loss')!;
    const { values } = await engine.call('whatif.points', {
      id,
      columns: [
        { kind: 'influence', ...evaluation },
        { kind: 'leverage' },
        { kind: 'component1' },
        { kind: 'component2' },
      ],
    });
    const column = (c: number) => values.subarray(c * trainRows, (c + 1) * trainRows);
    const sum = rows(50).reduce((total, row) => total + column(0)[row], 0);
    const predicted = await engine.call('whatif.predict', { id, view: 'd', rows: rows(50) });
    expect(sum).toBeCloseTo(predicted.influence[evaluations.indexOf(evaluation)], 10);
    // The effective number of parameters: less than there are.
    const effective = column(1).reduce((total, value) => total + value, 0);
    expect(effective).toBeGreaterThan(1);
    expect(effective).toBeLessThan(31);
    const [first, second] = [column(2), column(3)];
    const inner = (a: Float64Array, b: Float64Array) => a.reduce((total, value, i) => total + value * b[i], 0);
    expect(inner(first, first)).toBeGreaterThan(inner(second, second));
    expect(Math.abs(inner(first, second)) / inner(first, first)).toBeLessThan(1e-3);
  });

  it('says that a study which is not there is not', async () => {
    expect(await rejectionOf(engine.call('whatif.open', { id: 'nobody' }))).toMatchObject({ kind: 'notFound' });
  });
});
