/** Files as the readers see them: streamed, `.gz` undone, with progress, cancelling and errors in sentences. */
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { createGunzip } from 'node:zlib';
import { invalidInput, LeverageError } from '../../shared/errors.ts';

export interface SourceFile {
  path: string;
  /** As the person knows it: the path of an upload is ours, its name is theirs. */
  name: string;
  bytes: number;
}

export interface ReadControl {
  progress(p: { file: string; bytesRead: number; bytesTotal: number; rows: number }): void;
  cancelled(): boolean;
}

/** For reads too short to watch. */
export const UNWATCHED: ReadControl = { progress: () => undefined, cancelled: () => false };

const CHUNK_BYTES = 1 << 20;
/** deflate can not expand a byte into more: a larger claim is false, and nothing is allocated for it. */
export const DEFLATE_MAX_RATIO = 1032;
/** Formats that need the whole content at once; larger ones must be given uncompressed. */
const WHOLE_MAX_BYTES = 4 * 2 ** 30 - 1;

/**
 * The file at `path` as a SourceFile.
 * @param field what named it ("dataset.train"), for the message
 * @throws LeverageError 'invalidInput' when there is no readable file
 */
export async function sourceFile(path: string, name: string = basename(path), field = ''): Promise<SourceFile> {
  const where = field === '' ? '' : `field "${field}": `;
  try {
    const found = await stat(path);
    if (!found.isFile()) throw invalidInput(`${where}${name} is not a file.`, 'Name a data file.');
    return { path, name, bytes: found.size };
  } catch (error) {
    if (error instanceof LeverageError) throw error;
    throw fileFailure(error, name, where);
  }
}

/** Ends the work with 'cancelled' when the person asked for it. */
export function checkCancelled(control: ReadControl): void {
  if (control.cancelled()) {
    throw new LeverageError('cancelled', 'The import was cancelled.', 'Nothing of it was kept; import again any time.');
  }
}

/** The first bytes of the content (after `.gz`), at most `limit`, and whether that is all of it. */
export async function readHead(
  file: SourceFile,
  limit: number,
): Promise<{ bytes: Buffer; complete: boolean; gzip: boolean }> {
  const gzip = await isGzip(file);
  const chunks: Buffer[] = [];
  let length = 0;
  let complete = true;
  for await (const chunk of contentChunks(file, UNWATCHED, () => 0, Math.max(4096, Math.min(limit, CHUNK_BYTES)))) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > limit) {
      complete = false;
      break;
    }
  }
  return { bytes: Buffer.concat(chunks).subarray(0, limit), complete, gzip };
}

/**
 * The content, `.gz` undone, in order. Progress counts bytes of the file as it lies on disk.
 * @param rows how many rows are done, for the progress report
 */
export async function* contentChunks(
  file: SourceFile,
  control: ReadControl,
  rows: () => number,
  chunkBytes = CHUNK_BYTES,
): AsyncGenerator<Buffer> {
  const gzip = await isGzip(file);
  const raw = createReadStream(file.path, { highWaterMark: chunkBytes });
  const content = gzip ? raw.pipe(createGunzip({ chunkSize: chunkBytes })) : raw;
  // pipe() does not forward errors: a disk error would leave the gunzip waiting for ever.
  if (gzip) raw.on('error', (error) => content.destroy(error));
  try {
    for await (const chunk of content) {
      checkCancelled(control);
      yield chunk as Buffer;
      control.progress({ file: file.name, bytesRead: raw.bytesRead, bytesTotal: file.bytes, rows: rows() });
    }
  } catch (error) {
    if (error instanceof LeverageError) throw error;
    throw fileFailure(error, file.name, '');
  } finally {
    raw.destroy();
    content.destroy();
  }
}

/** All of the content at once (`.gz` undone). For formats that are not read front to back. */
export async function readWhole(file: SourceFile, control: ReadControl): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of contentChunks(file, control, () => 0)) {
    length += chunk.length;
    if (length > WHOLE_MAX_BYTES) {
      throw invalidInput(`${file.name} holds more than 4 GiB when decompressed.`, 'Decompress it and import it again.');
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Bytes addressed by position: a file on disk, or the content of a `.gz` in memory. */
export interface RandomAccess {
  size: number;
  read(offset: number, length: number): Promise<Buffer>;
  close(): Promise<void>;
}

/** Opens for reading by position; only a `.gz` is held in memory. */
export async function openRandomAccess(file: SourceFile, control: ReadControl): Promise<RandomAccess> {
  if (await isGzip(file)) {
    const content = await readWhole(file, control);
    return {
      size: content.length,
      read: (offset, length) => Promise.resolve(content.subarray(offset, offset + length)),
      close: () => Promise.resolve(),
    };
  }
  try {
    const handle = await open(file.path, 'r');
    const { size } = await handle.stat();
    return {
      size,
      async read(offset, length) {
        const wanted = Math.max(0, Math.min(length, size - offset));
        const bytes = Buffer.allocUnsafe(wanted);
        let done = 0;
        while (done < wanted) {
          checkCancelled(control);
          const { bytesRead } = await handle.read(
            bytes,
            done,
            Math.min(64 * CHUNK_BYTES, wanted - done),
            offset + done,
          );
          if (bytesRead === 0) throw invalidInput(`${file.name} became shorter while it was read.`, 'Import it again.');
          done += bytesRead;
        }
        return bytes;
      },
      close: () => handle.close(),
    };
  } catch (error) {
    throw fileFailure(error, file.name, '');
  }
}

/** Whether the file is compressed as a whole. */
export async function isGzip(file: SourceFile): Promise<boolean> {
  try {
    const handle = await open(file.path, 'r');
    try {
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(2), 0, 2, 0);
      return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw fileFailure(error, file.name, '');
  }
}

function fileFailure(error: unknown, name: string, where: string): LeverageError {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  const sentence = FILE_ERRORS[code];
  if (sentence !== undefined) return invalidInput(`${where}${name} ${sentence[0]}.`, sentence[1]);
  if (code.startsWith('Z_')) {
    return invalidInput(`${where}${name} is a damaged gzip file.`, 'Copy or download it again.');
  }
  const reason = error instanceof Error ? error.message : String(error);
  return new LeverageError('invalidInput', `${where}${name} could not be read: ${reason}.`, '', { cause: error });
}

const FILE_ERRORS: Record<string, [string, string]> = {
  ENOENT: ['does not exist', 'Check the name and the folder; paths are relative to the study file.'],
  ENOTDIR: ['does not exist', 'Check the name and the folder; paths are relative to the study file.'],
  EACCES: ['may not be read by this user', 'Change its permissions or copy it.'],
  EPERM: ['may not be read by this user', 'Change its permissions or copy it.'],
  EISDIR: ['is a folder', 'Choose a data file in it.'],
  Z_BUF_ERROR: ['is a gzip file that ends early', 'Copy or download it again.'],
  ERR_FS_FILE_TOO_LARGE: ['is too large to be read at once', 'Split it.'],
};
