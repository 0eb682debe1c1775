/** A host that starts an engine process on the store named on its command line, and a study in it, and waits to be killed. */
import { forkEngine, startEngineClient } from '../../src/main/engine/engine-client.ts';

const engine = await startEngineClient({
  storeFile: process.argv[2],
  samplesFolder: '/absent',
  host: 'serve',
  appVersion: '1.2.3',
  spawn: () => forkEngine(new URL('./fake-engine-process.ts', import.meta.url)),
});
await engine.call('studies.run', { spec: { name: 'a study', dataset: { sample: 'first' } } });
console.log('started');
