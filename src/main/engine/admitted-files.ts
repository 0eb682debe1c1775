/** Files the host has let in. A window holds only the random handle, so it can not name a path. */
import { randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import type { FileHandle } from '../../shared/contract.ts';
import { invalidInput, LeverageError } from '../../shared/errors.ts';
import type { SourceFile } from '../datasets/source-file.ts';

export interface AdmittedFiles {
  /** Throws 'notFound' for a path without a file, 'invalidInput' for what is not a regular file. */
  admit(path: string, name?: string): Promise<FileHandle>;
  /** Throws 'notFound' for an unknown handle. */
  find(handle: string): SourceFile;
}

export function admittedFiles(): AdmittedFiles {
  const byHandle = new Map<string, SourceFile>();
  return {
    admit: async (path, name = basename(path)) => {
      const absolute = resolve(path);
      const bytes = await sizeOfFile(absolute, name);
      const handle = `file-${randomUUID()}`;
      byHandle.set(handle, { path: absolute, name, bytes });
      return { handle, name, bytes };
    },
    find: (handle) => {
      const file = byHandle.get(handle);
      if (file === undefined) {
        throw new LeverageError(
          'notFound',
          'The file is not known to the engine any more.',
          'Choose or drop it again.',
        );
      }
      return file;
    },
  };
}

async function sizeOfFile(path: string, name: string): Promise<number> {
  try {
    const status = await stat(path);
    if (!status.isFile()) throw invalidInput(`${name} is not a file.`, 'Choose files, not folders or devices.');
    return status.size;
  } catch (thrown) {
    if (thrown instanceof LeverageError) throw thrown;
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new LeverageError(
      'notFound',
      `${name} can not be opened: ${reason}.`,
      'Check the path and its permissions.',
      {
        cause: thrown,
      },
    );
  }
}
