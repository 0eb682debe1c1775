/**
 * Batches side by side. One product spread over many threads waits at every element-wise step and
 * for the JavaScript between products; so each core gets a thread of its own ("lane") with a
 * one-threaded device, all on the same matrices in shared memory. A batch gives the same bits in
 * whichever lane, and however many lanes there are.
 */
import { Worker } from 'node:worker_threads';
import { LeverageError, type Failure } from '../../shared/errors.ts';
import type { Estimator, Evaluation, Intervention } from '../../shared/quantities.ts';
import type { Slice } from '../evaluation/evaluation-set.ts';
import type { ModelOnDevice } from '../models/model-on-device.ts';
import type { FittedModel } from '../models/fitted-model.ts';
import type { BatchTask } from './compute-batch.ts';
import type { BatchResult } from './study-run.ts';

/** What a lane is started with; large arrays lie in shared memory. */
export interface LaneSetup {
  /** Name of the device that every lane opens, with one thread. */
  device: string;
  fitted: FittedModel;
  intercept: boolean;
  lambda: number;
  matrices: ModelOnDevice['matrices'];
  weights: Float64Array;
  /** Whether systems are solved in the solver's precision: ModelOnDevice.solving. */
  solvesInSingle: boolean;
  preconditioner: ModelOnDevice['preconditioner']['kind'];
  inverses: ModelOnDevice['preconditioner']['inverses'];
  evaluations: readonly Evaluation[];
  slices: readonly Slice[];
  directions: Float64Array;
  estimators: readonly Estimator[];
  tolerance: number;
  effect: Intervention | undefined;
  /** Int32: 1 when the lanes are to stop. */
  stopFlag: SharedArrayBuffer;
}

export type ToLane = BatchTask | 'end';
/** `ofDevice`: another device may do better, see isDeviceFailure. */
export type FromLane = { result: BatchResult } | { failure: Failure; ofDevice: boolean };

export interface LaneRequest {
  model: ModelOnDevice;
  evaluations: readonly Evaluation[];
  slices: readonly Slice[];
  directions: Float64Array;
  estimators: readonly Estimator[];
  tolerance: number;
  /** What is done to each group; removed when left out. */
  effect?: Intervention | undefined;
  lanes: number;
  /** Read every POLL_MS: it is how the lanes learn that they are to stop. */
  cancelled(): boolean;
}

const POLL_MS = 50;

/**
 * Computes `tasks` and hands each result over as it is ready, in any order.
 * Throws what a lane threw first (`cancelled` among it); the lanes are gone when it returns.
 */
export async function computeInLanes(
  request: LaneRequest,
  tasks: readonly BatchTask[],
  keep: (result: BatchResult) => Promise<void>,
): Promise<void> {
  const stopFlag = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  const stop = (): void => void Atomics.store(new Int32Array(stopFlag), 0, 1);
  const setup = laneSetup(request, stopFlag);
  const polling = setInterval(() => {
    if (request.cancelled()) stop();
  }, POLL_MS);
  const left = tasks.values();
  const lanes = Array.from({ length: Math.min(request.lanes, tasks.length) }, () => openLane(setup));
  let first: unknown = null;
  await Promise.all(
    lanes.map(async (lane) => {
      try {
        // One iterator for all lanes: each takes the next batch when it is free.
        for (const task of left) await keep(await lane.compute(task));
      } catch (thrown) {
        first ??= thrown;
        stop();
      }
      await lane.end();
    }),
  );
  clearInterval(polling);
  if (first !== null) throw first;
}

function thrownBy({ failure, ofDevice }: { failure: Failure; ofDevice: boolean }): Error {
  return ofDevice ? new Error(failure.message) : new LeverageError(failure.kind, failure.message, failure.hint);
}

interface Lane {
  compute(task: BatchTask): Promise<BatchResult>;
  /** Resolves when the thread is gone. */
  end(): Promise<void>;
}

