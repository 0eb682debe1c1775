/** A thread for tensorflow.test.ts: opens the device and sends a product. */
import { parentPort } from 'node:worker_threads';
import { openTensorflowWasm } from '../../src/main/compute/tensorflow/open-wasm.ts';

const device = await openTensorflowWasm();
parentPort?.postMessage(await device.multiply(Float64Array.of(1, 2), Float64Array.of(3, 4), 1, 2, 1));
await device.dispose();
