/** Commits what a run computes: each part in a transaction of its own, with the computing time up to it. */
import type { Store } from '../store/index.ts';
import type { ResultKeeper } from './computation.ts';

export interface KeepOptions {
  appVersion: string;
  /** After something was committed. */
  onKept: () => void;
  onProgress: ResultKeeper['progress'];
}

export function storeKeeper(store: Store, studyId: string, options: KeepOptions): ResultKeeper & { close(): void } {
  let countedUntil = performance.now();

  function keep(work: () => void): void {
    const now = performance.now();
    store.transaction(() => {
      work();
      store.studies.addSeconds(studyId, (now - countedUntil) / 1000);
    });
    countedUntil = now;
    options.onKept();
  }

  return {
    progress: options.onProgress,
    fitted: (fit, provenance) =>
      keep(() => {
        store.fits.keep(studyId, fit);
        store.provenance.add(studyId, { ...provenance, appVersion: options.appVersion });
      }),
    trained: (update) => keep(() => store.trainings.keep(studyId, update)),
    grouped: (groups) => keep(() => store.groups.keep(studyId, groups)),
    batch: (result) => keep(() => store.effects.keep(studyId, result)),
    stageSeconds: (stage, seconds) => keep(() => store.studies.addStageSeconds(studyId, stage, seconds)),
    /** Counts the time since the last commit. */
    close: () => keep(() => undefined),
  };
}
