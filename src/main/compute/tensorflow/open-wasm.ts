/** TensorFlow.js's WebAssembly backend: float32 on one thread, from the installed package's own files. */
import type { EventEmitter } from 'node:events';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, sep } from 'node:path';
import { LeverageError } from '../../../shared/errors.ts';
import type { Device } from '../device.ts';
import { createRuntime, type OpenRuntime, type Tensorflow } from './runtime.ts';
import { createTensorflowDevice } from './tensorflow-device.ts';

export const WASM_TITLE = 'TensorFlow.js · WASM · float32';

const PACKAGE = '@tensorflow/tfjs-backend-wasm';
const BACKEND = 'wasm';
const BINARY = 'tfjs-backend-wasm-simd.wasm';
/** Of the 2³⁰ floats that the backend's memory can have, some are for products in progress. */
const CAPACITY = 0.8 * 2 ** 30;
const REINSTALL = 'Install the app again (npm install), or choose another device.';

/** The backend of this thread: loaded for the first device, removed (with its memory, which never shrinks) after the last. */
let loaded: Promise<Tensorflow> | null = null;
let devices = 0;

/** How the work is cut; see RuntimeOptions. */
export interface WasmLimits {
  slabRows?: number;
  middleElements?: number;
  capacity?: number;
}

/**
 * Opens a device on the WebAssembly backend, in the main thread or in a worker thread.
 * @throws LeverageError 'unavailable' with the cause
 */
export async function openTensorflowWasm(limits: WasmLimits = {}): Promise<Device> {
  const { runtime, close } = await openWasmRuntime(limits);
  try {
    return await createTensorflowDevice({
      runtime,
      info: { name: 'tensorflow-wasm', title: WASM_TITLE, precision: 'float32', threads: 1 },
      onDispose: close,
    });
  } catch (thrown) {
    close();
    throw thrown;
  }
}

/** The backend itself, for what is not a device: networks. `close` once. Throws as above. */
export async function openWasmRuntime(limits: WasmLimits = {}): Promise<OpenRuntime> {
  devices++;
  loaded ??= load();
  try {
    const tf = await loaded;
    const runtime = createRuntime({
      tf,
      backend: BACKEND,
      title: WASM_TITLE,
      slabRows: 2048,
      middleElements: 1 << 20,
      capacity: CAPACITY,
      ...limits,
    });
    return { runtime, close: () => leave(tf) };
  } catch (thrown) {
    leave(null);
    throw thrown;
  }
}

function leave(tf: Tensorflow | null): void {
  devices--;
  if (devices > 0) return;
  loaded = null;
  if (tf === null) return;
  // Removing a backend forgets how to make it: the next device makes it the same way.
  const factory = tf.findBackendFactory(BACKEND);
  tf.removeBackend(BACKEND);
  tf.registerBackend(BACKEND, factory);
}

async function load(): Promise<Tensorflow> {
  const [tf, { setWasmPaths }] = await importPackages();
  const folder = binaryFolder();
  setWasmPaths(folder);
  if (!(await withoutNewCrashHandlers(() => tf.setBackend(BACKEND)))) {
    throw new LeverageError('unavailable', `${PACKAGE} can not start its file ${join(folder, BINARY)}.`, REINSTALL);
  }
  return tf;
}

async function importPackages(): Promise<[Tensorflow, typeof import('@tensorflow/tfjs-backend-wasm')]> {
  try {
    return [await import('@tensorflow/tfjs-core'), await import('@tensorflow/tfjs-backend-wasm')];
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    throw new LeverageError('unavailable', `${PACKAGE} can not be loaded: ${reason}`, REINSTALL, { cause });
  }
}

/** Where the package keeps its .wasm files, with a final separator. A missing file would end the process later on. */
function binaryFolder(): string {
  const folder = dirname(createRequire(import.meta.url).resolve(PACKAGE));
  if (!existsSync(join(folder, BINARY))) {
    throw new LeverageError('unavailable', `${PACKAGE} is incomplete: its file ${BINARY} is missing.`, REINSTALL);
  }
  return folder + sep;
}

const CRASH_EVENTS = ['uncaughtException', 'unhandledRejection'] as const;

/**
 * The backend's loader makes every unhandled error of the process its own and throws it again; this takes its
 * handlers away, so that errors go where the app sends them. They are known by their source.
 */
async function withoutNewCrashHandlers<T>(start: () => Promise<T>): Promise<T> {
  const events: EventEmitter = process;
  const before = CRASH_EVENTS.map((event) => new Set(events.listeners(event)));
  const result = await start();
  CRASH_EVENTS.forEach((event, at) => {
    for (const listener of events.listeners(event)) {
      const theirs = /ExitStatus|^function \(reason\) \{ throw reason; \}$/.test(String(listener));
      if (theirs && !before[at].has(listener)) events.removeListener(event, listener as () => void);
    }
  });
  return result;
}
