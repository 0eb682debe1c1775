/** Theory off the engine's own thread: one thread holds the model of the study that was asked about last. */
import { Worker } from 'node:worker_threads';
import { LeverageError } from '../../shared/errors.ts';
import type { StudyTheory } from '../../shared/theory.ts';
import type { TheoryAnswer, TheoryAsk, TheoryCall, TheoryOfGroup, TheoryWorkerData } from './theory-messages.ts';

export interface TheoryThread {
  study(studyId: string): Promise<StudyTheory>;
  group(studyId: string, index: number): Promise<TheoryOfGroup>;
  /** Whoever waits for something of this study is told 'cancelled', and the work is given up at its next step. */
  cancel(studyId: string): void;
  /** Lets the thread and its model go. */
  close(): Promise<void>;
}

/** A model that nobody asks about is memory that others may need. */
const IDLE_MS = 180_000;
const GROUPS_KEPT = 64;

interface Waiting {
  resolve(answer: TheoryAnswer): void;
  reject(reason: unknown): void;
  cancelFlag: Int32Array;
}

interface Host {
  studyId: string;
  worker: Worker;
  waiting: Map<number, Waiting>;
  known: Map<string, Promise<TheoryAnswer>>;
  idle: NodeJS.Timeout | null;
  ended: Promise<void>;
}

/** @param device name of the device to compute on, asked when a thread starts */
export function theoryThread(storeFile: string, device: () => string | null, entry: URL = workerUrl()): TheoryThread {
  let host: Host | null = null;
  let lastNumber = 0;

  function hostOf(studyId: string): Host {
    if (host?.studyId === studyId) return host;
    if (host !== null) void letGo(host);
    host = start(studyId);
    return host;
  }

  function start(studyId: string): Host {
    const workerData: TheoryWorkerData = { storeFile, studyId, device: device() };
    const worker = new Worker(entry, { workerData });
    const waiting = new Map<number, Waiting>();
    const fail = (reason: unknown): void => {
      for (const one of waiting.values()) one.reject(reason);
      waiting.clear();
      if (host?.worker === worker) host = null;
    };
    worker.on('message', (answer: TheoryAnswer) => {
      waiting.get(answer.number)?.resolve(answer);
      waiting.delete(answer.number);
    });
    worker.on('error', fail);
    const ended = new Promise<void>((resolve) => {
      worker.on('exit', (code) => {
        fail(
          new LeverageError('unavailable', `The thread computing the theory ended without a word (exit code ${code}).`),
        );
        resolve();
      });
    });
    return { studyId, worker, waiting, known: new Map(), idle: null, ended };
  }

  async function letGo(leaving: Host): Promise<void> {
    if (leaving.idle !== null) clearTimeout(leaving.idle);
    if (host === leaving) host = null;
    stopWaiting(leaving);
    leaving.worker.postMessage('close');
    await leaving.ended;
  }

  /** The answer to a question of before is remembered: a study's fit and groups never change. */
  function ask(studyId: string, question: TheoryAsk): Promise<TheoryAnswer> {
    const at = hostOf(studyId);
    const key = question.what === 'study' ? 'study' : `group ${question.index}`;
    const known = at.known.get(key);
    if (known !== undefined) return known;
    if (at.idle !== null) clearTimeout(at.idle);
    const number = ++lastNumber;
    const cancelFlag = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
    const asked = new Promise<TheoryAnswer>((resolve, reject) => {
      at.waiting.set(number, { resolve, reject, cancelFlag: new Int32Array(cancelFlag) });
      at.worker.postMessage({ number, ask: question, cancelFlag } satisfies TheoryCall);
    })
      .then((answer) => {
        if (!('failure' in answer)) return answer;
        const { kind, message, hint } = answer.failure;
        throw new LeverageError(kind, message, hint);
      })
      .finally(() => {
        if (at.waiting.size > 0 || host !== at) return;
        if (at.idle !== null) clearTimeout(at.idle);
        at.idle = setTimeout(() => void letGo(at), IDLE_MS);
        at.idle.unref();
      });
    at.known.set(key, asked);
    asked.catch(() => at.known.delete(key));
    const oldest = Array.from(at.known.keys()).find((name) => name !== 'study');
    if (at.known.size > GROUPS_KEPT && oldest !== undefined) at.known.delete(oldest);
    return asked;
  }

  return {
    study: async (studyId) => {
      const answer = await ask(studyId, { what: 'study' });
      if (!('study' in answer)) throw new LeverageError('internal', 'The theory thread answered another question.');
      return answer.study;
    },
    group: async (studyId, index) => {
      const answer = await ask(studyId, { what: 'group', index });
      if (!('group' in answer)) throw new LeverageError('internal', 'The theory thread answered another question.');
      return answer.group;
    },
    cancel: (studyId) => {
      if (host?.studyId === studyId) stopWaiting(host);
    },
    close: async () => {
      if (host !== null) await letGo(host);
    },
  };
}

function stopWaiting({ waiting }: Host): void {
  for (const { cancelFlag, reject } of waiting.values()) {
    Atomics.store(cancelFlag, 0, 1);
    reject(new LeverageError('cancelled', 'The computation of the theory was stopped.'));
  }
  waiting.clear();
}

/** Beside this source, or beside the bundle (an entry of electron.vite.config.ts). */
function workerUrl(): URL {
  return new URL(import.meta.url.endsWith('.ts') ? './theory-worker.ts' : './theory-worker.js', import.meta.url);
}
