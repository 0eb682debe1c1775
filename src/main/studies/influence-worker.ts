/** Entry of a lane of `computeInfluences`. A bundled build has it as `influence-worker.js` beside the engine's bundle. */
import { parentPort, workerData } from 'node:worker_threads';
import { LeverageError, toFailure, type Failure } from '../../shared/errors.ts';
import type { InfluenceSums } from '../estimators/pointwise-summary.ts';
import { workThroughStrips, type StripWork } from './influence-strips.ts';

export type FromInfluenceLane = { testRows: number } | { sums: InfluenceSums } | { failure: Failure };

const port = parentPort;
if (port === null) throw new LeverageError('internal', 'A lane runs in a worker thread only.');
const post = (message: FromInfluenceLane): void => port.postMessage(message);

try {
  post({ sums: await workThroughStrips(workerData as StripWork, (testRows) => post({ testRows })) });
} catch (thrown) {
  post({ failure: toFailure(thrown) });
}
