/** Entry of the thread that answers questions of theory about one study. A bundled build has it as `theory-worker.js`. */
import { parentPort, workerData } from 'node:worker_threads';
import { LeverageError, toFailure } from '../../shared/errors.ts';
import { deserialiseDataset } from '../datasets/index.ts';
import { openReader } from '../store/index.ts';
import { openTheory, type TheoryOfStudy } from './compute-theory.ts';
import { loadStudyRequest } from './study-request.ts';
import type { StudyRequest } from './study-run.ts';
import type { TheoryAnswer, TheoryCall, TheoryWorkerData } from './theory-messages.ts';

const port = parentPort;
if (port === null) throw new LeverageError('internal', 'Theory is computed in a worker thread only.');
const job = workerData as TheoryWorkerData;
const post = (answer: TheoryAnswer): void => port.postMessage(answer);

let opened: TheoryOfStudy | null = null;
let last: Promise<void> = Promise.resolve();

// One after the other: two questions at once would only share the same cores.
port.on('message', (call: TheoryCall | 'close') => {
  last = last.then(() => (call === 'close' ? close() : answer(call)));
});

async function answer({ number, ask, cancelFlag }: TheoryCall): Promise<void> {
  const flag = new Int32Array(cancelFlag);
  const checkCancelled = (): void => {
    if (Atomics.load(flag, 0) !== 0) throw new LeverageError('cancelled', 'Nobody waits for this answer any more.');
  };
  try {
    checkCancelled();
    opened ??= await openTheory(readRequest(), job.device, checkCancelled);
    if (ask.what === 'study') post({ number, study: await opened.study(checkCancelled) });
    else post({ number, group: await opened.group(ask.index, checkCancelled) });
  } catch (thrown) {
    post({ number, failure: toFailure(thrown) });
  }
}

async function close(): Promise<void> {
  await opened?.dispose();
  port?.close();
}

/** Reads once and lets the store go: a long-lived reader would keep SQLite from shortening its log. */
function readRequest(): StudyRequest {
  const store = openReader(job.storeFile);
  try {
    return loadStudyRequest(store, job.studyId, job.device, deserialiseDataset);
  } finally {
    store.close();
  }
}
