/** The real reading thread under the real engine: what holds whatever the size of the file. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Engine, EngineEvent } from '../../src/shared/contract.ts';
import { composeEngine } from '../../src/main/engine/compose-engine.ts';
import { defaultServices } from '../../src/main/engine/default-services.ts';
import { openStore } from '../../src/main/store/index.ts';
import { fakeRun } from '../studies/fake-run.ts';
import { rejectionOf } from '../store/failure-of.ts';
import { temporaryFolder, temporaryStoreFile } from '../store/temporary-store.ts';

const ROWS = 60_000;

function table(name: string, rows = ROWS, last = ''): string {
  const path = join(temporaryFolder(), name);
  const lines = Array.from(
    { length: rows },
    (_, i) => `${i / 7},${(i * 31) % 1009},kind ${i % 9},${i % 2 ? 'yes' : 'no'}`,
  );
  writeFileSync(path, `a,b,c,label\n${lines.join('\n')}\n${last}`);
  return path;
}

function newEngine(file = temporaryStoreFile()): Engine {
  const engine = composeEngine(
    { storeFile: file, samplesFolder: '', host: 'cli', appVersion: '0', inline: fakeRun({}) },
    // No samples: only what is imported here is in the list.
    { ...defaultServices(''), datasets: { ...defaultServices('').datasets, samples: [] } },
  );
  onTestFinished(() => engine.close());
  return engine;
}

describe('an import in its thread', () => {
  it('reports progress that only rises up to the whole file, and answers other calls meanwhile', async () => {
    const engine = newEngine();
    const { handle, bytes } = await engine.admitFile(table('whole.csv'));
    const seen: Extract<EngineEvent, { type: 'import.progress' }>[] = [];
    engine.subscribe((event) => event.type === 'import.progress' && seen.push(event));
    let answered = 0;
    let done = false;
    const importing = engine.call('datasets.import', { importId: 'i', files: [handle] }).finally(() => (done = true));
    while (!done) {
      await engine.call('datasets.list', {});
      answered += 1;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const dataset = await importing;
    expect(dataset.trainRows + dataset.testRows).toBe(ROWS);
    expect(answered).toBeGreaterThan(5);
    expect(seen.map((event) => event.bytesRead)).toEqual(seen.map((event) => event.bytesRead).sort((a, b) => a - b));
    expect(seen.at(-1)).toMatchObject({ bytesRead: bytes, bytesTotal: bytes, file: 'whole.csv' });
    expect((await engine.call('datasets.get', { id: dataset.id })).columns.map((column) => column.name)).toEqual([
      'a',
      'b',
      'c',
      'label',
    ]);
  });

  it('ends within a second of being cancelled and leaves neither a dataset nor bytes', async () => {
    const file = temporaryStoreFile();
    const engine = newEngine(file);
    const { handle } = await engine.admitFile(table('long.csv', 400_000));
    const started = new Promise<void>((resolve) => {
      engine.subscribe((event) => event.type === 'import.progress' && resolve());
    });
    const importing = rejectionOf(engine.call('datasets.import', { importId: 'i', files: [handle] }));
    await started;
    const asked = performance.now();
    await engine.call('datasets.cancelImport', { importId: 'i' });
    expect((await importing).kind).toBe('cancelled');
    expect(performance.now() - asked).toBeLessThan(1000);
    expect(await engine.call('datasets.list', {})).toEqual([]);
    await engine.close();
    const store = openStore(file);
    expect(store.datasets.list()).toEqual([]);
    store.close();
  });

  it('refuses what the readers refuse, with the same sentence', async () => {
    const engine = newEngine();
    const { handle } = await engine.admitFile(table('ragged.csv', 50, '1,2\n'));
    const failure = await rejectionOf(engine.call('datasets.import', { importId: 'i', files: [handle] }));
    expect(failure).toMatchObject({
      kind: 'invalidInput',
      message: 'ragged.csv, line 52: 2 values where 4 are needed.',
    });
  });

  it('counts progress of two files as one', async () => {
    const engine = newEngine();
    const files = await Promise.all(['x-test.csv', 'x-train.csv'].map((name) => engine.admitFile(table(name, 20_000))));
    const seen: number[] = [];
    engine.subscribe((event) => event.type === 'import.progress' && seen.push(event.bytesRead / event.bytesTotal));
    const dataset = await engine.call('datasets.import', { importId: 'i', files: files.map(({ handle }) => handle) });
    expect([dataset.trainRows, dataset.testRows]).toEqual([20_000, 20_000]);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen.at(-1)).toBe(1);
  });
});