/** `lane-worker.ts` beside this source, or `lane-worker.js` beside the bundle (an entry of electron.vite.config.ts). */
function laneUrl(): URL {
  return new URL(import.meta.url.endsWith('.ts') ? './lane-worker.ts' : './lane-worker.js', import.meta.url);
}

function openLane(setup: LaneSetup): Lane {
  const worker = new Worker(laneUrl(), { workerData: setup });
  let pending: PromiseWithResolvers<BatchResult> | null = null;
  let broken: Error | null = null;
  const fail = (cause: Error): void => {
    broken ??= cause;
    pending?.reject(broken);
  };
  worker.on('message', (answer: FromLane) => {
    if ('result' in answer) pending?.resolve(answer.result);
    else pending?.reject(thrownBy(answer));
  });
  worker.on('error', (cause) => fail(cause instanceof Error ? cause : new Error(String(cause))));
  const gone = new Promise<void>((resolve) => {
    worker.on('exit', (code) => {
      fail(
        new LeverageError(
          'unavailable',
          `A computing thread ended without a word (exit code ${code}).`,
          'What was computed is kept: resume the study.',
        ),
      );
      resolve();
    });
  });
  return {
    compute(task) {
      if (broken !== null) return Promise.reject(broken);
      pending = Promise.withResolvers();
      worker.postMessage(task satisfies ToLane);
      return pending.promise;
    },
    end() {
      // Never terminated: a thread that is stopped inside ONNX Runtime takes the process with it.
      worker.postMessage('end' satisfies ToLane);
      return gone;
    },
  };
}

function laneSetup(request: LaneRequest, stopFlag: SharedArrayBuffer): LaneSetup {
  const { model, evaluations, slices, directions, estimators, tolerance, effect } = request;
  const { fitted, matrices, objective, preconditioner } = model;
  const { train, test } = fitted.design;
  return share({
    device: model.device.info.name,
    // The lanes see the matrices with the intercept's column: one copy serves device and evaluation.
    fitted: {
      ...fitted,
      design: { ...fitted.design, train: { ...train, X: matrices.train }, test: { ...test, X: matrices.test } },
    },
    intercept: objective.placed.intercept,
    lambda: objective.lambda,
    matrices,
    weights: model.weights,
    solvesInSingle: model.solving !== objective.placed,
    preconditioner: preconditioner.kind,
    inverses: preconditioner.inverses,
    evaluations,
    slices,
    directions,
    estimators,
    tolerance,
    effect,
    stopFlag,
  });
}

/** Arrays above this are shared, smaller ones are copied with the message. */
const SHARED_BYTES = 1 << 16;

/** The same value with its large numeric arrays in shared memory; an array that occurs twice is shared once. */
function share<T>(value: T): T {
  const seen = new Map<object, object>();
  const walk = (item: unknown): unknown => {
    if (typeof item !== 'object' || item === null || item instanceof SharedArrayBuffer) return item;
    const known = seen.get(item);
    if (known !== undefined) return known;
    let out: object;
    if (item instanceof Float64Array || item instanceof Float32Array || item instanceof Int32Array)
      out = shareArray(item);
    else if (Array.isArray(item)) out = item.map(walk);
    else out = Object.fromEntries(Object.entries(item).map(([key, entry]) => [key, walk(entry)]));
    seen.set(item, out);
    return out;
  };
  return walk(value) as T;
}

type Shareable = Float64Array | Float32Array | Int32Array;

function shareArray(array: Shareable): Shareable {
  if (array.buffer instanceof SharedArrayBuffer || array.byteLength < SHARED_BYTES) return array;
  const buffer = new SharedArrayBuffer(array.byteLength);
  let out: Shareable;
  if (array instanceof Float64Array) out = new Float64Array(buffer);
  else if (array instanceof Float32Array) out = new Float32Array(buffer);
  else out = new Int32Array(buffer);
  out.set(array);
  return out;
}
