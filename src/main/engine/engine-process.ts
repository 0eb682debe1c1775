/**
 * Entry of the engine's own process: a child of `serve` (child_process.fork) or an Electron utility
 * process. A bundled build has it as `engine-process.js` beside the host's bundle.
 */
import { createEngine } from './create-engine.ts';
import { serveEngineProcess } from './engine-channel.ts';

serveEngineProcess(createEngine);
