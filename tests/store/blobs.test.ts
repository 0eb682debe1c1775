import { createHash } from 'node:crypto';
import fc from 'fast-check';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { BLOB_CHUNK_BYTES, blobRepository } from '../../src/main/store/blobs.ts';
import { migrate } from '../../src/main/store/migrate.ts';
import { failureOf } from './failure-of.ts';

function memory() {
  const connection = new Database(':memory:');
  connection.pragma('foreign_keys = ON');
  migrate(connection, 'memory');
  return { connection, blobs: blobRepository(connection) };
}

/** Bytes that differ everywhere a chunk could be swapped or shifted. */
function patterned(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 2654435761) >>> 24);
}

describe('blobs', () => {
  it('gives back what it was given, across chunks', () => {
    const { blobs, connection } = memory();
    for (const length of [0, 1, BLOB_CHUNK_BYTES, BLOB_CHUNK_BYTES + 1, 2 * BLOB_CHUNK_BYTES + 17]) {
      const bytes = patterned(length);
      expect(Buffer.compare(blobs.get(blobs.put(bytes)), bytes)).toBe(0);
    }
    const longest = connection.prepare('SELECT max(length(data)) FROM blob_chunk').pluck().get();
    expect(longest).toBe(BLOB_CHUNK_BYTES);
  });

  it('reads any range, across the border of two chunks', () => {
    const { blobs } = memory();
    const bytes = patterned(BLOB_CHUNK_BYTES + 5000);
    const id = blobs.put(bytes);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: bytes.length }), fc.integer({ min: 0, max: 9000 }), (offset, wanted) => {
        const length = Math.min(wanted, bytes.length - offset);
        expect(Buffer.compare(blobs.getRange(id, offset, length), bytes.subarray(offset, offset + length))).toBe(0);
      }),
      { numRuns: 60, examples: [[BLOB_CHUNK_BYTES - 4, 8]] },
    );
    expect(() => blobs.getRange(id, bytes.length - 1, 2)).toThrow(RangeError);
  });

  it('keeps the same content once, whatever view it comes in', () => {
    const { blobs, connection } = memory();
    const numbers = Float64Array.of(1, 2, 3);
    const first = blobs.put(new Uint8Array(numbers.buffer));
    const shifted = new Uint8Array(30);
    shifted.set(new Uint8Array(numbers.buffer), 5);
    expect(blobs.put(shifted.subarray(5, 29))).toBe(first);
    expect(connection.prepare('SELECT count(*) FROM blob').pluck().get()).toBe(1);
  });

  it('gives bytes that any typed array can stand on', () => {
    const { blobs } = memory();
    const id = blobs.put(new Uint8Array(Float64Array.of(Math.PI, NaN, -0).buffer));
    expect(new Float64Array(blobs.get(id).buffer)).toEqual(Float64Array.of(Math.PI, NaN, -0));
  });

  it('sweeps only what nothing refers to', () => {
    const { blobs, connection } = memory();
    const used = blobs.put(patterned(10));
    blobs.put(patterned(20));
    connection.exec(`INSERT INTO dataset VALUES ('d', 'f', NULL, '', '{}', '[]', '{}')`);
    connection.prepare(`INSERT INTO dataset_array VALUES ('d', 0, 'x', ?)`).run(used);
    expect(blobs.sweep()).toBe(1);
    expect(connection.prepare('SELECT count(*) FROM blob_chunk').pluck().get()).toBe(1);
    expect(blobs.get(used)).toEqual(patterned(10));
  });

  it('keeps content gradually under its own hash, once, and nothing of it when stopped', async () => {
    const { blobs, connection } = memory();
    const bytes = patterned(2 * BLOB_CHUNK_BYTES + 5);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const count = (): unknown => connection.prepare('SELECT count(*) FROM blob').pluck().get();
    const release = blobs.hold();
    let steps = 0;
    const stopped = blobs.putGradually(bytes, sha256, async () => {
      steps += 1;
      expect(blobs.sweep()).toBe(0);
      if (steps === 2) throw new Error('stopped');
    });
    await expect(stopped).rejects.toThrow('stopped');
    expect(count()).toBe(0);
    const both = [0, 1].map(() => blobs.putGradually(bytes, sha256, () => new Promise(setImmediate)));
    const [first, second] = await Promise.all(both);
    expect(second).toBe(first);
    expect(blobs.put(bytes)).toBe(first);
    expect(Buffer.compare(blobs.get(first), bytes)).toBe(0);
    release();
    expect(blobs.sweep()).toBe(1);
    expect(count()).toBe(0);
  });

  it('says that the store is damaged when a chunk is missing', () => {
    const { blobs, connection } = memory();
    const id = blobs.put(patterned(10));
    connection.exec('DELETE FROM blob_chunk');
    expect(failureOf(() => blobs.get(id))).toMatchObject({ kind: 'storage' });
  });
});
