/** Computes in a worker thread, so that the engine answers while a study runs and survives its exceptions. */
import { Worker } from 'node:worker_threads';
import { toFailure, type Failure } from '../../shared/errors.ts';
import type { Computation, Ending, ResultKeeper, StartComputation } from './computation.ts';
import type { FromWorker, Kept, Result, StudyWorkerData } from './worker-messages.ts';

/**
 * The worker's file: `study-worker.ts` beside this source when Node runs the sources, `study-worker.js`
 * beside the bundle otherwise (an entry of its own in electron.vite.config.ts: out/main/study-worker.js).
 */
export function studyWorkerUrl(): URL {
  const fromSource = import.meta.url.endsWith('.ts');
  return new URL(fromSource ? './study-worker.ts' : './study-worker.js', import.meta.url);
}

export function workerComputation(storeFile: string, entry: URL = studyWorkerUrl()): StartComputation {
  return (studyId, device, keeper) => startWorker({ storeFile, studyId, device }, entry, keeper);
}

function startWorker(job: Omit<StudyWorkerData, 'cancelFlag'>, entry: URL, keeper: ResultKeeper): Computation {
  const cancelFlag = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  const worker = new Worker(entry, { workerData: { ...job, cancelFlag } satisfies StudyWorkerData });
  const ended = new Promise<Ending>((resolve) => {
    let ending: Ending | null = null;
    worker.on('message', (message: FromWorker) => {
      if (message.type === 'ended') {
        ending ??= message.failure === null ? { kind: 'finished' } : { kind: 'failed', failure: message.failure };
        return;
      }
      if (message.type === 'result') {
        const kept: Kept = { number: message.number, failure: attempt(() => commit(keeper, message.result)) };
        worker.postMessage(kept);
        return;
      }
      const failure = attempt(() => {
        if (message.type === 'progress') keeper.progress(message.progress);
        else keeper.stageSeconds(message.stage, message.seconds);
      });
      if (failure === null) return;
      // Nobody waits for an answer to these: a store that refuses ends the run here.
      ending ??= { kind: 'failed', failure };
      void worker.terminate();
    });
    worker.on('error', (error) => {
      ending ??= { kind: 'failed', failure: threadFailure(error) };
    });
    worker.on('exit', (code) => {
      resolve(ending ?? { kind: 'crashed', failure: silentExit(code) });
    });
  });
  return {
    cancel: () => void Atomics.store(new Int32Array(cancelFlag), 0, 1),
    ended,
    terminate: async () => {
      await worker.terminate();
    },
  };
}

function commit(keeper: ResultKeeper, result: Result): void {
  if (result.what === 'fitted') keeper.fitted(result.fit, result.provenance);
  else if (result.what === 'trained') keeper.trained(result.update);
  else if (result.what === 'grouped') keeper.grouped(result.groups);
  else keeper.batch(result.result);
}

function attempt(work: () => void): Failure | null {
  try {
    work();
    return null;
  } catch (thrown) {
    return toFailure(thrown);
  }
}

function threadFailure(error: unknown): Failure {
  if (error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY') {
    return {
      kind: 'unavailable',
      message: 'The study ran out of memory.',
      hint: 'The batches computed so far are kept; close other programs, or study fewer rows or groups at once.',
    };
  }
  return toFailure(error);
}

function silentExit(code: number): Failure {
  return {
    kind: 'internal',
    message: `The thread computing the study stopped without a reason (exit code ${code}).`,
    hint: 'The batches computed so far are kept: resume the study.',
  };
}
