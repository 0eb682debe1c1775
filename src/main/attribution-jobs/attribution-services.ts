/** Attribution as the engine asks for it: what there is, what it takes, and a thread that does one. */
import { freemem } from 'node:os';
import { Worker } from 'node:worker_threads';
import type {
  AttributionMethodInfo,
  AttributionPlan,
  AttributionProgress,
  AttributionRequest,
  AttributionResult,
} from '../../shared/attribution.ts';
import type { Dataset } from '../../shared/dataset.ts';
import { LeverageError } from '../../shared/errors.ts';
import type { AttributionJob, FromAttributionThread } from './messages.ts';

export interface StartedAttribution {
  /** Rejects with LeverageError: 'cancelled', or what the thread's work threw. */
  result: Promise<AttributionResult>;
  /** At its next step. */
  cancel(): void;
  /** Resolves when the thread is gone. */
  ended: Promise<void>;
}

export interface AttributionServices {
  methods(): Promise<AttributionMethodInfo[]>;
  plan(dataset: Dataset, request: AttributionRequest): Promise<AttributionPlan>;
  start(
    job: Omit<AttributionJob, 'cancelFlag'>,
    onProgress: (progress: AttributionProgress) => void,
  ): StartedAttribution;
}

/** The estimators are loaded when first asked for. */
export const attributionServices: AttributionServices = {
  methods: async () => {
    const { ATTRIBUTION_METHODS, ATTRIBUTION_NAMES } = await import('../attribution/estimators/index.ts');
    return ATTRIBUTION_NAMES.map((name) => {
      const { title, cost, needsSteps = false } = ATTRIBUTION_METHODS[name];
      return { name, title, cost, needsSteps };
    });
  },
  plan: async (dataset, request) =>
    (await import('../attribution/plan-attribution.ts')).planAttribution(dataset, request, freemem()),
  start: startThread,
};

function startThread(
  job: Omit<AttributionJob, 'cancelFlag'>,
  onProgress: (progress: AttributionProgress) => void,
): StartedAttribution {
  const cancelFlag = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  const worker = new Worker(workerUrl(), { workerData: { ...job, cancelFlag } satisfies AttributionJob });
  const ended = new Promise<void>((resolve) => worker.on('exit', () => resolve()));
  const result = new Promise<AttributionResult>((resolve, reject) => {
    worker.on('message', (said: FromAttributionThread) => {
      if ('progress' in said) onProgress(said.progress);
      else if ('result' in said) resolve(said.result);
      else reject(new LeverageError(said.failure.kind, said.failure.message, said.failure.hint));
    });
    worker.on('error', reject);
    worker.on('exit', (code) =>
      reject(new LeverageError('unavailable', `The attributing thread ended without a word (exit code ${code}).`)),
    );
  });
  return { result, ended, cancel: () => void Atomics.store(new Int32Array(cancelFlag), 0, 1) };
}

/** Beside this source, or beside the bundle (an entry of electron.vite.config.ts). */
function workerUrl(): URL {
  const name = import.meta.url.endsWith('.ts') ? './attribution-worker.ts' : './attribution-worker.js';
  return new URL(name, import.meta.url);
}
