/**
 * What a host and an engine process say to each other, over child_process.fork's channel
 * (serialization 'advanced') or an Electron utility process's port: both clone structures,
 * typed arrays included. The engine's side checks each message before it acts on it.
 */
import { z } from 'zod';
import type { Answer, EngineEvent } from '../../shared/contract.ts';
import type { Failure } from '../../shared/errors.ts';

const id = z.number().int().nonnegative();

/** How the engine in a process of its own is made; the parts of EngineOptions that can be sent. */
export const startOptions = z.strictObject({
  storeFile: z.string().min(1),
  samplesFolder: z.string().min(1),
  device: z.string().nullable().optional(),
  host: z.enum(['electron', 'serve', 'cli']),
  appVersion: z.string(),
  readOnly: z.boolean().optional(),
});
export type StartOptions = z.infer<typeof startOptions>;

export const toEngine = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('start'), options: startOptions }),
  z.strictObject({ type: z.literal('call'), id, method: z.string(), input: z.unknown() }),
  z.strictObject({ type: z.literal('admit'), id, path: z.string().min(1), name: z.string().min(1).optional() }),
  z.strictObject({ type: z.literal('close') }),
]);
export type ToEngine = z.infer<typeof toEngine>;

export type FromEngine =
  | { type: 'ready' }
  | { type: 'refused'; failure: Failure }
  | { type: 'part'; id: number; part: ArrayPart }
  | { type: 'answer'; id: number; answer: Answer }
  | { type: 'event'; event: EngineEvent }
  | { type: 'closed' };

/** A stretch of a typed array too large for one message. */
export interface ArrayPart {
  key: string;
  offset: number;
  bytes: Uint8Array;
}
