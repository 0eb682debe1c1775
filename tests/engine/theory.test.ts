/** Theory by the engine's calls: from a stored study, in a thread of its own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/shared/contract.ts';
import type { EffectsTable } from '../../src/shared/study.ts';
import { createEngine } from '../../src/main/engine/create-engine.ts';
import { finishedStudy, newEngine } from './new-engine.ts';

const SAMPLES = fileURLToPath(new URL('../../resources/samples', import.meta.url));

let engine: Engine;
let folder: string;
let id: string;
let table: EffectsTable;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'leverage-theory-'));
  engine = await createEngine({
    storeFile: join(folder, 'store.sqlite'),
    samplesFolder: SAMPLES,
    device: 'onnx-cpu',
    host: 'cli',
    appVersion: '1.2.3',
  });
  id = await finishedStudy(engine, {
    name: 'theory',
    dataset: { sample: 'breast-cancer' },
    model: { l2: { absolute: 1 } },
    groups: { constructors: ['random', 'sharedFeature', 'positiveInfluence'], sizes: { count: 4 }, seed: 3 },
    evaluate: { testPoints: { highestLoss: 1, random: 1 }, quantities: ['margin', 'loss', 'selfLoss', 'meanTestLoss'] },
    estimators: ['influence', 'newton', 'newtonLinear', 'actual'],
  });
  table = await engine.call('studies.effects', { id });
});
afterAll(async () => {
  await engine.close();
  rmSync(folder, { recursive: true, force: true });
});

const effect = (e: number, estimator: 'influence' | 'newtonLinear' | 'newton' | 'actual', g: number): number =>
  table.values[(e * table.estimators.length + table.estimators.indexOf(estimator)) * table.groupCount + g];

describe('theory of a stored study', () => {
  it('explains every group’s stored linear Newton − influence by its directions', async () => {
    for (let index = 0; index < table.groupCount; index += 5) {
      const group = await engine.call('theory.group', { id, index });
      const k = group.eigenvalues.length;
      table.evaluations.forEach((_, e) => {
        const sum = group.contributions.subarray(e * k, (e + 1) * k).reduce((a, v) => a + v, 0);
        const difference = effect(e, 'newtonLinear', index) - effect(e, 'influence', index);
        // Relative to the effects: their difference may be small beside them.
        const size = Math.max(Math.abs(effect(e, 'newtonLinear', index)), Math.abs(difference));
        expect(Math.abs(sum - difference)).toBeLessThan(1e-8 * size);
        expect(Math.abs(group.influence[e] / effect(e, 'influence', index) - 1)).toBeLessThan(1e-8);
      });
    }
  });

  it('bounds |actual − Newton| of every group', async () => {
    const theory = await engine.call('theory.study', { id });
    expect(theory.s).toBeCloseTo(theory.largest.value / theory.lambda, 12);
    expect(theory.freeIntercept).toBe(true);
    table.evaluations.forEach((_, e) => {
      for (let g = 0; g < table.groupCount; g++) {
        const error = Math.abs(effect(e, 'actual', g) - effect(e, 'newton', g));
        expect(error).toBeLessThanOrEqual(theory.bound[e * table.groupCount + g]);
      }
    });
  });

  it('names the groups that share most rows', async () => {
    const { nearest } = await engine.call('theory.group', { id, index: 3 });
    const own = new Set((await engine.call('studies.group', { id, index: 3 })).members);
    expect(nearest.length).toBeGreaterThan(0);
    for (const { index, jaccard, shared } of nearest) {
      const { members } = await engine.call('studies.group', { id, index });
      const both = members.filter((row) => own.has(row)).length;
      expect(shared).toBe(both);
      expect(jaccard).toBeCloseTo(both / (own.size + members.length - both), 14);
    }
  });

  it('says what is missing', async () => {
    await expect(engine.call('theory.group', { id, index: 9999 })).rejects.toThrow(/no group number 9999/);
    const empty = newEngine();
    await expect(empty.call('theory.study', { id: 'nobody' })).rejects.toMatchObject({ kind: 'notFound' });
  });

  it('tells whoever waits that the computation was cancelled, and answers again afterwards', async () => {
    const asked = engine.call('theory.group', { id, index: 2 });
    const outcome = asked.then(
      () => 'answered',
      (thrown: { kind: string }) => thrown.kind,
    );
    await new Promise((resolve) => setImmediate(resolve));
    await engine.call('theory.cancel', { id });
    expect(await outcome).toBe('cancelled');
    expect((await engine.call('theory.group', { id, index: 2 })).index).toBe(2);
  });
});
