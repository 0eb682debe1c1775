/** Puts an engine together from its options and the services it stands on. */
import type { AppInfo, Engine, EngineEvent } from '../../shared/contract.ts';
import { LeverageError } from '../../shared/errors.ts';
import { openReader, openStore } from '../store/index.ts';
import type { RunStudy } from '../studies/computation.ts';
import { inlineComputation } from '../studies/inline-computation.ts';
import { studyJobs } from '../studies/study-jobs.ts';
import { workerComputation } from '../studies/worker-computation.ts';
import { admittedFiles } from './admitted-files.ts';
import { openBrowser } from './browsed-things.ts';
import { datasetLibrary } from './dataset-library.ts';
import { deviceChoice } from './device-choice.ts';
import { dispatch } from './dispatch.ts';
import type { EngineContext, Handlers } from './engine-context.ts';
import { appHandlers } from './handlers/app.ts';
import { attributionHandlers } from './handlers/attribution.ts';
import { browseHandlers } from './handlers/browse.ts';
import { datasetHandlers } from './handlers/datasets.ts';
import { deviceHandlers } from './handlers/devices.ts';
import { groupHandlers } from './handlers/groups.ts';
import { settingsHandlers } from './handlers/settings.ts';
import { paperHandlers } from './handlers/paper.ts';
import { studyHandlers } from './handlers/studies.ts';
import { theoryHandlers } from './handlers/theory.ts';
import { whatIfHandlers } from './handlers/what-if.ts';
import { predictionCache } from './predictions.ts';
import type { EngineServices } from './services.ts';
import { studyReader } from './study-reader.ts';

export interface EngineOptions {
  storeFile: string;
  /** resources/samples, wherever this build has it. */
  samplesFolder: string;
  /** Device name; null or absent: the automatic choice. */
  device?: string | null;
  host: AppInfo['host'];
  appVersion: string;
  /** Looks at an existing store beside another engine: nothing that writes is answered. */
  readOnly?: boolean;
  /** Another entry for the computing thread; for tests. */
  studyWorker?: URL;
  /** Computes in this thread by this function; for tests. */
  inline?: RunStudy;
  /** How long close() waits for the batch in hand. */
  closePatienceMs?: number;
}

/**
 * Opens the store and starts serving calls.
 * @throws LeverageError 'unavailable' when another engine has the store, 'storage' when it can not be opened
 */
export function composeEngine(options: EngineOptions, services: EngineServices): Engine {
  const store = options.readOnly === true ? openReader(options.storeFile) : openStore(options.storeFile);
  if (!store.readOnly) {
    try {
      store.studies.interruptUnfinished();
      store.studies.eraseHidden();
      store.namedGroups.eraseHidden();
      store.attributions.eraseHidden();
    } catch (thrown) {
      store.close();
      throw thrown;
    }
  }
  const listeners = new Set<(event: EngineEvent) => void>();
  const emit = (event: EngineEvent): void => broadcast(listeners, event);
  const device = options.device ?? null;
  const { appVersion } = options;
  const devices = deviceChoice({ store, services, device, appVersion });
  const compute =
    options.inline === undefined
      ? workerComputation(options.storeFile, options.studyWorker)
      : inlineComputation(store, options.inline, services.datasets.deserialise);
  const jobs = studyJobs({
    store,
    device,
    appVersion,
    // By what is chosen when the study starts, not when the engine did.
    start: (id, _device, keeper) => compute(id, devices.current(), keeper),
    onProgress: (id, progress) => emit({ type: 'study.progress', id, progress }),
    onChanged: (id) => {
      keepAgreements(id);
      emit({ type: 'studies.changed', id });
    },
    closePatienceMs: options.closePatienceMs,
  });
  const library = datasetLibrary(store, services.datasets, emit);
  const browser = openBrowser({ store, library, services, devices });
  const context: EngineContext = {
    store,
    jobs,
    services,
    files: admittedFiles(),
    library,
    predictions: predictionCache(),
    host: options.host,
    appVersion,
    devices,
    browser,
    emit,
  };
  const reader = studyReader(context);
  const datasets = datasetHandlers(context);
  const theory = theoryHandlers(context);
  const whatIf = whatIfHandlers(context);
  const attribution = attributionHandlers(context);
  const handlers: Handlers = {
    ...appHandlers(context),
    ...deviceHandlers(context),
    ...settingsHandlers(context),
    ...datasets,
    ...browseHandlers(context),
    ...groupHandlers(context),
    ...studyHandlers(context),
    ...theory,
    ...paperHandlers(context),
    ...whatIf,
    ...attribution,
  };
  let closing: Promise<void> | null = null;

  /** A study that has just ended gets its agreements kept, so that no list has to compute them. */
  function keepAgreements(id: string): void {
    try {
      const study = store.studies.get(id);
      if (study.status === 'done' && study.influenceSpearman === null) reader.detail(id);
    } catch {
      // Deleted meanwhile, or the disk is full: whoever opens the study computes them, and is told why not.
    }
  }

  return {
    call: async (method, input) => {
      if (closing !== null) throw new LeverageError('unavailable', 'The engine is closed.', 'Start Leverage again.');
      return dispatch(handlers, store, method, input);
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    admitFile: (path, name) => context.files.admit(path, name),
    close: () => {
      closing ??= (async () => {
        await datasets.cancelAll();
        await theory.close();
        await whatIf.closeAll();
        await attribution.close();
        await jobs.close();
        await browser.close();
        store.close();
      })();
      return closing;
    },
  };
}

/** A listener's exception is its own: it must not undo the commit that is being told. */
function broadcast(listeners: ReadonlySet<(event: EngineEvent) => void>, event: EngineEvent): void {
  for (const listener of [...listeners]) {
    try {
      listener(event);
    } catch (thrown) {
      console.error(`A listener failed on ${event.type}:`, thrown);
    }
  }
}
