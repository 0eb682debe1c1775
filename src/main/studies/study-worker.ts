/** Entry of the thread in which a study computes. A bundled build has it as `study-worker.js` beside the engine's bundle. */
import { deserialiseDataset } from '../datasets/index.ts';
import { runStudy } from './run-study.ts';
import { hostStudy } from './study-worker-host.ts';

await hostStudy(runStudy, deserialiseDataset);
