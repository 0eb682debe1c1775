import { describe, expect, it } from 'vitest';
import { createFrameReader, encodeFrames, type WireMessage } from '../../src/shared/wire.ts';

function roundTrip(message: WireMessage, maxFrameBytes?: number): WireMessage | null {
  const read = createFrameReader();
  let last: WireMessage | null = null;
  for (const frame of encodeFrames(message, maxFrameBytes)) last = read(frame);
  return last;
}

describe('the wire format', () => {
  it('keeps the type and every bit of typed arrays', () => {
    const value = {
      effects: new Float64Array([0, -0, 1 / 3, Number.NaN, -Infinity, Number.MIN_VALUE]),
      members: new Int32Array([-1, 2 ** 31 - 1]),
      pixels: new Uint8Array([0, 255]),
      empty: new Float64Array(0),
      rate: Number.NaN,
      nothing: null,
    };
    expect(roundTrip({ kind: 'answer', id: 7, answer: { ok: true, value } })).toEqual({
      kind: 'answer',
      id: 7,
      answer: { ok: true, value },
    });
    const back = roundTrip({ kind: 'answer', id: 7, answer: { ok: true, value } });
    const effects = back?.kind === 'answer' && back.answer.ok ? (back.answer.value as typeof value).effects : null;
    expect(effects).toBeInstanceOf(Float64Array);
    expect(Object.is(effects?.[1], -0)).toBe(true);
  });

  it('cuts long messages into frames of the given size and joins them again', () => {
    const values = Float64Array.from({ length: 10_000 }, (_, i) => Math.sqrt(i));
    const message: WireMessage = { kind: 'answer', id: 4_000_000_000, answer: { ok: true, value: values } };
    const frames = encodeFrames(message, 4096);
    expect(frames.length).toBe(Math.ceil((values.byteLength + 30) / (4096 - 6)));
    expect(Math.max(...frames.map((frame) => frame.length))).toBe(4096);
    expect(roundTrip(message, 4096)).toEqual(message);
  });

  it('keeps interleaved messages apart', () => {
    const first = encodeFrames({ kind: 'call', id: 1, method: 'a', input: 'x'.repeat(50) }, 32);
    const second = encodeFrames({ kind: 'call', id: 2, method: 'b', input: 'y'.repeat(50) }, 32);
    const read = createFrameReader();
    const messages = [...first, ...second]
      .map((_, i) => (i % 2 === 0 ? first : second)[i >> 1])
      .map((frame) => (frame === undefined ? null : read(frame)))
      .filter((message) => message !== null);
    expect(messages).toEqual([
      { kind: 'call', id: 1, method: 'a', input: 'x'.repeat(50) },
      { kind: 'call', id: 2, method: 'b', input: 'y'.repeat(50) },
    ]);
  });

  it('refuses frames that are no part of it', () => {
    const read = createFrameReader(64);
    expect(() => read(new Uint8Array(3))).toThrow('wire format');
    expect(() => read(new Uint8Array([9, 1, 0, 0, 0, 0, 1]))).toThrow('wire format');
    expect(() => read(new Uint8Array([1, 1, 0, 0, 0, 0, 0xcb]))).toThrow('msgpack');
    expect(() => read(new Uint8Array([1, 1, 0, 0, 0, 0, 1]))).toThrow('does not name its method');
  });

  it('limits what an unfinished message may hold', () => {
    const read = createFrameReader(64);
    const frame = new Uint8Array(40);
    frame[0] = 1;
    expect(read(frame)).toBeNull();
    expect(() => read(frame)).toThrow('longer than this side accepts');
  });
});
