/** Big arrays: bytes addressed by their sha-256, kept once, in chunks that SQLite handles well. */
import { createHash, randomBytes } from 'node:crypto';
import { LeverageError } from '../../shared/errors.ts';
import type { Connection } from './connection.ts';

/** Small enough that one group's members are read quickly, large enough that a dataset has few. At most 16 MiB. */
export const BLOB_CHUNK_BYTES = 4 * 1024 * 1024;

export interface BlobRepository {
  /** Keeps the bytes (call it inside a transaction); content already kept is not written again. @returns its id */
  put(bytes: Uint8Array): number;
  /**
   * As `put`, chunk by chunk in transactions of their own: `between` is awaited after each, so that others are
   * answered meanwhile; when it throws, nothing is kept. Hold the blobs until something refers to them.
   * @param sha256 of the bytes, hex
   */
  putGradually(bytes: Uint8Array, sha256: string, between: () => Promise<void>): Promise<number>;
  /** Until the returned function is called nothing is swept: what is being put is not referred to yet. */
  hold(): () => void;
  /** A fresh copy, aligned for any typed array. */
  get(id: number): Uint8Array<ArrayBuffer>;
  /** `length` bytes from `offset`, reading only the chunks that hold them. */
  getRange(id: number, offset: number, length: number): Uint8Array<ArrayBuffer>;
  /** Erases the blobs that nothing refers to any more. @returns how many */
  sweep(): number;
}

export function blobRepository(connection: Connection): BlobRepository {
  const find = connection.prepare<[string], number>('SELECT id FROM blob WHERE sha256 = ?').pluck();
  const insert = connection.prepare<[string, number]>('INSERT INTO blob (sha256, bytes) VALUES (?, ?)');
  const insertChunk = connection.prepare<[number, number, Buffer]>(
    'INSERT INTO blob_chunk (blob_id, position, data) VALUES (?, ?, ?)',
  );
  const size = connection.prepare<[number], number>('SELECT bytes FROM blob WHERE id = ?').pluck();
  const chunk = connection
    .prepare<[number, number], Buffer>('SELECT data FROM blob_chunk WHERE blob_id = ? AND position = ?')
    .pluck();
  const rename = connection.prepare<[string, number]>('UPDATE blob SET sha256 = ? WHERE id = ?');
  const erase = connection.prepare<[number]>('DELETE FROM blob WHERE id = ?');
  const sweepUnused = connection.prepare(
    `DELETE FROM blob WHERE
       NOT EXISTS (SELECT 1 FROM dataset_array WHERE blob_id = blob.id)
       AND NOT EXISTS (SELECT 1 FROM fit WHERE coefficients_blob = blob.id)
       AND NOT EXISTS (SELECT 1 FROM grouping WHERE members_blob = blob.id)
       AND NOT EXISTS (SELECT 1 FROM study WHERE file_groups_blob = blob.id)
       AND NOT EXISTS (SELECT 1 FROM training WHERE theta_blob = blob.id OR memory_blob = blob.id)
       AND NOT EXISTS (SELECT 1 FROM training_checkpoint WHERE theta_blob = blob.id)
       AND NOT EXISTS (SELECT 1 FROM named_group WHERE members_blob = blob.id)
       AND NOT EXISTS (SELECT 1 FROM attribution WHERE numbers_blob = blob.id)`,
  );

  function sizeOf(id: number): number {
    const bytes = size.get(id);
    if (bytes === undefined) throw missing(id);
    return bytes;
  }

  function getRange(id: number, offset: number, length: number): Uint8Array<ArrayBuffer> {
    if (offset < 0 || length < 0 || offset + length > sizeOf(id)) {
      throw new RangeError(`blob ${id}: bytes ${offset}…${offset + length} are outside it`);
    }
    const bytes = new Uint8Array(length);
    let done = 0;
    while (done < length) {
      const at = offset + done;
      const position = Math.floor(at / BLOB_CHUNK_BYTES);
      const data = chunk.get(id, position);
      const from = at - position * BLOB_CHUNK_BYTES;
      const part = data?.subarray(from, from + length - done);
      if (part === undefined || part.length === 0) throw missing(id);
      bytes.set(part, done);
      done += part.length;
    }
    return bytes;
  }

  let holders = 0;

  async function putGradually(bytes: Uint8Array, sha256: string, between: () => Promise<void>): Promise<number> {
    const known = find.get(sha256);
    if (known !== undefined) return known;
    const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    // Not yet under its own name: whoever looked for the content would find a part of it.
    const id = Number(insert.run(randomBytes(32).toString('hex'), view.length).lastInsertRowid);
    try {
      for (let from = 0; from < view.length; from += BLOB_CHUNK_BYTES) {
        insertChunk.run(id, from / BLOB_CHUNK_BYTES, view.subarray(from, from + BLOB_CHUNK_BYTES));
        await between();
      }
      const meanwhile = find.get(sha256);
      if (meanwhile === undefined) {
        rename.run(sha256, id);
        return id;
      }
      erase.run(id);
      return meanwhile;
    } catch (thrown) {
      erase.run(id);
      throw thrown;
    }
  }

  return {
    putGradually,
    hold: () => {
      holders += 1;
      let held = true;
      return () => {
        if (held) holders -= 1;
        held = false;
      };
    },
    put: (bytes) => {
      const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      const sha256 = createHash('sha256').update(view).digest('hex');
      const known = find.get(sha256);
      if (known !== undefined) return known;
      const id = Number(insert.run(sha256, view.length).lastInsertRowid);
      for (let from = 0; from < view.length; from += BLOB_CHUNK_BYTES) {
        insertChunk.run(id, from / BLOB_CHUNK_BYTES, view.subarray(from, from + BLOB_CHUNK_BYTES));
      }
      return id;
    },
    get: (id) => getRange(id, 0, sizeOf(id)),
    getRange,
    sweep: () => (holders > 0 ? 0 : sweepUnused.run().changes),
  };
}

function missing(id: number): LeverageError {
  return new LeverageError(
    'storage',
    `The store lacks bytes of array ${id}: it is damaged.`,
    'Put back a backup that lies beside it, or start with another file (--store).',
  );
}
