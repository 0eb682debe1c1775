/** Entry of the thread that does one attribution. A bundled build has it as `attribution-worker.js`. */
import { parentPort, workerData } from 'node:worker_threads';
import { LeverageError, toFailure } from '../../shared/errors.ts';
import { retrainCleaned, runAttribution } from '../attribution/run-attribution.ts';
import { deserialiseDataset } from '../datasets/index.ts';
import { openReader } from '../store/index.ts';
import type { AttributionJob, FromAttributionThread } from './messages.ts';

const port = parentPort;
if (port === null) throw new LeverageError('internal', 'Attributions are computed in a worker thread only.');
const { storeFile, datasetId, device, task, cancelFlag } = workerData as AttributionJob;
const flag = new Int32Array(cancelFlag);
const begun = performance.now();
const post = (said: FromAttributionThread): void => port.postMessage(said);

/** A signal that reads the shared flag: between two products no message would be received. */
const signal = new Proxy(new AbortController().signal, {
  get: (target, key): unknown => {
    if (key === 'aborted') return Atomics.load(flag, 0) !== 0;
    const value: unknown = Reflect.get(target, key, target);
    return typeof value === 'function' ? value.bind(target) : value;
  },
});

const control = {
  device,
  signal,
  onStep: (step: string, done: number, total: number): void => {
    if (signal.aborted) throw new LeverageError('cancelled', 'The attribution was stopped.');
    post({ progress: { step, done, total, seconds: (performance.now() - begun) / 1000 } });
  },
};

try {
  const dataset = readDataset();
  const result =
    task.what === 'run'
      ? await runAttribution(dataset, task.request, control)
      : await retrainCleaned(dataset, task.from, task.marks, control);
  post({ result });
} catch (thrown) {
  post({ failure: toFailure(thrown) });
}
port.close();

/** Reads once and lets the store go: a long-lived reader would keep SQLite from shortening its log. */
function readDataset() {
  const store = openReader(storeFile);
  try {
    const { meta, arrays } = store.datasets.load(datasetId);
    return deserialiseDataset(meta, arrays);
  } finally {
    store.close();
  }
}
