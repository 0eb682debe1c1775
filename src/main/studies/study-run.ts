/**
 * The seam between computing a study and keeping it. `runStudy` computes; the
 * caller supplies what is already kept (resume) and a sink that keeps the rest.
 */
import type { Dataset } from '../../shared/dataset.ts';
import type { Group } from '../../shared/group.ts';
import type { Evaluation } from '../../shared/quantities.ts';
import type { Agreement, Provenance, Retraining, Stage, StudyProgress } from '../../shared/study.ts';
import type { StudySpec } from '../../shared/study-spec.ts';
import type { TrainingState } from '../models/trainable/trainable-model.ts';
import type { TrainingUpdate } from '../store/trainings.ts';
import type { StoredFit } from '../models/fitted-model.ts';

/** Everything decided before the first batch; stored once, so that a resumed run decides nothing again. */
export interface StudyGroups {
  groups: Group[];
  evaluations: Evaluation[];
  /** Groups per batch, in order; sums to groups.length. Fixed, so that a resumed run has the same batches. */
  batchSizes: number[];
  notes: string[];
}

export interface BatchResult {
  batch: number;
  firstGroup: number;
  groupCount: number;
  /** value(e, s, g) = values[(e · estimators + s) · groupCount + g]; NaN where undefined. */
  values: Float64Array;
  /** One per group when 'actual' is among the estimators, else empty. */
  retraining: Retraining[];
  notes: string[];
}

export interface StudyState {
  fit: StoredFit | null;
  groups: StudyGroups | null;
  /** Indices of the batches already kept. */
  batchesDone: ReadonlySet<number>;
  /** Of a network whose training was interrupted. */
  training?: TrainingState | null;
}

export interface StudySink {
  progress(progress: StudyProgress): void;
  /** Resolves when kept. */
  fitted(fit: StoredFit, provenance: Provenance): Promise<void>;
  /** After each epoch of a network; where it is left out, an interrupted training starts anew. */
  trained?(update: TrainingUpdate): Promise<void>;
  grouped(groups: StudyGroups): Promise<void>;
  batch(result: BatchResult): Promise<void>;
  stageSeconds(stage: Stage, seconds: number): void;
  /** True when the user stopped the run; read often, must be cheap. */
  cancelled(): boolean;
}

export interface StudyRequest {
  spec: StudySpec;
  dataset: Dataset;
  datasetFingerprint: string;
  /** Groups read from files named in the spec, by position in spec.groups (an array) or 0. */
  fileGroups: Record<number, Group[]>;
  /** Device name, or null for the automatic choice. */
  device: string | null;
  state: StudyState;
}

export type AgreementsOf = (
  evaluations: readonly Evaluation[],
  estimators: StudySpec['estimators'],
  groups: readonly Pick<Group, 'origin'>[],
  values: Float64Array,
) => Agreement[];
