/** Entry of the thread in which files are read. A bundled build has it as `import-worker.js` beside the engine's bundle. */
import { isMarkedAsUntransferable, parentPort, workerData } from 'node:worker_threads';
import { toFailure } from '../../shared/errors.ts';
import { prepareDataset, previewFiles, readDatasetSpec, readFiles } from '../datasets/index.ts';
import type { ReadControl } from '../datasets/index.ts';
import type { PreparedDataset } from '../datasets/prepare-dataset.ts';
import { EVENT_INTERVAL_MS } from '../studies/study-jobs.ts';
import { throttled } from '../studies/throttle.ts';
import type { FromImport, ImportJob } from './import-messages.ts';

const job = workerData as ImportJob;
const post = (message: FromImport, transfer: ArrayBuffer[] = []): void => parentPort?.postMessage(message, transfer);

try {
  if (job.kind === 'preview') {
    post({ type: 'previewed', preview: await previewFiles(job.files, job.options) });
  } else {
    const progress = throttled((value: Parameters<ReadControl['progress']>[0]) => {
      post({ type: 'progress', progress: value });
    }, EVENT_INTERVAL_MS);
    // Whoever cancels ends this thread.
    const control: ReadControl = { progress: progress.push, cancelled: () => false };
    const dataset =
      job.kind === 'files'
        ? await readFiles(job.files, job.options, control)
        : await readDatasetSpec(job.spec, job.folder, control);
    progress.flush();
    const prepared = prepareDataset(dataset);
    post({ type: 'read', prepared }, buffersOf(prepared));
  }
} catch (thrown) {
  post({ type: 'failed', failure: toFailure(thrown) });
}

/** Handed over, not copied: the arrays are in memory once. */
function buffersOf({ arrays }: PreparedDataset): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>();
  for (const { bytes } of arrays) {
    if (bytes.buffer instanceof ArrayBuffer && !isMarkedAsUntransferable(bytes.buffer)) buffers.add(bytes.buffer);
  }
  return [...buffers];
}
