import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openReader, openStore } from '../../src/main/store/index.ts';
import { failureOf } from './failure-of.ts';
import { temporaryStoreFile } from './temporary-store.ts';

async function holdElsewhere(file: string): Promise<ChildProcess> {
  const script = fileURLToPath(new URL('./hold-store.ts', import.meta.url));
  const child = spawn(process.execPath, [script, file], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return child;
}

describe('the lock of a store', () => {
  it('names the process that has it, and lets readers in', async () => {
    const file = temporaryStoreFile();
    const child = await holdElsewhere(file);
    expect(failureOf(() => openStore(file))).toMatchObject({
      kind: 'unavailable',
      message: `Another Leverage (process ${child.pid}) is using the store ${file}.`,
    });
    const reader = openReader(file);
    expect(reader.studies.list()).toEqual([]);
    reader.close();
  });

  it('is gone with its process, also after kill -9', async () => {
    const file = temporaryStoreFile();
    const child = await holdElsewhere(file);
    child.kill('SIGKILL');
    await once(child, 'exit');
    openStore(file).close();
  });

  it('is not held by what a dead process has written, whoever has its number now', () => {
    const file = temporaryStoreFile();
    writeFileSync(`${file}.owner`, '1\n');
    openStore(file).close();
  });
});
