/** Writes a bundle's files so that a reader never meets a half-written one. */
import { randomUUID } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { LeverageError, invalidInput } from '../../shared/errors.ts';
import type { BundleFile } from './bundle.ts';

/**
 * A new folder appears whole, by one rename. In a folder that is there already (perhaps a mount
 * point, or with files of other kinds, which stay) the files are written apart and then
 * renamed into place one right after the other.
 */
export function replaceFolder(folder: string, files: Iterable<BundleFile>): void {
  const target = resolve(folder);
  refuseForeignFolder(target);
  const exists = existsSync(target);
  let fresh: string | null = null;
  try {
    const room = exists ? target : dirname(target);
    mkdirSync(room, { recursive: true });
    // Not mkdtemp: the bundle is to have the permissions of any other folder that its owner makes.
    fresh = join(room, `.${basename(target)}-${randomUUID()}`);
    mkdirSync(fresh);
    const names: string[] = [];
    for (const { name, content } of files) {
      writeFile(join(fresh, name), content);
      names.push(name);
    }
    if (exists) for (const name of names) renameSync(join(fresh, name), join(target, name));
    else renameSync(fresh, target);
  } catch (cause) {
    if (cause instanceof LeverageError) throw cause;
    throw new LeverageError(
      'storage',
      `The bundle can not be written to "${target}": ${cause instanceof Error ? cause.message : String(cause)}.`,
      'Name a folder you can write to, with room for it; the study itself is kept in the store.',
      { cause },
    );
  } finally {
    if (fresh !== null) rmSync(fresh, { recursive: true, force: true });
  }
}

/** Throws what `replaceFolder` would refuse, so that a long run can be refused before it starts. */
export function refuseForeignFolder(folder: string): void {
  const target = resolve(folder);
  const found = statSync(target, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isDirectory()) {
    throw invalidInput(`--out: "${target}" is a file.`, 'Name a folder: a new one, an empty one or an earlier bundle.');
  }
  // Every bundle has a summary; a study.json alone is somebody's own and would be overwritten.
  if (existsSync(join(target, 'study.json')) && !existsSync(join(target, 'summary.json'))) {
    throw invalidInput(
      `--out: "${target}" holds a study.json that is not part of a bundle and would be overwritten.`,
      'Name another folder, such as a new one inside it.',
    );
  }
}

function writeFile(path: string, content: BundleFile['content']): void {
  const file = openSync(path, 'wx');
  try {
    const pieces = typeof content === 'string' || content instanceof Uint8Array ? [content] : content;
    for (const piece of pieces) writeAll(file, typeof piece === 'string' ? Buffer.from(piece, 'utf8') : piece);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function writeAll(file: number, bytes: Uint8Array): void {
  let written = 0;
  while (written < bytes.length) written += writeSync(file, bytes, written);
}
