/** The host's end: an Engine whose work is done in another process, started again after a crash. */
import { fork } from 'node:child_process';
import type { Engine, EngineEvent, FileHandle } from '../../shared/contract.ts';
import { LeverageError, type Failure } from '../../shared/errors.ts';
import { putTogether } from './array-parts.ts';
import type { ArrayPart, FromEngine, StartOptions, ToEngine } from './engine-messages.ts';

/** A process with an engine in it, however it was started. */
export interface EngineProcess {
  send(message: ToEngine): void;
  onMessage(listener: (message: unknown) => void): void;
  /** `reason`: "exit code 1", "signal SIGSEGV". Called once. */
  onExit(listener: (reason: string) => void): void;
  kill(): void;
}

export interface EngineClientOptions extends StartOptions {
  /** Electron's shell starts a utility process here; the default forks Node. */
  spawn?: () => EngineProcess;
}

/** A crash on every start must not become a loop: this many in a row are tried. */
const STARTS_IN_A_ROW = 3;
/** An engine that lived this long has started well. */
const HEALTHY_MS = 30_000;
const CLOSE_PATIENCE_MS = 20_000;

/**
 * The engine's file: `engine-process.ts` beside this source, or `engine-process.js` beside the bundle
 * (an entry of its own in electron.vite.config.ts: out/main/engine-process.js).
 */
export function engineProcessUrl(): URL {
  const fromSource = import.meta.url.endsWith('.ts');
  return new URL(fromSource ? './engine-process.ts' : './engine-process.js', import.meta.url);
}

/** @throws LeverageError as the engine's own start does: 'unavailable' when the store is in use, 'storage' … */
export async function startEngineClient({
  spawn = () => forkEngine(),
  ...options
}: EngineClientOptions): Promise<Engine> {
  const listeners = new Set<(event: EngineEvent) => void>();
  const pending = new Map<number, Pending>();
  let lastId = 0;
  let state: 'running' | 'closing' | 'closed' = 'running';
  let failedStarts = 0;
  let current: { process: EngineProcess; ready: Promise<void>; exited: Promise<void> };

  function launch(): typeof current {
    const child = spawn();
    const startedAt = performance.now();
    const parts = new Map<number, ArrayPart[]>();
    let settleReady: { resolve: () => void; reject: (reason: LeverageError) => void };
    const ready = new Promise<void>((resolve, reject) => {
      settleReady = { resolve, reject };
    });
    ready.catch(() => undefined); // whoever calls awaits it; nobody calling is no error
    child.onMessage((raw) => {
      const message = raw as FromEngine;
      if (message.type === 'ready') settleReady.resolve();
      else if (message.type === 'refused') settleReady.reject(asError(message.failure));
      else if (message.type === 'event') broadcast(message.event);
      else if (message.type === 'part') parts.set(message.id, [...(parts.get(message.id) ?? []), message.part]);
      else if (message.type === 'answer') {
        const { id, answer } = message;
        const waiting = pending.get(id);
        pending.delete(id);
        if (answer.ok) waiting?.resolve(putTogether(answer.value, parts.get(id) ?? []));
        else waiting?.reject(asError(answer.failure));
        parts.delete(id);
      }
    });
    const exited = new Promise<void>((resolve) => {
      child.onExit((reason) => {
        settleReady.reject(stopped(reason));
        failPending(reason);
        resolve();
        if (state === 'running') restart(reason, performance.now() - startedAt);
      });
    });
    child.send({ type: 'start', options });
    return { process: child, ready, exited };
  }

  function restart(reason: string, livedMs: number): void {
    failedStarts = livedMs > HEALTHY_MS ? 1 : failedStarts + 1;
    if (failedStarts > STARTS_IN_A_ROW) {
      state = 'closed';
      broadcast({ type: 'engine.restarted', reason: `${reason}; it failed ${failedStarts} times and was given up` });
      return;
    }
    current = launch();
    // Told once the new engine answers, so that a window's fetches succeed.
    current.ready.then(
      () => broadcast({ type: 'engine.restarted', reason }),
      () => undefined,
    );
  }

  function failPending(reason: string): void {
    const failed = [...pending.values()];
    pending.clear();
    for (const waiting of failed) waiting.reject(stopped(reason));
  }

  function broadcast(event: EngineEvent): void {
    for (const listener of [...listeners]) {
      try {
        listener(event);
      } catch (thrown) {
        console.error(`A listener failed on ${event.type}:`, thrown);
      }
    }
  }

  async function request<T>(make: (id: number) => ToEngine): Promise<T> {
    if (state !== 'running') throw new LeverageError('unavailable', 'The engine is closed.', 'Start Leverage again.');
    const { process: child, ready } = current;
    await ready;
    const id = ++lastId;
    return new Promise<T>((resolve, reject) => {
      // What can not be cloned throws here, before anything waits for an answer to it.
      child.send(make(id));
      pending.set(id, { resolve: (value) => resolve(value as T), reject });
    });
  }

  current = launch();
  try {
    await current.ready;
  } catch (thrown) {
    state = 'closed';
    throw thrown;
  }

  return {
    call: (method, input) => request((id) => ({ type: 'call', id, method, input })),
    subscribe: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    admitFile: (path, name) => request<FileHandle>((id) => ({ type: 'admit', id, path, name })),
    close: async () => {
      if (state === 'closed') return;
      if (state === 'running') {
        state = 'closing';
        current.process.send({ type: 'close' });
      }
      const patience = setTimeout(() => current.process.kill(), CLOSE_PATIENCE_MS);
      await current.exited;
      clearTimeout(patience);
      state = 'closed';
    },
  };
}

interface Pending {
  resolve: (value: unknown) => void;
  reject: (reason: LeverageError) => void;
}

/** Starts the engine's file with this Node, in a process of its own. */
export function forkEngine(entry: URL = engineProcessUrl()): EngineProcess {
  const child = fork(entry, { serialization: 'advanced', stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  return {
    // The exit tells of a channel that closed under a message.
    send: (message) => void child.send(message, () => undefined),
    onMessage: (listener) => void child.on('message', listener),
    onExit: (listener) => {
      let told = false;
      const tell = (reason: string): void => {
        if (told) return;
        told = true;
        listener(reason);
      };
      child.on('error', (error) => tell(error.message));
      child.on('exit', (code, signal) => tell(signal === null ? `exit code ${code}` : `signal ${signal}`));
    },
    kill: () => void child.kill('SIGKILL'),
  };
}

function stopped(reason: string): LeverageError {
  return new LeverageError(
    'unavailable',
    `The engine stopped unexpectedly (${reason}) before it answered.`,
    'It is started again by itself; what was committed is kept, and an interrupted study can be resumed.',
  );
}

function asError({ kind, message, hint }: Failure): LeverageError {
  return new LeverageError(kind, message, hint);
}
