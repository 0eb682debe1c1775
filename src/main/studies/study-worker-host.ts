/** The computing thread's side: reads the study from the store, computes, hands each result to the engine to commit. */
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { LeverageError, toFailure } from '../../shared/errors.ts';
import type { StoredFit } from '../models/fitted-model.ts';
import { openReader } from '../store/index.ts';
import type { DeserialiseDataset, RunStudy } from './computation.ts';
import { loadStudyRequest } from './study-request.ts';
import type { StudyRequest, StudySink } from './study-run.ts';
import type { FromWorker, Kept, Result, StudyWorkerData } from './worker-messages.ts';

/** The whole life of a study worker. An exception of the study is reported as its end, never thrown. */
export async function hostStudy(runStudy: RunStudy, deserialiseDataset: DeserialiseDataset): Promise<void> {
  if (isMainThread || parentPort === null) throw new Error('a study worker must be started as a worker thread');
  const port = parentPort;
  const job = workerData as StudyWorkerData;
  const post = (message: FromWorker): void => port.postMessage(message);
  const waiting = new Map<number, { resolve: () => void; reject: (reason: LeverageError) => void }>();
  port.on('message', ({ number, failure }: Kept) => {
    const waiter = waiting.get(number);
    waiting.delete(number);
    if (failure === null) waiter?.resolve();
    else waiter?.reject(new LeverageError(failure.kind, failure.message, failure.hint));
  });

  let lastNumber = 0;
  const keep = (result: Result): Promise<void> =>
    new Promise((resolve, reject) => {
      const number = ++lastNumber;
      waiting.set(number, { resolve, reject });
      post({ type: 'result', number, result });
    });

  try {
    await runStudy(readRequest(job, deserialiseDataset), workerSink(job, post, keep));
    post({ type: 'ended', failure: null });
  } catch (thrown) {
    post({ type: 'ended', failure: toFailure(thrown) });
  }
  port.close();
}

/** Reads once and lets the store go: a long-lived reader would keep SQLite from shortening its log. */
function readRequest(job: StudyWorkerData, deserialiseDataset: DeserialiseDataset): StudyRequest {
  const store = openReader(job.storeFile);
  try {
    return loadStudyRequest(store, job.studyId, job.device, deserialiseDataset);
  } finally {
    store.close();
  }
}

function workerSink(
  job: StudyWorkerData,
  post: (message: FromWorker) => void,
  keep: (result: Result) => Promise<void>,
): StudySink {
  const cancelFlag = new Int32Array(job.cancelFlag);
  return {
    progress: (progress) => post({ type: 'progress', progress }),
    stageSeconds: (stage, seconds) => post({ type: 'stageSeconds', stage, seconds }),
    fitted: (fit, provenance) => keep({ what: 'fitted', fit: storedPart(fit), provenance }),
    trained: (update) => keep({ what: 'trained', update }),
    grouped: (groups) => keep({ what: 'grouped', groups }),
    batch: (result) => keep({ what: 'batch', result }),
    cancelled: () => Atomics.load(cancelFlag, 0) !== 0,
  };
}

/** A FittedModel is a StoredFit with the design beside it: the design must not be cloned across threads. */
function storedPart({ summary, coefficients, logits, classes, featureNames }: StoredFit): StoredFit {
  return { summary, coefficients, logits, classes, featureNames };
}
