/** The one place that opens SQLite. */
import Database from 'better-sqlite3';
import { LeverageError } from '../../shared/errors.ts';

/** Below this the native library of better-sqlite3 13 ends the process with a segmentation fault. */
const OLDEST_NODE = [22, 14] as const;

/** Throws LeverageError 'unavailable' on a Node that the library would crash, and what better-sqlite3 throws. */
export function openDatabase(file: string, options: Database.Options): Database.Database {
  refuseOldNode(process.versions.node);
  return new Database(file, options);
}

export function refuseOldNode(version: string): void {
  const [major, minor] = version.split('.').map(Number);
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) return;
  throw new LeverageError(
    'unavailable',
    `Leverage needs Node ${OLDEST_NODE.join('.')} or newer, and this is Node ${version}.`,
    'Start it with "npm start" or "npm run cli", which bring the right one, or install a newer Node.',
  );
}
