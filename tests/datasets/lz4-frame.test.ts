import { describe, expect, it } from 'vitest';
import { decodeLz4Frame } from '../../src/main/datasets/lz4-frame.ts';

/** A frame of one block, with or without the content's size. */
function frame(block: number[], size: number | null, plain = false): Uint8Array {
  const length = block.length + (plain ? 0x80000000 : 0);
  const bytes = Buffer.alloc(15 + (size === null ? 0 : 8) + block.length);
  bytes.writeUInt32LE(0x184d2204, 0);
  bytes[4] = size === null ? 0x40 : 0x48;
  bytes[5] = 0x40;
  if (size !== null) bytes.writeBigUInt64LE(BigInt(size), 6);
  const at = size === null ? 7 : 15;
  bytes.writeUInt32LE(length, at);
  bytes.set(block, at + 4);
  return bytes;
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

describe('an LZ4 frame', () => {
  it('gives literals, and copies that overlap themselves', () => {
    // 2 literals "ab", a copy of 4 + 5 from 2 back, then the literals "end".
    const block = [0x25, 97, 98, 2, 0, 0x30, 101, 110, 100];
    expect(text(decodeLz4Frame(frame(block, 14)))).toBe('ababababababend'.slice(0, 11) + 'end');
    expect(text(decodeLz4Frame(frame(block, null)))).toBe('abababababaend');
  });

  it('gives blocks that are not compressed as they are', () => {
    expect(text(decodeLz4Frame(frame([104, 105], 2, true)))).toBe('hi');
  });

  it.each([
    ['another magic', Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)],
    ['a copy from before the beginning', frame([0x10, 97, 2, 0], 9)],
    ['a block that ends early', frame([0xf0, 255], 9)],
    ['a size that can not be', frame([0x10, 97], 1e9)],
    ['nothing', new Uint8Array()],
  ])('refuses %s', (_, bytes) => {
    expect(() => decodeLz4Frame(bytes)).toThrow();
  });
});
