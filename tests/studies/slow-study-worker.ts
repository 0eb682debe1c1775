/** Entry of a computing thread whose batches take 60 ms: time enough to kill its process between two of them. */
import { deserialiseDataset } from '../../src/main/datasets/index.ts';
import { hostStudy } from '../../src/main/studies/study-worker-host.ts';
import { fakeRun } from './fake-run.ts';

await hostStudy(fakeRun({ groups: 40, batchSize: 4, batchMs: 60 }), deserialiseDataset);
