/**
 * Entry of a lane: a thread with a device of one thread, that computes batches on the study's shared
 * matrices. A bundled build has it as `lane-worker.js` beside the engine's bundle.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { LeverageError, toFailure } from '../../shared/errors.ts';
import { isDeviceFailure, openDevice } from '../compute/index.ts';
import { createEvaluationSet } from '../evaluation/evaluation-set.ts';
import { placeMatrices, type ModelOnDevice } from '../models/model-on-device.ts';
import { preconditionerOf } from '../models/preconditioner.ts';
import { computeBatch } from './compute-batch.ts';
import type { FromLane, LaneSetup, ToLane } from './lanes.ts';

const setup = workerData as LaneSetup;
const port = parentPort;
if (port === null) throw new LeverageError('internal', 'A lane runs in a worker thread only.');

const stop = new Int32Array(setup.stopFlag);
const checkCancelled = (): void => {
  if (Atomics.load(stop, 0) === 1) throw new LeverageError('cancelled', 'The study was stopped.');
};

const device = await openDevice(setup.device, { threads: 1, checkCancelled });
const { fitted, weights, lambda } = setup;
const { matrices, placed, placedTest, working } = await placeMatrices(setup.matrices, setup.intercept, device);
const objective = { placed, logits: fitted.logits, lambda };
const model: ModelOnDevice = {
  device,
  fitted,
  objective,
  matrices,
  weights,
  placedTest,
  working,
  solving: setup.solvesInSingle ? working.train : placed,
  preconditioner: await preconditionerOf(setup.preconditioner, objective, setup.inverses, device),
  dispose() {},
};
const setting = {
  model,
  evaluations: await createEvaluationSet(model, setup.evaluations, setup.slices),
  directions: setup.directions,
  estimators: setup.estimators,
  tolerance: setup.tolerance,
  effect: setup.effect,
};

port.on('message', async (task: ToLane) => {
  if (task === 'end') {
    port.close();
    return;
  }
  const answer: FromLane = await computeBatch(setting, task, checkCancelled).then(
    (result) => ({ result }),
    (thrown: unknown) => ({ failure: toFailure(thrown), ofDevice: isDeviceFailure(thrown) }),
  );
  port.postMessage(answer);
});
