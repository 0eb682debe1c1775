/** What the fake engine keeps: datasets, and studies in every state. */
import type { DatasetDetail } from '../../src/shared/dataset.ts';
import { LeverageError } from '../../src/shared/errors.ts';
import { ESTIMATORS } from '../../src/shared/quantities.ts';
import type { GroupSummary, StudyStatus, StudySummary } from '../../src/shared/study.ts';
import type { StudySpec } from '../../src/shared/study-spec.ts';
import { CANCER, DIABETES, DIGITS, evaluationsOf, groupsOf } from './fake-data.ts';
import type { FakeOptions } from './fake-part.ts';

export interface FakeStudy {
  summary: StudySummary;
  spec: StudySpec;
  dataset: DatasetDetail;
  groups: GroupSummary[];
  /** Deleted, and not yet gone. */
  hidden: boolean;
}

export interface FakeStore {
  datasets: DatasetDetail[];
  studies: FakeStudy[];
}

export function createFakeStore(filling: FakeOptions['store']): FakeStore {
  const store: FakeStore = { datasets: filling === 'bare' ? [] : [CANCER, DIGITS], studies: [] };
  if (filling === 'full') addExamples(store);
  return store;
}

export function datasetOf({ datasets }: FakeStore, id: string): DatasetDetail {
  const found = datasets.find((candidate) => candidate.id === id);
  if (found === undefined)
    throw new LeverageError('notFound', `There is no dataset "${id}".`, 'Choose one from the library.');
  return found;
}

/** A study that is not deleted. */
export function studyOf({ studies }: FakeStore, id: string): FakeStudy {
  const study = studies.find((candidate) => candidate.summary.id === id && !candidate.hidden);
  if (study === undefined)
    throw new LeverageError('notFound', `There is no study "${id}".`, 'Open one from the history.');
  return study;
}

/** @param share of the groups, done */
export function addStudy(
  { studies }: FakeStore,
  name: string,
  dataset: DatasetDetail,
  status: StudyStatus,
  sizes: number,
  share: number,
  spec?: StudySpec,
): FakeStudy {
  const groups = groupsOf(dataset, sizes);
  const id = `s-${studies.length + 1}`;
  const day = String(22 - Math.min(9, studies.length)).padStart(2, '0');
  const fitted = status !== 'failed' && status !== 'queued';
  const study: FakeStudy = {
    summary: {
      id,
      name,
      status,
      failure:
        status === 'failed'
          ? {
              kind: 'numerical',
              message: 'Group "sharedFeature-12" did not reach the tolerance 1e-14: its gradient stalled at 3e-13.',
              hint: 'Choose a tolerance of 1e-12 or more and run again; finished groups are kept.',
            }
          : null,
      datasetId: dataset.id,
      datasetName: dataset.name,
      groupCount: groups.length,
      groupsDone: Math.round(groups.length * share),
      estimators: ['influence', 'newton', 'actual'],
      evaluationCount: evaluationsOf(dataset).length,
      testAccuracy: fitted ? (dataset === DIABETES ? 0.682 : 0.9649) : null,
      relativeL2: fitted ? (dataset === DIABETES ? 2.154e-4 : 1e-3) : null,
      createdAt: `2026-11-${day}T0${studies.length % 9}:14:00Z`,
      startedAt: `2026-11-${day}T08:14:01Z`,
      finishedAt: status === 'done' ? `2026-11-${day}T08:15:10Z` : null,
      seconds: dataset === DIABETES ? 184 : 9.8 * share,
      tags: [],
      note: '',
      pinned: false,
      influenceSpearman: null,
    },
    spec: spec ?? specOf(name, dataset, sizes),
    dataset,
    groups,
    hidden: false,
  };
  studies.push(study);
  return study;
}

function addExamples(store: FakeStore): void {
  store.datasets.push(DIABETES);
  addStudy(store, 'Breast cancer, 1 700 groups', CANCER, 'done', 100, 1);
  addStudy(store, 'Digits', DIGITS, 'running', 20, 0.3);
  addStudy(store, 'Diabetes readmission', DIABETES, 'done', 10, 1, {
    ...specOf('Diabetes readmission', DIABETES, 10),
    groups: [{ column: 'race' }, { constructors: ['random'], sizes: { from: 0.0025, to: 0.25, count: 10 }, seed: 0 }],
  });
  addStudy(store, 'Diabetes, λ by cross-validation', DIABETES, 'cancelled', 20, 0.45);
  addStudy(store, 'Tight tolerance', CANCER, 'failed', 10, 0.1);
  addStudy(store, 'Night run', CANCER, 'interrupted', 40, 0.8);
}

function specOf(name: string, dataset: DatasetDetail, sizes: number): StudySpec {
  return {
    name,
    dataset: { id: dataset.id },
    model: { l2: { relative: 1e-3 }, intercept: true },
    groups: {
      constructors: [
        'random',
        'randomWithinClass',
        'sharedFeature',
        'featureClusters',
        'gradientClusters',
        'positiveInfluence',
        'negativeInfluence',
      ],
      sizes: { from: 0.0025, to: 0.25, count: sizes },
      seed: 0,
    },
    evaluate: { testPoints: { highestLoss: 3, random: 3 }, quantities: ['margin', 'loss', 'selfLoss', 'meanTestLoss'] },
    estimators: ESTIMATORS.slice(0, 3),
    tolerance: 1e-8,
  };
}
