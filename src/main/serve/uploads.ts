/**
 * Files that a browser sends. Each is streamed to a folder that only this user can
 * read and then admitted to the engine; the folder goes when the server closes.
 */
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rm, stat, statfs } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Engine, FileHandle } from '../../shared/contract.ts';
import { invalidInput, LeverageError } from '../../shared/errors.ts';

export interface Uploads {
  /** Streams the request's body to a file called `name` and lets the engine read it. */
  receive(request: IncomingMessage, name: string): Promise<FileHandle>;
  /** Removes every received file. */
  close(): Promise<void>;
}

/** Left free on the disk of the temporary folder, so that an upload never fills it. */
const RESERVE_BYTES = 256 * 1024 * 1024;

export async function openUploads(engine: Engine): Promise<Uploads> {
  const folder = await mkdtemp(join(tmpdir(), 'leverage-upload-'));
  let count = 0;

  return {
    async receive(request, name) {
      const fileName = plainFileName(name);
      await requireSpace(folder, Number(request.headers['content-length'] ?? 0), fileName);
      const own = join(folder, String(++count));
      await mkdir(own);
      const path = join(own, fileName);
      try {
        await pipeline(request, createWriteStream(path, { mode: 0o600 }));
        const { size } = await stat(path);
        const handle = await engine.admitFile(path, fileName);
        return { ...handle, bytes: size };
      } catch (thrown) {
        await rm(own, { recursive: true, force: true });
        throw thrown;
      }
    },
    async close() {
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A name that stays inside its folder on every platform. */
function plainFileName(name: string): string {
  const last = name.slice(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1);
  const plain = last.replace(/[\u0000-\u001f\u007f<>:"|?*]/g, '_').trim();
  if (plain === '' || plain === '.' || plain === '..' || Buffer.byteLength(plain) > 255) {
    throw invalidInput(
      `A file can not be received under the name ${JSON.stringify(name.slice(0, 80))}.`,
      'Rename the file and drop it again.',
    );
  }
  return plain;
}

async function requireSpace(folder: string, bytes: number, name: string): Promise<void> {
  const disk = await statfs(folder);
  const free = disk.bavail * disk.bsize;
  if (bytes + RESERVE_BYTES > free) {
    throw new LeverageError(
      'unavailable',
      `There is no room for ${name}: it has ${megabytes(bytes)} and the temporary folder's disk has ${megabytes(free)} left.`,
      'Free some space, or import the file with the command line, which does not copy it.',
    );
  }
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1e6)} MB`;
}
