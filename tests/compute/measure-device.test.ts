import { expect, it } from 'vitest';
import type { Device } from '../../src/main/compute/device.ts';
import { measureDevice } from '../../src/main/compute/measure-device.ts';
import { createOnnxDevice } from '../../src/main/compute/onnx/onnx-device.ts';
import { withSolver } from '../../src/main/compute/with-solver.ts';
import { rejectionOf } from '../store/failure-of.ts';

it('measures a solver of single precision that computes as it should', async () => {
  const device = withSolver(
    await createOnnxDevice({ threads: 1 }),
    await createOnnxDevice({ threads: 1, precision: 'float32' }),
  );
  expect(await measureDevice(device)).toBeGreaterThan(0.1);
  await device.dispose();
});

it('refuses a solver that keeps ten bits of its numbers, as TensorFloat-32 does', async () => {
  const exact = await createOnnxDevice({ threads: 1 });
  // The same device with X cut to ten bits.
  const coarse: Device = {
    ...exact,
    place: async (X, intercept) => {
      if (X.kind !== 'dense') throw new TypeError('dense rows only');
      const bits = Uint32Array.from(new Uint32Array(Float32Array.from(X.data).buffer), (value) => value & 0xffffe000);
      return exact.place({ ...X, data: Float64Array.from(new Float32Array(bits.buffer)) }, intercept);
    },
  };
  expect((await rejectionOf(measureDevice(withSolver(exact, coarse)))).message).toMatch(/off by .*e-4/);
  await exact.dispose();
});
