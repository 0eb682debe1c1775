/** Where networks can be trained, and the choice among those places. */
import { createRequire } from 'node:module';
import { invalidInput, LeverageError, toFailure } from '../../shared/errors.ts';
import { registry } from '../compute/index.ts';
import { tensorflowSteps } from '../compute/tensorflow/network-steps.ts';
import { openNativeRuntime } from '../compute/tensorflow/open-native.ts';
import { openWasmRuntime } from '../compute/tensorflow/open-wasm.ts';
import type { OpenRuntime } from '../compute/tensorflow/runtime.ts';
import { float64Steps } from './float64-steps.ts';
import type { OpenSteps } from './network-steps.ts';

/** In order of preference: the GPU through TensorFlow's library, its WASM backend, this program's own float64. */
export const TRAINERS = ['tensorflow-gpu', 'tensorflow-wasm', 'float64'] as const;
export type TrainerName = (typeof TRAINERS)[number];

export interface Trainer {
  name: TrainerName;
  title: string;
  precision: 'float32' | 'float64';
  openSteps: OpenSteps;
  /** Why those before it in TRAINERS are not used; empty when it was named or is the first. */
  notes: string[];
  /** Frees the library. Trainings must be over. */
  close(): void;
}

/** Opens the named trainer, or the first that works for null. Throws `unavailable` when the named one does not work here. */
export async function openTrainer(name: TrainerName | null): Promise<Trainer> {
  if (name !== null) return open(name, []);
  const notes: string[] = [];
  for (const candidate of TRAINERS) {
    try {
      return await open(candidate, notes);
    } catch (thrown) {
      notes.push(`${candidate}: ${toFailure(thrown).message}`);
    }
  }
  throw new LeverageError('internal', 'No trainer works here, not even the program’s own.');
}

async function open(name: TrainerName, notes: string[]): Promise<Trainer> {
  if (name === 'float64') {
    const title = 'TypeScript · CPU · float64';
    return { name, title, precision: 'float64', openSteps: float64Steps, notes, close: () => {} };
  }
  if (name !== 'tensorflow-gpu' && name !== 'tensorflow-wasm') {
    throw invalidInput(`There is no trainer "${String(name)}".`, `Choose one of: ${TRAINERS.join(', ')}.`);
  }
  const held = name === 'tensorflow-gpu' ? await openNative() : await openWasmRuntime();
  // Each training opens the backend once more; this one keeps it loaded between them.
  const again = name === 'tensorflow-gpu' ? openNativeRuntime : openWasmRuntime;
  return {
    name,
    title: held.runtime.title,
    precision: 'float32',
    openSteps: async (context) => tensorflowSteps(await again(), context),
    notes,
    close: () => held.close(),
  };
}

/** The native library may crash while it is loaded: where nothing is known of it yet it is tried in a process of its own. */
async function openNative(): Promise<OpenRuntime> {
  const missing = (): boolean => {
    try {
      createRequire(import.meta.url).resolve('@tensorflow/tfjs-node-gpu');
      return false;
    } catch {
      return true;
    }
  };
  if (!missing()) await (await registry.open('tensorflow-gpu')).dispose();
  return openNativeRuntime();
}
