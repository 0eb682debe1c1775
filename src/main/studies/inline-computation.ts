/** Computes in this thread: for unit tests, which then need no second thread to look into. */
import { toFailure } from '../../shared/errors.ts';
import type { Store } from '../store/index.ts';
import type { DeserialiseDataset, Ending, ResultKeeper, RunStudy, StartComputation } from './computation.ts';
import { loadStudyRequest } from './study-request.ts';
import type { StudySink } from './study-run.ts';

export function inlineComputation(
  store: Store,
  runStudy: RunStudy,
  deserialiseDataset: DeserialiseDataset,
): StartComputation {
  return (studyId, device, keeper) => {
    let cancelled = false;
    const sink = inlineSink(keeper, () => cancelled);
    const run = async (): Promise<Ending> => {
      try {
        await runStudy(loadStudyRequest(store, studyId, device, deserialiseDataset), sink);
        return { kind: 'finished' };
      } catch (thrown) {
        return { kind: 'failed', failure: toFailure(thrown) };
      }
    };
    const cancel = (): void => {
      cancelled = true;
    };
    const ended = run();
    return {
      cancel,
      ended,
      terminate: async () => {
        cancel();
        await ended;
      },
    };
  };
}

function inlineSink(keeper: ResultKeeper, cancelled: () => boolean): StudySink {
  return {
    progress: (progress) => keeper.progress(progress),
    fitted: async (fit, provenance) => keeper.fitted(fit, provenance),
    trained: async (update) => keeper.trained(update),
    grouped: async (groups) => keeper.grouped(groups),
    batch: async (result) => keeper.batch(result),
    stageSeconds: (stage, seconds) => keeper.stageSeconds(stage, seconds),
    cancelled,
  };
}
