/** One suite over the devices that ONNX Runtime's CPU and TypeScript make. */
import { createOnnxDevice } from '../../src/main/compute/onnx/onnx-device.ts';
import { createReferenceDevice } from '../../src/main/compute/reference/reference-device.ts';
import { describeDevice } from './device-suite.ts';

describeDevice('reference', async () => createReferenceDevice());
describeDevice('onnx-cpu', () => createOnnxDevice({ threads: 2 }));
describeDevice('onnx-cpu, one thread', () => createOnnxDevice({ threads: 1 }));
describeDevice('onnx-cpu, float32', () => createOnnxDevice({ threads: 2, precision: 'float32' }));
