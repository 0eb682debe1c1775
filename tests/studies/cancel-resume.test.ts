/** Stopping a study in the middle and going on, on every device that is always there: the same bits, and at once. */
import { describe, expect, it } from 'vitest';
import { comparable, nothingKept, run, sampleRequest } from './study-runs.ts';

const DEVICES = ['onnx-cpu-float32', 'onnx-cpu', 'tensorflow-wasm', 'reference'];
/** Stopping takes less; a busy machine must not fail the test. */
const PATIENCE_MS = 1000;

describe.each(DEVICES)('a study on %s', (device) => {
  const sample = device === 'reference' ? 'breast-cancer' : 'digits';

  it(
    'that is stopped after each of its batches and resumed has the numbers of one that was not',
    { timeout: 120_000 },
    async () => {
      const request = await sampleRequest(sample, device, 6);
      const whole = nothingKept();
      await run(request, whole);
      const kept = nothingKept();
      let runs = 0;
      for (; kept.batches.size < whole.batches.size || runs === 0; runs++) {
        let stop = false;
        await run(request, kept, { cancelled: () => stop, afterBatch: () => void (stop = true) }).catch((thrown) => {
          expect(thrown).toMatchObject({ kind: 'cancelled' });
        });
        expect(runs).toBeLessThan(50);
      }
      expect(comparable(kept)).toEqual(comparable(whole));
    },
  );

  it('stops within a second of being asked to, whatever it is at', { timeout: 120_000 }, async () => {
    const request = await sampleRequest(sample, device, 6);
    // Asked at several moments of the run: while it fits, forms groups, retrains.
    for (const after of [50, 400, 900]) {
      const begun = performance.now();
      let asked = 0;
      const cancelled = (): boolean => {
        if (performance.now() - begun < after) return false;
        asked ||= performance.now();
        return true;
      };
      const timer = setTimeout(() => (asked ||= performance.now()), after);
      await run(request, nothingKept(), { cancelled }).catch((thrown) => {
        expect(thrown).toMatchObject({ kind: 'cancelled' });
      });
      clearTimeout(timer);
      if (asked > 0) expect(performance.now() - asked).toBeLessThan(PATIENCE_MS);
    }
  });
});
