/** The optional native package: what it needs, and what is said where it is missing or broken. */
import { createRequire } from 'node:module';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Device } from '../../src/main/compute/device.ts';
import { openTensorflowNode } from '../../src/main/compute/tensorflow/open-native.ts';
import { openTensorflowWasm } from '../../src/main/compute/tensorflow/open-wasm.ts';
import { restoreTypeChecks } from '../../src/main/compute/tensorflow/type-checks.ts';

const installed = ((): boolean => {
  try {
    createRequire(import.meta.url).resolve('@tensorflow/tfjs-node-gpu');
    return true;
  } catch {
    return false;
  }
})();

describe('the type checks that node:util lost', () => {
  it('are restored where they are missing, and only there', () => {
    const isArray = (): boolean => false;
    const util: Record<string, (value: unknown) => boolean> = { isArray };
    restoreTypeChecks(util);
    expect(util.isArray).toBe(isArray);
    expect(util.isNullOrUndefined(undefined)).toBe(true);
    expect(util.isNullOrUndefined(null)).toBe(true);
    expect(util.isNullOrUndefined(0)).toBe(false);
    expect(util.isString('')).toBe(true);
    expect(util.isFunction(() => {})).toBe(true);
    expect(util.isPrimitive({})).toBe(false);
    expect(util.isRegExp(/x/)).toBe(true);
    const again = { ...util };
    restoreTypeChecks(util);
    expect({ ...util }).toEqual(again);
  });

  it('reach who requires util before the package is loaded', async () => {
    const seen = await openTensorflowNode(async () => {
      const util = createRequire(import.meta.url)('util') as Record<string, (value: unknown) => boolean>;
      throw new Error(`${util.isNullOrUndefined(null)} ${util.isArray([])}`);
    }).catch((thrown: Error) => thrown.message);
    expect(seen).toContain('true true');
  });
});

describe('the native device', () => {
  it.skipIf(installed)('says in one sentence that its package is not installed', async () => {
    await expect(openTensorflowNode()).rejects.toMatchObject({
      kind: 'unavailable',
      message:
        '@tensorflow/tfjs-node-gpu is not installed: its library could not be downloaded or built when the app was installed.',
    });
  });

  it('says why an installed package can not be loaded', async () => {
    const missingLibrary = new Error('libcudart.so.11.0: cannot open shared object file\nstack');
    await expect(openTensorflowNode(() => Promise.reject(missingLibrary))).rejects.toMatchObject({
      kind: 'unavailable',
      message:
        '@tensorflow/tfjs-node-gpu is installed but its native library can not be loaded: libcudart.so.11.0: cannot open shared object file',
    });
    await expect(openTensorflowNode(async () => ({}))).rejects.toMatchObject({ kind: 'unavailable' });
  });
});

// The package's part is taken by the WASM backend under the name of the native one.
describe('a package that loads', () => {
  let wasm: Device;
  beforeAll(async () => {
    wasm = await openTensorflowWasm();
    tf.copyRegisteredKernels('wasm', 'tensorflow');
    return () => wasm.dispose();
  });
  afterEach(() => tf.removeBackend('tensorflow'));

  async function load(): Promise<object> {
    const backend = tf.findBackend('wasm');
    tf.registerBackend('tensorflow', () => Object.create(backend) as tf.KernelBackend);
    await tf.setBackend('tensorflow');
    return { default: tf };
  }

  it('is a device that says whether there is a GPU, and computes beside another one', async () => {
    const native = await openTensorflowNode(load);
    expect(native.info).toMatchObject({ name: 'tensorflow-gpu', precision: 'float32' });
    expect(native.info.title).toBe('TensorFlow.js · CPU, no GPU found · float32');
    for (const device of [wasm, native, wasm]) {
      expect([...(await device.multiply(Float64Array.of(1, 2), Float64Array.of(3, 4), 1, 2, 1))]).toEqual([11]);
    }
    await native.dispose();
  });

  it('is refused when its products have fewer digits than float32', async () => {
    const exact = tf.getKernel('BatchMatMul', 'tensorflow');
    tf.unregisterKernel('BatchMatMul', 'tensorflow');
    tf.registerKernel({
      ...exact,
      kernelFunc(parameters) {
        const product = exact.kernelFunc(parameters) as tf.TensorInfo;
        const { typedArrayFromHeap } = parameters.backend as { typedArrayFromHeap(info: tf.TensorInfo): Float32Array };
        const values = typedArrayFromHeap.call(parameters.backend, product);
        // As TensorFloat-32: ten bits after the first.
        const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
        bits.forEach((word, at) => (bits[at] = word & ~0x1fff));
        return product;
      },
    });
    await expect(openTensorflowNode(load)).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining('gives a wrong or inexact product on this machine') as string,
    });
  });
});
