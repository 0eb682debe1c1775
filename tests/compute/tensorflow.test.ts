/** TensorFlow.js on its WASM backend: the suite of every device, and what is its own: memory, threads, the process around it. */
import { Worker } from 'node:worker_threads';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { openers } from '../../src/main/compute/tensorflow/index.ts';
import { openTensorflowWasm } from '../../src/main/compute/tensorflow/open-wasm.ts';
import { createReferenceDevice } from '../../src/main/compute/reference/reference-device.ts';
import type { PlacedMatrix } from '../../src/main/compute/device.ts';
import type { DenseMatrix } from '../../src/shared/matrix.ts';
import { describeDevice } from './device-suite.ts';

describeDevice('tensorflow-wasm', openTensorflowWasm);
// Many slabs of rows, and parts of a few groups.
describeDevice('tensorflow-wasm, in small pieces', () => openTensorflowWasm({ slabRows: 96, middleElements: 2000 }));

const ROWS = 500;
const X: DenseMatrix = {
  kind: 'dense',
  rows: ROWS,
  columns: 3,
  data: Float64Array.from({ length: ROWS * 3 }, (_, i) => ((i * 29) % 41) / 41 - 0.5),
};

/** Every product once, with K logits; the value is the batch's curvature product at the point that it holds. */
async function useEverything(placed: PlacedMatrix, logits: number): Promise<Float64Array> {
  const base = Float64Array.from({ length: logits * ROWS }, (_, i) => Math.sin(i));
  const keep = Float64Array.from({ length: 4 * ROWS }, (_, i) => (i % 7 === 0 ? 0 : 1));
  const delta = Float64Array.from({ length: 4 * logits * 3 }, (_, i) => Math.cos(i));
  const y = Int32Array.from({ length: ROWS }, (_, i) => i % Math.max(2, logits));
  await placed.margins(delta);
  await placed.combine(keep);
  await placed.gram(keep.subarray(0, ROWS));
  await placed.lossChange(base, y, keep.subarray(0, ROWS), 'shared', delta, logits);
  await placed.lossChange(base, y, keep, 'own', delta, logits);
  const batch = placed.openBatch(base, keep, logits);
  await batch.gradientChange(delta);
  await batch.curvatureMass();
  const narrow = batch.select(Int32Array.of(0, 2));
  await narrow.gradientChange(delta.subarray(0, 2 * logits * 3));
  return batch.curvatureProduct(delta);
}

it('gives a gram matrix that is symmetric to the last bit', async () => {
  const device = await openTensorflowWasm({ slabRows: 128 });
  const placed = await device.place(X, true);
  const gram = await placed.gram(Float64Array.from({ length: ROWS }, (_, i) => Math.abs(Math.sin(i))));
  for (let a = 0; a < 4; a++) for (let b = 0; b < 4; b++) expect(gram[a * 4 + b]).toBe(gram[b * 4 + a]);
  await device.dispose();
});

describe('the memory of tensorflow-wasm', () => {
  it('does not grow with the work, and is given back with the matrix', async () => {
    const device = await openTensorflowWasm({ slabRows: 200 });
    const atStart = tf.memory();
    const placed = await device.place(X, false);
    for (const logits of [1, 3]) await useEverything(placed, logits);
    const once = tf.memory();
    for (let round = 0; round < 5; round++) for (const logits of [1, 3]) await useEverything(placed, logits);
    expect(tf.memory().numTensors).toBe(once.numTensors);
    expect(tf.memory().numBytes).toBe(once.numBytes);
    placed.dispose();
    placed.dispose();
    expect(tf.memory().numTensors).toBe(atStart.numTensors);
    await device.multiply(X.data, X.data, ROWS, 3, ROWS, true);
    expect(tf.memory().numTensors).toBe(atStart.numTensors);
    await device.dispose();
  });

  it('is refused with a sentence when the data are too large for it', async () => {
    const device = await openTensorflowWasm({ capacity: 4 * ROWS * 3 });
    const placed = await device.place(X, false);
    const keep = new Float64Array(ROWS).fill(1);
    const batch = placed.openBatch(new Float64Array(ROWS), keep, 1);
    await expect(batch.curvatureProduct(Float64Array.of(1, 1, 1))).rejects.toThrow(/^The data need 1 MB on the device/);
    await expect(device.place(X, true)).rejects.toMatchObject({ kind: 'unavailable' });
    // What was refused is not counted.
    placed.dispose();
    await device.place(X, false);
    await device.dispose();
  });
});

describe('batches of tensorflow-wasm', () => {
  it.each([1, 3])('keep their held points when they take turns: %i logits', async (logits) => {
    const device = await openTensorflowWasm({ slabRows: 128 });
    const reference = createReferenceDevice();
    const base = Float64Array.from({ length: logits * ROWS }, (_, i) => Math.sin(i));
    const keep = new Float64Array(2 * ROWS).fill(1);
    const P = Float64Array.from({ length: 2 * logits * 3 }, (_, i) => Math.cos(i));
    const results = await Promise.all(
      [device, reference].map(async (each) => {
        const placed = await each.place(X, false);
        const first = placed.openBatch(base, keep, logits);
        const second = placed.openBatch(base, keep, logits);
        await first.gradientChange(P);
        await second.gradientChange(P.map((value) => -3 * value));
        const products = [await first.curvatureProduct(P), await second.curvatureProduct(P)];
        products.push(await first.select(Int32Array.of(1)).curvatureMass(), await first.curvatureMass());
        return products;
      }),
    );
    results[0].forEach((product, at) => {
      product.forEach((value, j) => expect(Math.abs(value - results[1][at][j])).toBeLessThan(2e-4));
      expect(results[1][at].some((value) => Math.abs(value) > 0.1)).toBe(true);
    });
    await device.dispose();
  });
});

describe('the process around tensorflow-wasm', () => {
  it('handles its own errors: the loader leaves no handler behind', async () => {
    const handlers = (): number[] => [
      process.listenerCount('uncaughtException'),
      process.listenerCount('unhandledRejection'),
    ];
    const before = handlers();
    const device = await openTensorflowWasm();
    expect(handlers()).toEqual(before);
    await device.dispose();
  });

  it('opens it again after the last one was disposed of, and several side by side', async () => {
    const [first, second] = await Promise.all([openTensorflowWasm(), openTensorflowWasm()]);
    await first.dispose();
    await first.dispose();
    expect([...(await second.multiply(Float64Array.of(1, 2), Float64Array.of(3, 4), 1, 2, 1))]).toEqual([11]);
    await second.dispose();
    const third = await openTensorflowWasm();
    expect([...(await third.multiply(Float64Array.of(1, 2), Float64Array.of(3, 4), 1, 2, 1))]).toEqual([11]);
    await third.dispose();
  });

  it('opens it in a worker thread too', async () => {
    const worker = new Worker(new URL('./tensorflow-thread.ts', import.meta.url));
    const product = await new Promise((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
    expect(product).toEqual(Float64Array.of(11));
  });
});

describe('the table of TensorFlow.js devices', () => {
  it('names each device as the device names itself', async () => {
    const opener = openers.find(({ name }) => name === 'tensorflow-wasm');
    const device = await opener?.open();
    expect(device?.info).toMatchObject({ name: 'tensorflow-wasm', title: opener?.title, precision: opener?.precision });
    await device?.dispose();
    expect(openers.map(({ name }) => name)).toEqual(['tensorflow-gpu', 'tensorflow-wasm']);
  });
});
