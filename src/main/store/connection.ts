/** Opens SQLite with the settings every connection of the store shares. */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type Database from 'better-sqlite3';
import { openDatabase } from './open-database.ts';
import { guarded } from './storage-errors.ts';

export type Connection = Database.Database;

/** A reader waits this long for a checkpoint, a writer for a reader's recovery. */
const BUSY_TIMEOUT_MS = 5_000;
/** Effects of several studies stay in memory between two calls. */
const CACHE_KIB = 64 * 1024;

/** Read-write; makes the folder and the file when absent. Throws LeverageError 'storage'. */
export function openForWriting(file: string): Connection {
  return guarded(file, () => {
    mkdirSync(dirname(file), { recursive: true });
    const connection = openDatabase(file, { timeout: BUSY_TIMEOUT_MS });
    try {
      // WAL: readers (worker threads) never wait for the writer. FULL: a batch acknowledged is a batch on the disk.
      connection.pragma('journal_mode = WAL');
      connection.pragma('synchronous = FULL');
      connection.pragma('foreign_keys = ON');
      connection.pragma(`cache_size = -${CACHE_KIB}`);
    } catch (thrown) {
      connection.close();
      throw thrown;
    }
    return connection;
  });
}

/** Read-only; the file must exist. Throws LeverageError 'storage'. */
export function openForReading(file: string): Connection {
  return guarded(file, () => {
    const connection = openDatabase(file, { readonly: true, fileMustExist: true, timeout: BUSY_TIMEOUT_MS });
    connection.pragma(`cache_size = -${CACHE_KIB}`);
    return connection;
  });
}
