/** What a run needs, read from the store: the study, its dataset and everything already kept of it. */
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
  return {
    spec: store.studies.spec(studyId),
    dataset: deserialiseDataset(meta, arrays),
    datasetFingerprint: store.datasets.get(datasetId).fingerprint,
    fileGroups: store.studies.fileGroups(studyId),
    device,
    state: {
      fit: store.fits.load(studyId),
      groups: store.groups.load(studyId),
      batchesDone: store.effects.batchesDone(studyId),
      training: store.trainings.load(studyId),
    },
  };
}
