/**
 * The contract on a WebSocket: binary frames, msgpack inside, long messages in chunks.
 *
 *     byte 0      kind: 1 call, 2 answer, 3 event
 *     byte 1      1 on the last chunk of its message, else 0
 *     bytes 2–5   id, big-endian: pairs an answer with its call; 0 for events
 *     rest        this chunk's share of the msgpack message
 *
 * Typed arrays arrive as the type they left as. Records stay off: msgpackr compiles
 * their readers with `new Function`, which the content policy forbids.
 */
import { Packr } from 'msgpackr';
import type { Answer, EngineEvent } from './contract.ts';
import { LeverageError } from './errors.ts';

/** No frame is longer than this, header included. */
export const MAX_FRAME_BYTES = 16 * 1024 * 1024;
const HEADER_BYTES = 6;

export type WireMessage =
  | { kind: 'call'; id: number; method: string; input: unknown }
  | { kind: 'answer'; id: number; answer: Answer }
  | { kind: 'event'; event: EngineEvent };

const CODE = { call: 1, answer: 2, event: 3 } as const;

const packr = new Packr({ useRecords: false, moreTypes: true });

/** The frames of one message, in the order in which they must be sent. */
export function encodeFrames(message: WireMessage, maxFrameBytes = MAX_FRAME_BYTES): Uint8Array<ArrayBuffer>[] {
  const payload = packr.pack(bodyOf(message));
  const id = message.kind === 'event' ? 0 : message.id;
  const chunkBytes = maxFrameBytes - HEADER_BYTES;
  const frames: Uint8Array<ArrayBuffer>[] = [];
  let start = 0;
  do {
    const end = Math.min(start + chunkBytes, payload.length);
    const frame = new Uint8Array(HEADER_BYTES + end - start);
    frame[0] = CODE[message.kind];
    frame[1] = end === payload.length ? 1 : 0;
    new DataView(frame.buffer).setUint32(2, id);
    frame.set(payload.subarray(start, end), HEADER_BYTES);
    frames.push(frame);
    start = end;
  } while (start < payload.length);
  return frames;
}

/**
 * A reader of frames: takes each in turn and returns the message it completes, or null.
 * Throws LeverageError 'invalidInput' on a frame that is no part of this protocol, and when the
 * chunks held add up to more than `maxPendingBytes`.
 */
export function createFrameReader(maxPendingBytes = Infinity): (frame: Uint8Array) => WireMessage | null {
  const pending = new Map<string, Uint8Array[]>();
  let pendingBytes = 0;

  return (frame) => {
    const code = frame[0];
    if (frame.length < HEADER_BYTES || (code !== CODE.call && code !== CODE.answer && code !== CODE.event)) {
      throw new LeverageError('invalidInput', 'A message does not follow the wire format.', 'Reload the page.');
    }
    const id = new DataView(frame.buffer, frame.byteOffset, frame.byteLength).getUint32(2);
    const key = `${code}:${id}`;
    const chunks = pending.get(key) ?? [];
    pendingBytes += frame.length;
    if (pendingBytes > maxPendingBytes) {
      throw new LeverageError('invalidInput', 'A message is longer than this side accepts.', 'Reload the page.');
    }
    chunks.push(frame.subarray(HEADER_BYTES));
    if (frame[1] !== 1) {
      pending.set(key, chunks);
      return null;
    }
    pending.delete(key);
    for (const chunk of chunks) pendingBytes -= chunk.length + HEADER_BYTES;
    return messageOf(code, id, unpack(join(chunks)));
  };
}

function bodyOf(message: WireMessage): unknown {
  if (message.kind === 'call') return [message.method, message.input];
  return message.kind === 'answer' ? message.answer : message.event;
}

function messageOf(code: number, id: number, body: unknown): WireMessage {
  if (code === CODE.call) {
    if (!Array.isArray(body) || typeof body[0] !== 'string') {
      throw new LeverageError('invalidInput', 'A call does not name its method.', 'Reload the page.');
    }
    return { kind: 'call', id, method: body[0], input: body[1] };
  }
  // Answers and events come from the engine's own host, which the client trusts.
  if (code === CODE.answer) return { kind: 'answer', id, answer: body as Answer };
  return { kind: 'event', event: body as EngineEvent };
}

function unpack(bytes: Uint8Array): unknown {
  try {
    return packr.unpack(bytes);
  } catch (cause) {
    throw new LeverageError('invalidInput', 'A message is not valid msgpack.', 'Reload the page.', { cause });
  }
}

function join(chunks: readonly Uint8Array[]): Uint8Array {
  const [only] = chunks;
  if (chunks.length === 1 && only !== undefined) return only;
  const whole = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
