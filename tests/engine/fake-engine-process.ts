/** The engine's process with stand-ins around it: a slow study, tiny datasets, and a way to crash. */
import { composeEngine } from '../../src/main/engine/compose-engine.ts';
import { serveEngineProcess } from '../../src/main/engine/engine-channel.ts';
import { fakeServices } from './fake-services.ts';

serveEngineProcess(async (options) =>
  composeEngine(
    { ...options, studyWorker: new URL('../studies/slow-study-worker.ts', import.meta.url), closePatienceMs: 3000 },
    fakeServices({
      // A native library that takes the process with it.
      tryDevices: async () => process.kill(process.pid, 'SIGKILL') && new Promise(() => undefined),
      bundleFiles: async () => [{ name: 'large.bin', content: largeContent() }],
    }),
  ),
);

/** 9 MiB that do not compress. */
function largeContent(): Uint8Array {
  const bytes = new Uint8Array(9 * 1024 * 1024);
  let state = 1;
  for (let i = 0; i < bytes.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}
