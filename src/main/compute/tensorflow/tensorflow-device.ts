/**
 * TensorFlow.js as a device: one adapter over its core API, whatever backend computes. X̃ and X̃ᵀ stay on the
 * device in slabs of rows; float64 arrays become float32 on their way in, sums over the slabs are float64.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { LeverageError } from '../../../shared/errors.ts';
import type { Device, DeviceInfo } from '../device.ts';
import { TensorflowMatrix } from './tensorflow-matrix.ts';
import type { Runtime } from './runtime.ts';

export interface TensorflowDeviceOptions {
  runtime: Runtime;
  info: DeviceInfo;
  /** Called once, after the matrices of the device are gone. */
  onDispose(): void;
}

/** Throws `unavailable` when a product on the backend is not what float32 gives. */
export async function createTensorflowDevice(options: TensorflowDeviceOptions): Promise<Device> {
  const { runtime, info, onDispose } = options;
  const matrices = new Set<TensorflowMatrix>();
  let open = true;
  const device: Device = {
    info,
    async place(X, intercept) {
      const matrix = new TensorflowMatrix(runtime, X, intercept, () => void matrices.delete(matrix));
      matrices.add(matrix);
      return matrix;
    },
    async multiply(A, B, m, k, n, transposeB = false) {
      await nextTurn();
      return multiply(runtime, A, B, m, k, n, transposeB);
    },
    async dispose() {
      if (!open) return;
      open = false;
      for (const matrix of [...matrices]) matrix.dispose();
      onDispose();
    },
  };
  await verifyProduct(device);
  return device;
}

/** In blocks of the inner dimension, so that no tensor has more elements than a middle may have. */
function multiply(
  runtime: Runtime,
  A: Float64Array,
  B: Float64Array,
  m: number,
  k: number,
  n: number,
  transposeB: boolean,
): Float64Array {
  const { tf, middleElements } = runtime;
  const out = new Float64Array(m * n);
  const inner = Math.min(k, Math.max(1, Math.floor(middleElements / n)));
  const outer = Math.min(m, Math.max(1, Math.floor(middleElements / Math.max(inner, n))));
  for (let from = 0; from < k; from += inner) {
    const width = Math.min(inner, k - from);
    const right = runtime.run(() => runtime.upload(innerRows(B, from, width, k, n, transposeB), [width, n]));
    try {
      for (let top = 0; top < m; top += outer) {
        const rows = Math.min(outer, m - top);
        const left = new Float32Array(rows * width);
        for (let i = 0; i < rows; i++) {
          const start = (top + i) * k + from;
          left.set(A.subarray(start, start + width), i * width);
        }
        const part = runtime.read(() => tf.matMul(runtime.upload(left, [rows, width]), right));
        const offset = top * n;
        for (let at = 0; at < part.length; at++) out[offset + at] += part[at];
      }
    } finally {
      right.dispose();
    }
  }
  return out;
}

/** Rows from…from+width of B (k×n), which may be given transposed: plain products are the fast ones under WASM. */
function innerRows(
  B: Float64Array,
  from: number,
  width: number,
  k: number,
  n: number,
  transposed: boolean,
): Float32Array {
  if (!transposed) return new Float32Array(B.subarray(from * n, (from + width) * n));
  const out = new Float32Array(width * n);
  for (let j = 0; j < n; j++) for (let l = 0; l < width; l++) out[l * n + j] = B[j * k + from + l];
  return out;
}

/** A few ulps of float32; TensorFloat-32 and half precision are off by a thousand. */
const ACCEPTED_ERROR = 2e-6;

/** A library that loads but computes nothing, nonsense, or with fewer digits is not available. */
async function verifyProduct(device: Device): Promise<void> {
  const [m, k, n] = [5, 48, 7];
  // Entries near 1 whose low digits matter.
  const A = Float64Array.from({ length: m * k }, (_, i) => 1 + ((i * 37) % 101) / 4096);
  const B = Float64Array.from({ length: k * n }, (_, i) => 1 - ((i * 53) % 97) / 8192);
  const product = await device.multiply(A, B, m, k, n);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let entry = 0;
      for (let l = 0; l < k; l++) entry += A[i * k + l] * B[l * n + j];
      if (!(Math.abs(product[i * n + j] / entry - 1) <= ACCEPTED_ERROR)) {
        throw new LeverageError(
          'unavailable',
          `${device.info.title} loads but gives a wrong or inexact product on this machine (${product[i * n + j]} for ${entry}).`,
          'Choose another device.',
        );
      }
    }
  }
}
