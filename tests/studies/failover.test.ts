/** A device that fails in the middle of a study: another goes on, and the study says so. */
import { describe, expect, it } from 'vitest';
import type { Device } from '../../src/main/compute/device.ts';
import { nextDevice, openDevice } from '../../src/main/compute/index.ts';
import type { StudyDevices } from '../../src/main/studies/run-study.ts';
import { comparable, nothingKept, run, sampleRequest } from './study-runs.ts';

/** "onnx-cpu", which breaks for good after `products` products of its batches. */
function failingAfter(products: number): StudyDevices & { opened: Device[] } {
  const opened: Device[] = [];
  return {
    opened,
    openDevice: async (name, options) => {
      const device = await openDevice(name, options);
      opened.push(device);
      let left = products;
      return {
        ...device,
        info: { ...device.info, name: 'onnx-cpu-float32' },
        place: async (X, intercept) => {
          const placed = await device.place(X, intercept);
          return new Proxy(placed, {
            get(target, property) {
              if (property === 'openBatch' && --left < 0) throw new Error('the device was lost');
              const value: unknown = Reflect.get(target, property);
              return typeof value === 'function' ? value.bind(target) : value;
            },
          });
        },
      };
    },
    nextDevice,
  };
}

describe('a device that fails', () => {
  // Batches of 4 groups at least: enough of them that some are kept before the failure.
  it.each([1, 3, 8])(
    'at its batch of products number %i is replaced, and nothing kept is computed anew',
    async (products) => {
      const request = await sampleRequest('digits', 'onnx-cpu', 12);
      const whole = nothingKept();
      await run(request, whole);
      const kept = nothingKept();
      await run(request, kept, {
        devices: failingAfter(products),
      });
      expect(kept.batches.size).toBe(whole.batches.size);
      // The next best device here is also float64 on the CPU: the very same numbers.
      expect(comparable(kept)).toEqual(comparable(whole));
      const notes = [...kept.batches.values()].flatMap((batch) => batch.notes);
      const lost = notes.filter((note) => note.includes('"onnx-cpu-float32" failed (the device was lost'));
      expect(lost).toHaveLength(1);
      expect(kept.provenance.at(-1)?.device).toContain('float64');
    },
  );

  it('and has no successor ends the study with the cause, and keeps what there is', async () => {
    const request = await sampleRequest('breast-cancer', 'onnx-cpu');
    const kept = nothingKept();
    const devices = failingAfter(6);
    devices.nextDevice = async (failed, cause) =>
      nextDevice(
        [
          ...failed,
          'onnx-cpu',
          'reference',
          'tensorflow-wasm',
          'tensorflow-gpu',
          'onnx-webgpu',
          'onnx-directml',
          'onnx-cuda',
        ],
        cause,
      );
    await expect(run(request, kept, { devices })).rejects.toThrow(/failed \(.*no other device works here/);
  });
});
