/** SQLite's result codes as sentences: what is wrong with the store, and what to do. */
import Database from 'better-sqlite3';
import { LeverageError } from '../../shared/errors.ts';

/** Beginning of the code → what it means. The first that matches wins, so that the longer codes come first. */
const MEANINGS: readonly (readonly [code: string, sentence: string, hint: string])[] = [
  [
    'SQLITE_NOTADB',
    'is not a Leverage store: it is no SQLite database, or it is damaged',
    'Choose another file with --store or LEVERAGE_HOME, or put back a backup that lies beside it.',
  ],
  [
    'SQLITE_CORRUPT',
    'is damaged and can not be read whole',
    'Put back a backup that lies beside it (its name ends in ".backup"), or start with another file (--store).',
  ],
  [
    'SQLITE_READONLY',
    'can not be written: the file or its folder is read-only',
    'Give yourself permission to write there, or choose another file with --store or LEVERAGE_HOME.',
  ],
  ['SQLITE_PERM', 'can not be opened: permission is denied', 'Check who owns the file and its folder.'],
  ['SQLITE_AUTH', 'can not be opened: permission is denied', 'Check who owns the file and its folder.'],
  [
    'SQLITE_FULL',
    'can not grow: the disk is full',
    'Free some space and try again; everything committed before is kept.',
  ],
  [
    'SQLITE_CANTOPEN',
    'can not be opened',
    'Check that its folder exists and may be written, or choose another file with --store or LEVERAGE_HOME.',
  ],
  [
    'SQLITE_IOERR',
    'can not be read or written: the disk reports an error',
    'Check the disk and the connection to it; everything committed before is kept.',
  ],
  ['SQLITE_BUSY', 'is being written by another program', 'Close the other program that has it open and try again.'],
  ['SQLITE_LOCKED', 'is being written by another part of the program', 'Try again.'],
  ['SQLITE_NOMEM', 'can not be read: memory is exhausted', 'Close other programs and try again.'],
  [
    'SQLITE_TOOBIG',
    'refused a value that is larger than SQLite can hold',
    'Study fewer groups or evaluations at once.',
  ],
];

/** A thrown thing as a LeverageError: SQLite's and the file system's errors become 'storage'; the others pass unchanged. */
export function storageError(thrown: unknown, file: string): unknown {
  if (thrown instanceof LeverageError) return thrown;
  const code = errorCode(thrown);
  if (code === null) return thrown;
  const cause = { cause: thrown };
  const system = FILE_SYSTEM_MEANING[code];
  if (system !== undefined) return meaningOf(system, file, cause);
  for (const [prefix, sentence, hint] of MEANINGS) {
    if (code.startsWith(prefix)) return new LeverageError('storage', `The store ${file} ${sentence}.`, hint, cause);
  }
  if (!(thrown instanceof Database.SqliteError)) return thrown;
  return new LeverageError(
    'storage',
    `The store ${file} refused an operation (${code}: ${thrown.message}).`,
    'This is a defect of the program; what was stored before it is kept.',
    cause,
  );
}

const FILE_SYSTEM_MEANING: Record<string, string | undefined> = {
  ENOSPC: 'SQLITE_FULL',
  EDQUOT: 'SQLITE_FULL',
  EACCES: 'SQLITE_PERM',
  EPERM: 'SQLITE_PERM',
  EROFS: 'SQLITE_READONLY',
  EIO: 'SQLITE_IOERR',
  ENOTDIR: 'SQLITE_CANTOPEN',
  EEXIST: 'SQLITE_CANTOPEN',
};

function meaningOf(code: string, file: string, cause: ErrorOptions): LeverageError {
  const found = MEANINGS.find(([prefix]) => prefix === code);
  return new LeverageError('storage', `The store ${file} ${found?.[1] ?? 'can not be used'}.`, found?.[2] ?? '', cause);
}

function errorCode(thrown: unknown): string | null {
  if (!(thrown instanceof Error) || !('code' in thrown)) return null;
  return typeof thrown.code === 'string' ? thrown.code : null;
}

/** Runs `work`; SQLite's errors leave it as sentences about `file`. */
export function guarded<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    throw storageError(thrown, file);
  }
}

/** The same repository, with `guarded` around every function of it. */
export function guardAll<R extends object>(file: string, repository: R): R {
  const guardedEntries = Object.entries(repository).map(([name, value]: [string, unknown]) => [
    name,
    typeof value === 'function'
      ? (...parameters: unknown[]): unknown => guarded(file, () => Reflect.apply(value, repository, parameters))
      : value,
  ]);
  return Object.fromEntries(guardedEntries) as R;
}
