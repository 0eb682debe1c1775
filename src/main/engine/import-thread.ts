/**
 * Files read in a thread of their own: the engine answers while a big table is parsed, cancelling ends the
 * thread at once whatever it is doing, and a damaged file that exhausts its memory ends nothing else.
 */
import { Worker } from 'node:worker_threads';
import type { ImportOptions, ImportPreview } from '../../shared/contract.ts';
import { LeverageError } from '../../shared/errors.ts';
import type { DatasetSpec } from '../../shared/study-spec.ts';
import type { PreparedDataset } from '../datasets/prepare-dataset.ts';
import { UNWATCHED } from '../datasets/source-file.ts';
import type { ReadControl, SourceFile } from '../datasets/source-file.ts';
import type { FromImport, ImportJob } from './import-messages.ts';

/** How often the thread is asked to stop. */
const CANCEL_POLL_MS = 50;

/** Throws LeverageError as the readers do; 'cancelled' when the control says so. */
export async function readInThread(
  files: readonly SourceFile[],
  options: ImportOptions,
  control: ReadControl,
): Promise<PreparedDataset> {
  const ended = await runThread({ kind: 'files', files: [...files], options }, control);
  return preparedOf(ended);
}

/** As `readInThread`, for the files that a study.json names. */
export async function readSpecInThread(
  spec: DatasetSpec,
  folder: string,
  control: ReadControl,
): Promise<PreparedDataset> {
  return preparedOf(await runThread({ kind: 'spec', spec, folder }, control));
}

/** What `previewFiles` says of the files. */
export async function previewInThread(files: readonly SourceFile[], options: ImportOptions): Promise<ImportPreview> {
  const ended = await runThread({ kind: 'preview', files: [...files], options }, UNWATCHED);
  if (ended.type !== 'previewed') throw new LeverageError('internal', 'The reading thread gave no preview.');
  return ended.preview;
}

function preparedOf(ended: FromImport): PreparedDataset {
  if (ended.type !== 'read') throw new LeverageError('internal', 'The reading thread gave no dataset.');
  return ended.prepared;
}

/** `import-worker.ts` beside this source when Node runs the sources, else `import-worker.js` beside the bundle. */
function workerUrl(): URL {
  const fromSource = import.meta.url.endsWith('.ts');
  return new URL(fromSource ? './import-worker.ts' : './import-worker.js', import.meta.url);
}

function runThread(job: ImportJob, control: ReadControl): Promise<FromImport> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(workerUrl(), { workerData: job });
    const poll = setInterval(() => {
      if (!control.cancelled()) return;
      reject(
        new LeverageError('cancelled', 'The import was cancelled.', 'Nothing of it was kept; import again any time.'),
      );
      void worker.terminate();
    }, CANCEL_POLL_MS);
    worker.on('message', (message: FromImport) => {
      if (message.type === 'progress') control.progress(message.progress);
      else if (message.type !== 'failed') resolve(message);
      else reject(new LeverageError(message.failure.kind, message.failure.message, message.failure.hint));
    });
    worker.on('error', (error) => reject(threadFailure(error)));
    worker.on('exit', (code) => {
      clearInterval(poll);
      reject(new LeverageError('internal', `The reading thread stopped without a reason (exit code ${code}).`));
    });
  });
}

function threadFailure(error: unknown): unknown {
  if (!(error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY')) return error;
  return new LeverageError(
    'unavailable',
    'There is not enough memory to read these files, or they are damaged.',
    'Close other programs, or import fewer rows or columns.',
    { cause: error },
  );
}
