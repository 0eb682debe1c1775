/** What a run needs, read from the store: the study, its dataset and everything already kept of it. */
import { isTrainable } from '../../shared/study-spec.ts';
import type { Store } from '../store/index.ts';
import type { DeserialiseDataset } from './computation.ts';
import type { StudyRequest } from './study-run.ts';

export function loadStudyRequest(
  store: Store,
  studyId: string,
  device: string | null,
  deserialiseDataset: DeserialiseDataset,
): StudyRequest {
  const { datasetId } = store.studies.get(studyId);
  const { meta, arrays } = store.datasets.load(datasetId);
  const spec = store.studies.spec(studyId);
  const warmStart = isTrainable(spec.model) ? undefined : spec.model.warmStart;
  return {
    spec,
    // Deleted meanwhile, or never fitted: the fit begins at 0, and ends at the same optimum.
    startFrom: warmStart === undefined ? null : (store.fits.load(warmStart)?.coefficients ?? null),
    dataset: deserialiseDataset(meta, arrays),
    datasetFingerprint: store.datasets.get(datasetId).fingerprint,
    fileGroups: store.studies.fileGroups(studyId),
    device,
    state: {
      fit: store.fits.load(studyId),
      groups: store.groups.load(studyId),
      batchesDone: store.effects.batchesDone(studyId),
      analysesDone: store.analyses.done(studyId),
      training: store.trainings.load(studyId),
    },
  };
}
