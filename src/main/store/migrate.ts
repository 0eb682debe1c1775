/** Brings a store to the newest version; a backup is written before anything that exists is changed. */
import { renameSync, rmSync } from 'node:fs';
import { LeverageError } from '../../shared/errors.ts';
import type { Connection } from './connection.ts';
import { MIGRATIONS, type Migration } from './migrations.ts';

/** "LVRG": marks the file as ours, so that another program's database is not taken for an empty store. */
export const APPLICATION_ID = 0x4c565247;

/** The version this program writes. */
export const STORE_VERSION = MIGRATIONS.at(-1)?.version ?? 0;

/**
 * Runs the migrations that are due, each in its own transaction.
 * @returns the backup file written, or null when none was due (a new or an up-to-date store)
 * @throws LeverageError 'storage' for a newer store, a foreign database or a migration that fails (the old data stay)
 */
export function migrate(
  connection: Connection,
  file: string,
  migrations: readonly Migration[] = MIGRATIONS,
): string | null {
  const newest = migrations.at(-1)?.version ?? 0;
  const found = checkVersion(connection, file, newest);
  const due = migrations.filter((migration) => migration.version > found);
  if (due.length === 0) return null;
  const backup = found === 0 ? null : writeBackup(connection, file, found);
  for (const migration of due) {
    try {
      connection.transaction(() => {
        connection.exec(migration.sql);
        connection.pragma(`application_id = ${APPLICATION_ID}`);
        connection.pragma(`user_version = ${migration.version}`);
      })();
    } catch (thrown) {
      throw new LeverageError(
        'storage',
        `The store ${file} could not be brought to version ${migration.version} (${migration.title}): ${String(thrown)}.`,
        backup === null
          ? 'Nothing was changed.'
          : `Nothing of that step was changed; the store as it was is kept in ${backup}.`,
        { cause: thrown },
      );
    }
  }
  return backup;
}

/** The version of the store. Throws 'storage' when it is newer than `newest` or not a store of this program. */
export function checkVersion(connection: Connection, file: string, newest: number = STORE_VERSION): number {
  const version = Number(connection.pragma('user_version', { simple: true }));
  const application = Number(connection.pragma('application_id', { simple: true }));
  const tables = Number(connection.prepare('SELECT count(*) FROM sqlite_schema').pluck().get());
  if (application !== APPLICATION_ID && (tables > 0 || version > 0)) {
    throw new LeverageError(
      'storage',
      `The file ${file} is an SQLite database of another program, not a Leverage store.`,
      'Choose another file with --store or LEVERAGE_HOME.',
    );
  }
  if (version > newest) {
    throw new LeverageError(
      'storage',
      `The store ${file} was written by a newer Leverage (store version ${version}; this one knows up to ${newest}).`,
      'Update Leverage, or choose another file with --store or LEVERAGE_HOME.',
    );
  }
  return version;
}

/** VACUUM INTO sees the WAL too, and never closes a file descriptor of the open store (which would drop its locks). */
function writeBackup(connection: Connection, file: string, version: number): string {
  const backup = `${file}.v${version}.backup`;
  const unfinished = `${backup}.unfinished`;
  rmSync(unfinished, { force: true });
  connection.prepare('VACUUM INTO ?').run(unfinished);
  renameSync(unfinished, backup);
  return backup;
}
