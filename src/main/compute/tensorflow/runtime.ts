/** What the TensorFlow.js devices share: the core API on one backend, at whose border float64 becomes float32. */
import type { Tensor, TensorContainer } from '@tensorflow/tfjs-core';
import { LeverageError } from '../../../shared/errors.ts';

/** The core API. Its engine is one per thread, whichever package brought it. */
export type Tensorflow = typeof import('@tensorflow/tfjs-core');

export interface RuntimeOptions {
  tf: Tensorflow;
  /** As registered with the engine: "wasm", "tensorflow". */
  backend: string;
  /** As shown to people. */
  title: string;
  /** Rows of X̃ in one tensor. Sums over more rows are added up in float64. */
  slabRows: number;
  /** Elements (vectors × rows) that the middle of a product may have. */
  middleElements: number;
  /** Elements that may stay on the device between products. */
  capacity: number;
}

export interface Runtime extends Omit<RuntimeOptions, 'backend'> {
  /** Runs `work` on the backend; of the tensors it makes only those that it returns are left. */
  run<T extends TensorContainer>(work: () => T): T;
  /** The values of the tensor that `work` makes on the backend; no tensor of its is left. */
  read(work: () => Tensor): Float32Array;
  upload(data: Float64Array | Float32Array, shape: number[]): Tensor;
  /** Accounts for elements that stay on the device until `release`. Throws `unavailable` when they do not fit. */
  reserve(elements: number): void;
  release(elements: number): void;
}

/** A backend in use; `close` when done with it. */
export interface OpenRuntime {
  runtime: Runtime;
  close(): void;
}

export function createRuntime(options: RuntimeOptions): Runtime {
  const { tf, backend, title, capacity } = options;
  let resident = 0;
  const run = <T extends TensorContainer>(work: () => T): T => {
    // Another device of this thread may have computed last. The backend is initialised: it changes at once.
    if (tf.getBackend() !== backend) void tf.setBackend(backend);
    return tf.tidy(work);
  };
  return {
    ...options,
    run,
    read(work) {
      // Not handed through tidy, which would look for tensors in every element.
      let values = new Float32Array(0);
      run(() => void (values = floats(work())));
      return values;
    },
    upload: (data, shape) => tf.tensor(data instanceof Float32Array ? data : new Float32Array(data), shape, 'float32'),
    reserve(elements) {
      if (resident + elements > capacity) {
        const megabytes = (count: number): string => `${Math.ceil((4 * count) / 2 ** 20)} MB`;
        throw new LeverageError(
          'unavailable',
          `The data need ${megabytes(resident + elements)} on the device "${title}", which can hold ${megabytes(capacity)}.`,
          'Choose the device "onnx-cpu", or compute fewer groups at a time.',
        );
      }
      resident += elements;
    },
    release(elements) {
      resident -= elements;
    },
  };
}

/** The tensor's values on this side; the tensor stays. Not to be returned to `run`. */
export function floats(tensor: Tensor): Float32Array<ArrayBuffer> {
  const data = tensor.dataSync();
  if (data instanceof Float32Array) return data as Float32Array<ArrayBuffer>;
  throw new LeverageError('internal', `TensorFlow.js returned ${tensor.dtype} where float32 was expected.`);
}
