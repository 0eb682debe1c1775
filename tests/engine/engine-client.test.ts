import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { unzipSync } from 'fflate';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Engine, EngineEvent } from '../../src/shared/contract.ts';
import { forkEngine, startEngineClient, type EngineProcess } from '../../src/main/engine/engine-client.ts';
import type { ToEngine } from '../../src/main/engine/engine-messages.ts';
import { rejectionOf } from '../store/failure-of.ts';
import { temporaryStoreFile } from '../store/temporary-store.ts';

const ENTRY = new URL('./fake-engine-process.ts', import.meta.url);

interface Client {
  engine: Engine;
  events: EngineEvent[];
  /** The processes started so far. */
  processes: EngineProcess[];
}

async function startClient(storeFile = temporaryStoreFile()): Promise<Client> {
  const processes: EngineProcess[] = [];
  const engine = await startEngineClient({
    storeFile,
    samplesFolder: '/absent',
    host: 'serve',
    appVersion: '1.2.3',
    spawn: () => {
      const process = forkEngine(ENTRY);
      processes.push(process);
      return process;
    },
  });
  const events: EngineEvent[] = [];
  engine.subscribe((event) => events.push(event));
  onTestFinished(() => engine.close());
  return { engine, events, processes };
}

async function seen(events: EngineEvent[], type: EngineEvent['type']): Promise<EngineEvent> {
  for (;;) {
    const event = events.find((candidate) => candidate.type === type);
    if (event !== undefined) return event;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function until(engine: Engine, id: string, holds: (done: number, status: string) => boolean): Promise<void> {
  for (;;) {
    const { groupsDone, status } = await engine.call('studies.get', { id });
    if (holds(groupsDone, status)) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const STUDY = { spec: { name: 'a study', dataset: { sample: 'first' } } };

describe('an engine in its own process', { timeout: 60_000 }, () => {
  it('answers, sends events and typed arrays, and keeps failures whole', async () => {
    const { engine, events } = await startClient();
    expect(await engine.call('datasets.list', {})).toHaveLength(2);
    const { id } = await engine.call('studies.run', STUDY);
    await until(engine, id, (_done, status) => status === 'done');
    const effects = await engine.call('studies.effects', { id });
    expect(effects.values).toBeInstanceOf(Float64Array);
    expect(effects.values).toHaveLength(2 * 3 * 40);
    expect((await engine.call('studies.group', { id, index: 4 })).members).toEqual(Int32Array.of(0, 1, 2, 3, 4));
    expect(events.some((event) => event.type === 'study.progress' && event.id === id)).toBe(true);
    expect(await rejectionOf(engine.call('studies.get', { id: 'absent' }))).toMatchObject({
      name: 'LeverageError',
      kind: 'notFound',
      hint: expect.stringContaining('List') as string,
    });
    const { handle } = await engine.admitFile(fileURLToPath(import.meta.url), 'shown.csv');
    expect((await engine.call('datasets.preview', { files: [handle] })).format).toBe('CSV');
    expect((await rejectionOf(engine.admitFile('/absent'))).kind).toBe('notFound');
  });

  it('sends an answer of 9 MiB in parts', async () => {
    const { engine } = await startClient();
    const { id } = await engine.call('studies.run', STUDY);
    await until(engine, id, (_done, status) => status === 'done');
    const { zip } = await engine.call('studies.bundle', { id });
    expect(zip.length).toBeGreaterThan(9 * 1024 * 1024);
    expect(unzipSync(zip)['large.bin']).toHaveLength(9 * 1024 * 1024);
  });

  it('comes back after a crash: pending calls get a sentence, listeners stay, the study resumes to its end', async () => {
    const { engine, events } = await startClient();
    const { id } = await engine.call('studies.run', STUDY);
    await until(engine, id, (done) => done >= 8);
    const pending = await rejectionOf(engine.call('devices.list', {}));
    expect(pending).toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining('stopped unexpectedly') as string,
    });
    expect(await seen(events, 'engine.restarted')).toEqual({ type: 'engine.restarted', reason: 'signal SIGKILL' });
    const after = await engine.call('studies.get', { id });
    expect(after.status).toBe('interrupted');
    expect(after.groupsDone).toBeGreaterThanOrEqual(8);
    events.length = 0;
    await engine.call('studies.resume', { id });
    await until(engine, id, (done, status) => status === 'done' && done === 40);
    expect(events.some((event) => event.type === 'study.progress')).toBe(true);
  });

  it('gives up when it crashes again and again, and says so', async () => {
    const { engine, events, processes } = await startClient();
    for (;;) {
      const failure = await rejectionOf(engine.call('devices.list', {}));
      if (failure.message.includes('closed')) break;
    }
    expect(processes).toHaveLength(4);
    expect(events.at(-1)).toMatchObject({
      type: 'engine.restarted',
      reason: expect.stringContaining('given up') as string,
    });
  });

  it('refuses a store in use, naming the process, and does not try again', async () => {
    const file = temporaryStoreFile();
    await startClient(file);
    const failure = await rejectionOf(startClient(file));
    expect(failure).toMatchObject({ kind: 'unavailable', message: expect.stringMatching(/\(process \d+\)/) as string });
  });

  it('closes with its study resumable, and lets the store go', async () => {
    const file = temporaryStoreFile();
    const { engine } = await startClient(file);
    const { id } = await engine.call('studies.run', STUDY);
    await until(engine, id, (done) => done >= 4);
    await engine.close();
    await engine.close();
    expect((await rejectionOf(engine.call('app.info', {}))).message).toContain('closed');
    expect(existsSync(`${file}.owner`)).toBe(false);
    const again = await startClient(file);
    expect((await again.engine.call('studies.get', { id })).status).toBe('interrupted');
  });

  it('answers or ignores whatever is sent to it, and lives', async () => {
    const { engine, processes } = await startClient();
    const [child] = processes;
    fc.assert(
      fc.property(
        fc.oneof(
          fc.anything({ withTypedArray: true, withDate: true, withMap: true }),
          fc.record(
            { type: fc.constantFrom('call', 'admit', 'start', 'part', 'x'), id: fc.anything(), method: fc.anything() },
            { requiredKeys: [] },
          ),
          fc.record({
            type: fc.constant('call'),
            id: fc.integer({ min: 1e9 }),
            method: fc.string(),
            input: fc.anything(),
          }),
        ),
        (message) => {
          // fork itself refuses to send undefined
          if (message !== undefined) child.send(message as ToEngine);
        },
      ),
      { numRuns: 200 },
    );
    expect(await engine.call('studies.list', {})).toEqual([]);
  });

  it('refuses an input that no message can carry, and goes on', async () => {
    const { engine } = await startClient();
    await expect(engine.call('studies.get', { id: (() => 1) as unknown as string })).rejects.toThrow(
      /could not be cloned/,
    );
    expect(await engine.call('studies.list', {})).toEqual([]);
  });

  it('leaves when its host is killed, its study resumable and the store free', async () => {
    const file = temporaryStoreFile();
    const script = fileURLToPath(new URL('./host-to-kill.ts', import.meta.url));
    const host = spawn(process.execPath, [script, file], { stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => void host.kill('SIGKILL'));
    await once(host.stdout, 'data');
    const pid = Number(readFileSync(`${file}.owner`, 'utf8'));
    expect(pid).not.toBe(host.pid);
    host.kill('SIGKILL');
    while (existsSync(`${file}.owner`)) await new Promise((resolve) => setTimeout(resolve, 20));
    const { engine } = await startClient(file);
    expect(await engine.call('studies.list', {})).toMatchObject([{ name: 'a study', status: 'interrupted' }]);
    while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 20));
  });

  it('is the real one by default, with both samples in its library', async () => {
    const engine = await startEngineClient({
      storeFile: temporaryStoreFile(),
      samplesFolder: fileURLToPath(new URL('../../resources/samples', import.meta.url)),
      host: 'serve',
      appVersion: '1.2.3',
    });
    onTestFinished(() => engine.close());
    const datasets = await engine.call('datasets.list', {});
    expect(datasets.map(({ trainRows, testRows, sample }) => [trainRows + testRows, sample]).sort()).toEqual([
      [1797, true],
      [569, true],
    ]);
    const { id } = datasets[0];
    expect(await engine.call('datasets.rows', { id, split: 'train', offset: 0, limit: 3 })).toHaveLength(3);
  });

  it('started by hand says how to start the app', () => {
    const { status, stderr } = spawnSync(process.execPath, [fileURLToPath(ENTRY)], { encoding: 'utf8' });
    expect(status).toBe(2);
    expect(stderr).toContain('leverage serve');
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
