/** One run of a study, wherever it computes: in a worker thread (the app) or in this thread (unit tests). */
import type { Dataset } from '../../shared/dataset.ts';
import type { Failure } from '../../shared/errors.ts';
import type { Provenance, Stage, StudyProgress } from '../../shared/study.ts';
import type { Json } from '../datasets/serialise.ts';
import type { StoredFit } from '../models/fitted-model.ts';
import type { NamedBytes } from '../store/index.ts';
import type { TrainingUpdate } from '../store/trainings.ts';
import type { BatchResult, StudyGroups, StudyRequest, StudySink } from './study-run.ts';

export type RunStudy = (request: StudyRequest, sink: StudySink) => Promise<void>;
export type DeserialiseDataset = (meta: Json, arrays: readonly NamedBytes[]) => Dataset;

/** Where results go. Each call returns when its part is committed, or throws LeverageError 'storage'. */
export interface ResultKeeper {
  progress(progress: StudyProgress): void;
  fitted(fit: StoredFit, provenance: Provenance): void;
  /** After each epoch of a network. */
  trained(update: TrainingUpdate): void;
  grouped(groups: StudyGroups): void;
  batch(result: BatchResult): void;
  stageSeconds(stage: Stage, seconds: number): void;
}

export type Ending =
  | { kind: 'finished' }
  /** The run threw: `failure.kind` is 'cancelled' when it was asked to stop. */
  | { kind: 'failed'; failure: Failure }
  /** The thread ended without a word. */
  | { kind: 'crashed'; failure: Failure };

export interface Computation {
  /** Asks it to stop after the batch in hand. */
  cancel(): void;
  /** Never rejects. */
  readonly ended: Promise<Ending>;
  /** Stops it where it stands; what is not committed is lost. */
  terminate(): Promise<void>;
}

export type StartComputation = (studyId: string, device: string | null, keeper: ResultKeeper) => Computation;
