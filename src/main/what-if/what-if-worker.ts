/**
 * Entry of the thread in which a study's model stays placed while a person asks what if. A bundled build has it as
 * `what-if-worker.js` beside the engine's bundle.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { LeverageError, toFailure } from '../../shared/errors.ts';
import { deserialiseDataset } from '../datasets/index.ts';
import { openReader } from '../store/index.ts';
import { loadStudyRequest } from '../studies/study-request.ts';
import type { Ask, FromThread, Question, ToThread, WhatIfAnswers, WhatIfSetup } from './messages.ts';
import { SLOTS } from './messages.ts';
import { openModel } from './open-model.ts';
import { whatIf, type WhatIf } from './what-if.ts';

const setup = workerData as WhatIfSetup;
const port = parentPort;
if (port === null) throw new LeverageError('internal', 'A What-if runs in a worker thread only.');
const unwanted = new Int32Array(setup.unwanted);
let ending = false;

const opening = open();
// Whoever asks is told why it failed; until then nobody waits.
opening.catch(() => {});

async function open(): Promise<WhatIf> {
  const begun = performance.now();
  const checkCancelled = (): void => {
    if (ending) throw new LeverageError('cancelled', 'The What-if was closed.');
  };
  // Read once and let go: a long-lived reader would keep SQLite from shortening its log.
  const store = openReader(setup.storeFile);
  let request;
  try {
    request = loadStudyRequest(store, setup.studyId, setup.device, deserialiseDataset);
  } finally {
    store.close();
  }
  const model = await openModel(request, checkCancelled);
  return whatIf(model, (performance.now() - begun) / 1000);
}

/** Questions of one kind wait for each other; those of different kinds share the device. */
const turns = new Map<Question, Promise<void>>();

async function answer(ask: Ask): Promise<void> {
  const slot = ask.number % SLOTS;
  const checkCancelled = (): void => {
    if (Atomics.load(unwanted, slot) === 1)
      throw new LeverageError('cancelled', 'Another set of rows has taken the place of this one.');
  };
  let said: FromThread;
  try {
    checkCancelled();
    said = { number: ask.number, answer: await compute(await opening, ask, checkCancelled) };
  } catch (thrown) {
    said = { number: ask.number, failure: toFailure(thrown) };
  }
  port?.postMessage(said);
}

function compute(open: WhatIf, ask: Ask, checkCancelled: () => void): Promise<WhatIfAnswers[Question]> {
  switch (ask.question) {
    case 'open':
      return open.describe();
    case 'points':
      return open.points(ask.input);
    case 'filter':
      return open.filter(ask.input);
    case 'predict':
      return open.predict(ask.input, checkCancelled);
    case 'retrain':
      return open.retrain(ask.input, checkCancelled);
    case 'dose':
      return open.dose(ask.input, checkCancelled);
    case 'spectrum':
      return open.spectrum(ask.input, checkCancelled);
  }
}

port.on('message', (message: ToThread) => {
  if (message === 'end') {
    ending = true;
    // Not ended in the middle of a product: a thread stopped inside ONNX Runtime takes the process with it.
    void Promise.allSettled([opening, ...turns.values()]).then(async () => {
      await opening.then((open) => open.dispose()).catch(() => {});
      port.close();
    });
    return;
  }
  const before = turns.get(message.question) ?? Promise.resolve();
  turns.set(
    message.question,
    before.then(() => answer(message)),
  );
});
