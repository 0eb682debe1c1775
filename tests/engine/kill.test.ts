/** The engine is really killed (SIGKILL) in the middle of studies: what was committed stays, and resuming ends in the same numbers. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { StudySpecInput } from '../../src/shared/study-spec.ts';
import { composeEngine } from '../../src/main/engine/compose-engine.ts';
import { createEngine } from '../../src/main/engine/create-engine.ts';
import { openReader, openStore } from '../../src/main/store/index.ts';
import { temporaryStoreFile } from '../store/temporary-store.ts';
import { fakeEffect } from '../studies/fake-run.ts';
import { fakeServices } from './fake-services.ts';
import type { Job } from './run-until-killed.ts';

const SCRIPT = fileURLToPath(new URL('./run-until-killed.ts', import.meta.url));
const SAMPLES = fileURLToPath(new URL('../../resources/samples', import.meta.url));

interface Killed {
  id: string;
  /** Groups the process had told as kept when it was killed. */
  told: number;
  finished: boolean;
}

/** Runs the job in a process of its own and kills it `delayMs` after it has kept a batch there; never for null. */
async function runAndKill(job: Job, delayMs: number | null): Promise<Killed> {
  const child = spawn(process.execPath, [SCRIPT, JSON.stringify(job)], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const exited = once(child, 'exit');
  let id = '';
  const told: number[] = [];
  let timer: NodeJS.Timeout | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    const [word, rest] = line.split(' ');
    if (word === 'id') id = rest;
    else told.push(Number(rest));
    if (delayMs !== null && told.length > 0 && told[told.length - 1] > told[0]) {
      timer ??= setTimeout(() => child.kill('SIGKILL'), delayMs);
    }
  }
  clearTimeout(timer);
  const [code] = (await exited) as [number | null];
  return { id, told: told.at(-1) ?? 0, finished: code === 0 };
}

function expectSound(file: string): void {
  const connection = new Database(file, { readonly: true });
  expect(connection.pragma('integrity_check', { simple: true })).toBe('ok');
  expect(connection.pragma('foreign_key_check')).toEqual([]);
  connection.close();
}

describe('an engine killed in the middle of a study', { timeout: 90_000 }, () => {
  it('loses no batch it had kept, whenever it is killed, and gets to the end by resuming', async () => {
    const storeFile = temporaryStoreFile();
    let job: Job = { storeFile, samplesFolder: '', fake: true, spec: { name: 'a', dataset: { sample: 'first' } } };
    let before = 0;
    let kills = 0;
    for (;;) {
      // A different moment each time: in a commit, in a batch, between two.
      const delayMs = [0, 21, 64, null][kills];
      const { id, told, finished } = await runAndKill(job, delayMs);
      if (finished) break;
      kills += 1;
      expectSound(storeFile);
      // What the engine does at its start.
      const store = openStore(storeFile);
      expect(store.studies.interruptUnfinished()).toBe(1);
      const { status, groupsDone } = store.studies.get(id);
      expect(status).toBe('interrupted');
      expect(groupsDone).toBeGreaterThanOrEqual(Math.max(before, told));
      const { groupCount, estimators } = store.studies.get(id);
      const { values } = store.effects.table(id, groupCount, store.groups.evaluations(id), estimators);
      values.forEach((value, at) => {
        if (!Number.isNaN(value)) expect(value).toBe(valueAt(at, groupCount));
      });
      store.close();
      before = groupsDone;
      job = { ...job, spec: undefined, resume: id };
    }
    expect(kills).toBe(3);
    const reader = openReader(storeFile);
    const [study] = reader.studies.list();
    expect(study).toMatchObject({ status: 'done', groupsDone: 40 });
    const { values } = reader.effects.table(study.id, 40, reader.groups.evaluations(study.id), study.estimators);
    expect(values).toEqual(Float64Array.from(values, (_, at) => valueAt(at, 40)));
    reader.close();
  });

  it('shows the study as interrupted at the next start', async () => {
    const storeFile = temporaryStoreFile();
    const job: Job = { storeFile, samplesFolder: '', fake: true, spec: { name: 'a', dataset: { sample: 'first' } } };
    const { id } = await runAndKill(job, 0);
    const engine = composeEngine({ storeFile, samplesFolder: '', host: 'cli', appVersion: '' }, fakeServices());
    onTestFinished(() => engine.close());
    expect(await engine.call('studies.list', {})).toMatchObject([{ id, status: 'interrupted' }]);
    expect((await engine.call('studies.get', { id })).groupsDone).toBeGreaterThanOrEqual(4);
  });

  it('resumes a real study to numbers identical to those of an uninterrupted run', async () => {
    const spec: StudySpecInput = {
      name: 'real',
      dataset: { sample: 'breast-cancer' },
      groups: {
        constructors: ['random', 'randomWithinClass', 'sharedFeature'],
        sizes: { from: 0.01, to: 0.25, count: 200 },
        seed: 7,
      },
      evaluate: { testPoints: { rows: [3, 5] }, quantities: ['margin', 'loss', 'selfLoss', 'meanTestLoss'] },
    };
    const killedFile = temporaryStoreFile();
    const { id, told } = await runAndKill({ storeFile: killedFile, samplesFolder: SAMPLES, fake: false, spec }, 0);
    const engine = await createEngine({
      storeFile: killedFile,
      samplesFolder: SAMPLES,
      host: 'cli',
      appVersion: '1.2.3',
    });
    onTestFinished(() => engine.close());
    const interrupted = await engine.call('studies.get', { id });
    expect(interrupted).toMatchObject({ status: 'interrupted', groupCount: 600 });
    expect(interrupted.groupsDone).toBeGreaterThanOrEqual(told);
    expect(interrupted.groupsDone).toBeLessThan(600);
    const partial = await engine.call('studies.effects', { id });
    await engine.call('studies.resume', { id });

    const wholeFile = temporaryStoreFile();
    const whole = await runAndKill({ storeFile: wholeFile, samplesFolder: SAMPLES, fake: false, spec }, null);
    expect(whole.finished).toBe(true);
    while ((await engine.call('studies.get', { id })).status !== 'done')
      await new Promise((resolve) => setTimeout(resolve, 20));

    const reader = openReader(wholeFile);
    onTestFinished(() => reader.close());
    const uninterrupted = reader.effects.table(whole.id, 600, reader.groups.evaluations(whole.id), [
      'influence',
      'newton',
      'actual',
    ]);
    const resumed = await engine.call('studies.effects', { id });
    expect(resumed.evaluations).toEqual(uninterrupted.evaluations);
    expect(resumed.values.length).toBe(6 * 3 * 600);
    expect(resumed.values.some((value) => Number.isNaN(value))).toBe(false);
    expect(Buffer.compare(Buffer.from(resumed.values.buffer), Buffer.from(uninterrupted.values.buffer))).toBe(0);
    // What was shown before the resume has not moved either.
    partial.values.forEach((value, at) => {
      if (!Number.isNaN(value)) expect(resumed.values[at]).toBe(value);
    });
    const timeless = <G extends { retraining: { seconds: number } | null }>(groups: G[]) =>
      groups.map((group) => ({ ...group, retraining: { ...group.retraining, seconds: 0 } }));
    expect(timeless(await engine.call('studies.groups', { id }))).toEqual(timeless(reader.groups.list(whole.id)));
  });
});

function valueAt(at: number, groupCount: number): number {
  const line = Math.floor(at / groupCount);
  return fakeEffect(Math.floor(line / 3), line % 3, at % groupCount);
}
