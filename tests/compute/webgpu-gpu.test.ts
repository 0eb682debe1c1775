/** ONNX Runtime's WebGPU provider on an imitated graphics processor: small sizes, for agreement with the reference. */
import { afterAll, describe, expect, it } from 'vitest';
import type { Device } from '../../src/main/compute/device.ts';
import { createOnnxDevice } from '../../src/main/compute/onnx/onnx-device.ts';
import { openDevice } from '../../src/main/compute/index.ts';
import { probeInProcess } from '../../src/main/compute/probe-process.ts';
import { createReferenceDevice } from '../../src/main/compute/reference/reference-device.ts';
import { describeDevice } from './device-suite.ts';

const trial = await probeInProcess('onnx-webgpu');
if (!trial.ok) console.warn(`tests/compute/webgpu-gpu.test.ts: not run, because ${trial.reason}`);
const openWebgpu = (): Promise<Device> => createOnnxDevice({ threads: 2, provider: 'webgpu' });

describe.skipIf(!trial.ok)('ONNX Runtime WebGPU', () => {
  describeDevice('as a solver', openWebgpu);

  it('certifies in float64 as the device that users choose', async () => {
    const device = await openDevice('onnx-webgpu');
    expect(device.info).toMatchObject({ name: 'onnx-webgpu', precision: 'float32' });
    expect(device.solver?.info.name).toBe('onnx-webgpu');
    // 1/3 in float64: the exact device multiplies.
    const [third] = await device.multiply(Float64Array.of(1 / 3), Float64Array.of(1), 1, 1, 1);
    expect(third).toBe(1 / 3);
    await device.dispose();
  });

  describe('with rows in several resident blocks', () => {
    const rows = (1 << 14) + 37;
    let device: Device | null = null;
    afterAll(() => device?.dispose());

    it('sums over all of them, and again after another matrix took its place', async () => {
      device = await openWebgpu();
      const X = {
        kind: 'dense' as const,
        rows,
        columns: 2,
        data: Float64Array.from({ length: 2 * rows }, (_, i) => (i % 11) / 11),
      };
      const weights = Float64Array.from({ length: rows }, (_, i) => 1 + (i % 3));
      const reference = await createReferenceDevice().place(X, true);
      const expected = await reference.combine(weights);
      for (let time = 0; time < 2; time++) {
        const placed = await device.place(X, true);
        const sums = await placed.combine(weights);
        sums.forEach((sum, j) => expect(Math.abs(sum / expected[j] - 1)).toBeLessThan(1e-5));
        placed.dispose();
      }
    });
  });
});
