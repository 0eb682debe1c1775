/** The engine's end of a What-if: the thread that keeps the model placed, and which answers are still wanted. */
import { Worker } from 'node:worker_threads';
import { LeverageError, toFailure } from '../../shared/errors.ts';
import type { WhatIfInput } from '../../shared/what-if.ts';
import type { Ask, FromThread, Question, ToThread, WhatIfAnswers, WhatIfSetup } from './messages.ts';
import { SLOTS } from './messages.ts';

export interface WhatIfSession {
  /**
   * Asks the thread. A later question of the same kind and view takes the place of the one before it, which then fails
   * with 'cancelled'. @throws LeverageError as the thread's work does; 'unavailable' when the thread is gone
   */
  ask<Q extends Question>(question: Q, input: WhatIfInput<Q>): Promise<WhatIfAnswers[Q]>;
  /** What a view has asked is no longer wanted. */
  cancel(view: string): void;
  /** Whether the thread still answers. */
  readonly alive: boolean;
  /** Resolves when the thread is gone. */
  end(): Promise<void>;
}

export type OpenWhatIf = (setup: Omit<WhatIfSetup, 'unwanted'>) => WhatIfSession;

/** Beside this source, or beside the bundle (an entry of electron.vite.config.ts). */
function workerUrl(): URL {
  return new URL(import.meta.url.endsWith('.ts') ? './what-if-worker.ts' : './what-if-worker.js', import.meta.url);
}

interface Waiting {
  key: string | null;
  view: string | null;
  resolve(answer: never): void;
  reject(cause: LeverageError): void;
}

export const openWhatIfThread: OpenWhatIf = (setup) => {
  const unwanted = new Int32Array(new SharedArrayBuffer(SLOTS * Int32Array.BYTES_PER_ELEMENT));
  const worker = new Worker(workerUrl(), {
    workerData: { ...setup, unwanted: unwanted.buffer } satisfies WhatIfSetup,
  });
  const waiting = new Map<number, Waiting>();
  let lastNumber = 0;
  let alive = true;

  function fail(cause: LeverageError): void {
    alive = false;
    for (const { reject } of waiting.values()) reject(cause);
    waiting.clear();
  }

  function drop(wanted: (one: Waiting) => boolean): void {
    for (const [number, one] of waiting) {
      if (!wanted(one)) continue;
      Atomics.store(unwanted, number % SLOTS, 1);
      waiting.delete(number);
      one.reject(new LeverageError('cancelled', 'Another set of rows has taken the place of this one.'));
    }
  }

  worker.on('message', (said: FromThread) => {
    const one = waiting.get(said.number);
    waiting.delete(said.number);
    if ('answer' in said) one?.resolve(said.answer as never);
    else one?.reject(new LeverageError(said.failure.kind, said.failure.message, said.failure.hint));
  });
  worker.on('error', (cause) => {
    const { kind, message, hint } = toFailure(cause);
    fail(new LeverageError(kind, message, hint));
  });
  const gone = new Promise<void>((resolve) => {
    worker.on('exit', () => {
      fail(
        new LeverageError('unavailable', 'The thread that keeps the model ready has ended.', 'Open the What-if again.'),
      );
      resolve();
    });
  });

  return {
    get alive() {
      return alive;
    },
    ask(question, input) {
      if (!alive) {
        return Promise.reject(
          new LeverageError('unavailable', 'The thread that keeps the model ready has ended.', 'Ask again.'),
        );
      }
      const view = 'view' in input ? input.view : null;
      const key = view === null ? null : `${question} ${view}`;
      if (key !== null) drop((one) => one.key === key);
      const number = ++lastNumber;
      Atomics.store(unwanted, number % SLOTS, 0);
      return new Promise((resolve, reject) => {
        waiting.set(number, { key, view, resolve, reject });
        worker.postMessage({ number, question, input } as Ask satisfies ToThread);
      });
    },
    cancel: (view) => drop((one) => one.view === view),
    end() {
      drop(() => true);
      if (alive) worker.postMessage('end' satisfies ToThread);
      return gone;
    },
  };
};
