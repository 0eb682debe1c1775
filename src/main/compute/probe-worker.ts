/**
 * Entry of a trial: opens the device named by the first argument, computes a product and writes one line of JSON
 * (../compute/probe-process.ts reads it). A bundled build has it as `probe-worker.js` beside the engine's bundle.
 */
import { toFailure } from '../../shared/errors.ts';
import type { Device } from './device.ts';
import { openDevice } from './index.ts';
import { ANSWER_MARK, type ProbeAnswer } from './probe-process.ts';
import { openers } from './tensorflow/index.ts';

const SIZE = 512;
const MEASURED_MS = 300;

/** The best of some products of two 512×512 matrices, the copies to the device and back included. */
async function measure(device: Device): Promise<number> {
  const A = Float64Array.from({ length: SIZE * SIZE }, (_, i) => (i % 7) - 3);
  const end = performance.now() + MEASURED_MS;
  let best = Infinity;
  // The first ones are slow: memory is new, and WebAssembly is compiled better while it runs.
  do {
    const start = performance.now();
    await device.multiply(A, A, SIZE, SIZE, SIZE);
    best = Math.min(best, performance.now() - start);
  } while (performance.now() < end);
  return (2 * SIZE ** 3) / (best * 1e6);
}

async function tryDevice(name: string): Promise<ProbeAnswer> {
  try {
    // Opened as it is: the registry may want a trial before it opens a native one.
    const opener = openers.find((entry) => entry.name === name);
    const device = await (opener === undefined ? openDevice(name) : opener.open());
    const gigaflops = await measure(device);
    await device.dispose();
    return { ok: true, gigaflops };
  } catch (thrown) {
    return { ok: false, reason: toFailure(thrown).message };
  }
}

const answer = await tryDevice(process.argv[2] ?? '');
// The process ends as soon as the line is out: libraries leave threads behind.
process.stdout.write(`\n${ANSWER_MARK}${JSON.stringify(answer)}\n`, () => process.exit(0));
