/** Entry of a computing thread that ends in the way the study's name asks for, in its third batch. */
import { deserialiseDataset } from '../../src/main/datasets/index.ts';
import { hostStudy } from '../../src/main/studies/study-worker-host.ts';
import { fakeRun } from './fake-run.ts';

await hostStudy(async (request, sink) => {
  const die = (batch: number): void => {
    if (batch !== 2) return;
    if (request.spec.name === 'exits') process.exit(7);
    if (request.spec.name === 'throws') throw new Error('the device went away');
    if (request.spec.name === 'throwsLater') queueMicrotask(() => Promise.reject(new Error('nobody awaits this')));
  };
  await fakeRun({ batchMs: 5, beforeBatch: die })(request, sink);
}, deserialiseDataset);
