/**
 * One engine per store. The lock is an SQLite lock on a file of its own beside the
 * store: the operating system drops it when the process ends, also by kill -9, so no
 * lock is ever stale and no process number is ever mistaken for another program's.
 * (The lock file must not be opened by node:fs: closing any descriptor of it would drop the lock.)
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { openDatabase } from './open-database.ts';
import { LeverageError } from '../../shared/errors.ts';
import { guarded, storageError } from './storage-errors.ts';

export interface StoreLock {
  release(): void;
}

/** @throws LeverageError 'unavailable' when another engine has the store, naming its process */
export function lockStore(file: string): StoreLock {
  const ownerFile = `${file}.owner`;
  const connection = guarded(file, () => {
    mkdirSync(dirname(file), { recursive: true });
    return openDatabase(`${file}.lock`, { timeout: 0 });
  });
  try {
    connection.pragma('journal_mode = MEMORY');
    connection.exec('BEGIN EXCLUSIVE');
  } catch (thrown) {
    connection.close();
    if (isBusy(thrown)) throw inUse(file, ownerFile, thrown);
    throw storageError(thrown, file);
  }
  try {
    writeFileSync(ownerFile, `${process.pid}\n`);
  } catch (thrown) {
    connection.close();
    throw storageError(thrown, file);
  }
  return {
    release: () => {
      rmSync(ownerFile, { force: true });
      connection.close();
    },
  };
}

function isBusy(thrown: unknown): boolean {
  return thrown instanceof Database.SqliteError && thrown.code.startsWith('SQLITE_BUSY');
}

function inUse(file: string, ownerFile: string, cause: unknown): LeverageError {
  return new LeverageError(
    'unavailable',
    `Another Leverage (${readOwner(ownerFile)}) is using the store ${file}.`,
    'Close it first, or work in another store with --store or LEVERAGE_HOME.',
    { cause },
  );
}

/** The holder writes its number just after it has the lock, so for an instant there may be none. */
function readOwner(ownerFile: string): string {
  try {
    const pid = readFileSync(ownerFile, 'utf8').trim();
    return pid === String(process.pid) ? 'in this same process' : `process ${pid}`;
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return 'starting just now';
    throw thrown;
  }
}
