import { describe, expect, it } from 'vitest';
import { PART_BYTES, putTogether, takeApart } from '../../src/main/engine/array-parts.ts';

describe('large arrays of an answer', () => {
  it('travel in parts no larger than the limit, and come back as they were', () => {
    const numbers = Float64Array.from({ length: (2.5 * PART_BYTES) / 8 }, (_, i) => Math.sqrt(i)).subarray(3);
    const bytes = new Uint8Array(PART_BYTES + 1).fill(7);
    const answer = { name: 'a', numbers, bytes, small: Int32Array.of(1, 2), nested: { bytes: null } };
    const { value, parts } = takeApart(answer);
    expect(parts.map((part) => part.key)).toEqual(['numbers', 'numbers', 'numbers', 'bytes', 'bytes']);
    for (const part of parts) {
      expect(part.bytes.byteLength).toBeLessThanOrEqual(PART_BYTES);
      expect(part.bytes.buffer.byteLength).toBe(part.bytes.byteLength);
    }
    const back = putTogether(structuredClone(value), structuredClone(parts)) as typeof answer;
    expect(back.numbers).toBeInstanceOf(Float64Array);
    expect(Buffer.compare(Buffer.from(back.numbers.buffer), Buffer.from(numbers.slice().buffer))).toBe(0);
    expect(Buffer.compare(back.bytes, bytes)).toBe(0);
    expect(back).toMatchObject({ name: 'a', small: Int32Array.of(1, 2), nested: { bytes: null } });
  });

  it('are left alone when they are small, and so is everything else', () => {
    for (const answer of [null, 3, 'x', [1], new Uint8Array(3), { a: new Uint8Array(3), b: [] }]) {
      const { value, parts } = takeApart(answer);
      expect(value).toBe(answer);
      expect(parts).toEqual([]);
      expect(putTogether(value, parts)).toBe(answer);
    }
  });

  it('are not put together with a part missing', () => {
    const { value, parts } = takeApart({ a: new Uint8Array(PART_BYTES + 1) });
    expect(() => putTogether(value, parts.slice(1))).toThrow(/arrived with 1 of/);
  });
});
