/** The queue of studies: one computes at a time, every end is recorded, nothing kept is lost. */
import type { Failure } from '../../shared/errors.ts';
import { toFailure } from '../../shared/errors.ts';
import type { StudyProgress, StudyStatus } from '../../shared/study.ts';
import type { Store } from '../store/index.ts';
import type { Computation, Ending, StartComputation } from './computation.ts';
import { storeKeeper } from './keep-results.ts';
import { throttled } from './throttle.ts';

/** Ten events a second are smooth to the eye and cost a window nothing. */
export const EVENT_INTERVAL_MS = 100;
/** How long a closing engine waits for the batch in hand; after that it is given up and computed anew on resume. */
const CLOSE_PATIENCE_MS = 15_000;

export interface StudyJobsOptions {
  store: Store;
  start: StartComputation;
  device: string | null;
  appVersion: string;
  onProgress: (studyId: string, progress: StudyProgress) => void;
  /** Something a window shows of the study has changed. */
  onChanged: (studyId: string) => void;
  closePatienceMs?: number;
}

export interface StudyJobs {
  /** Runs it now, or after those before it. */
  enqueue(studyId: string): void;
  /** Stops it after the batch in hand, or takes it out of the queue. @returns false when it is neither running nor queued */
  cancel(studyId: string): boolean;
  isActive(studyId: string): boolean;
  /** Resolves when the study is neither running nor queued. */
  settled(studyId: string): Promise<void>;
  /** Stops the running study (it stays resumable) and forgets the queue. */
  close(): Promise<void>;
}

export function studyJobs(options: StudyJobsOptions): StudyJobs {
  const { store, onChanged } = options;
  const queue: string[] = [];
  let running: { id: string; computation: Computation; stop: 'user' | 'close' | null; settled: Promise<void> } | null =
    null;
  let closing = false;
  const waiters = new Map<string, (() => void)[]>();

  function startNext(): void {
    if (running !== null || closing) return;
    const id = queue.shift();
    if (id !== undefined) run(id);
  }

  function run(id: string): void {
    const progress = throttled((value: StudyProgress) => options.onProgress(id, value), EVENT_INTERVAL_MS);
    const changed = throttled<null>(() => onChanged(id), EVENT_INTERVAL_MS);
    const keeper = storeKeeper(store, id, {
      appVersion: options.appVersion,
      onKept: () => changed.push(null),
      onProgress: (value) => progress.push(value),
    });
    let computation: Computation;
    try {
      const startedAt = store.studies.get(id).startedAt ?? new Date().toISOString();
      store.studies.change(id, { status: 'running', failure: null, startedAt, finishedAt: null });
      computation = options.start(id, options.device, keeper);
    } catch (thrown) {
      record(id, 'failed', toFailure(thrown));
      startNext();
      return;
    }
    changed.push(null);
    const settled = computation.ended.then((ending) => {
      const stop = running?.stop ?? null;
      running = null;
      progress.flush();
      settle(id, ending, stop, () => keeper.close());
      changed.flush();
      startNext();
    });
    running = { id, computation, stop: null, settled };
  }

  function settle(id: string, ending: Ending, stop: 'user' | 'close' | null, countTime: () => void): void {
    const stopped: StudyStatus = stop === 'user' ? 'cancelled' : 'interrupted';
    try {
      countTime();
      if (ending.kind === 'finished') {
        const { groupCount, groupsDone } = store.studies.counts(id);
        if (store.fits.summary(id) !== null && groupsDone === groupCount) record(id, 'done', null);
        else if (stop !== null) record(id, stopped, null);
        else record(id, 'failed', incomplete(groupsDone, groupCount));
      } else if (ending.kind === 'crashed') {
        record(id, stop === null ? 'interrupted' : stopped, stop === null ? ending.failure : null);
      } else if (ending.failure.kind === 'cancelled') {
        record(id, stopped, null);
      } else {
        record(id, 'failed', ending.failure);
      }
    } catch (thrown) {
      // The store itself refuses (a full disk): the study stays 'running' there and is 'interrupted' at the next start.
      console.error(`The end of study ${id} could not be recorded: ${toFailure(thrown).message}`);
      release(id);
      onChanged(id);
    }
  }

  function record(id: string, status: StudyStatus, failure: Failure | null): void {
    store.studies.change(id, { status, failure, finishedAt: new Date().toISOString() });
    release(id);
    onChanged(id);
  }

  function release(id: string): void {
    const waiting = waiters.get(id) ?? [];
    waiters.delete(id);
    for (const resolve of waiting) resolve();
  }

  const isActive = (id: string): boolean => running?.id === id || queue.includes(id);

  return {
    enqueue: (id) => {
      if (isActive(id)) return;
      store.studies.change(id, { status: 'queued', failure: null, finishedAt: null });
      queue.push(id);
      onChanged(id);
      startNext();
    },
    cancel: (id) => {
      if (running?.id === id) {
        running.stop = 'user';
        running.computation.cancel();
        return true;
      }
      const position = queue.indexOf(id);
      if (position < 0) return false;
      queue.splice(position, 1);
      record(id, 'cancelled', null);
      return true;
    },
    isActive,
    settled: (id) =>
      isActive(id)
        ? new Promise((resolve) => waiters.set(id, [...(waiters.get(id) ?? []), resolve]))
        : Promise.resolve(),
    close: async () => {
      closing = true;
      for (const id of queue.splice(0)) record(id, 'interrupted', null);
      if (running === null) return;
      const { computation, settled } = running;
      running.stop ??= 'close';
      computation.cancel();
      const patience = setTimeout(() => void computation.terminate(), options.closePatienceMs ?? CLOSE_PATIENCE_MS);
      await settled;
      clearTimeout(patience);
    },
  };
}

function incomplete(done: number, total: number): Failure {
  return {
    kind: 'internal',
    message: `The run ended after ${done} of ${total} groups.`,
    hint: 'The batches computed so far are kept: resume the study.',
  };
}
