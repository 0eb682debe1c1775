/** What the engine and a computing thread say to each other. Both ends are this program, of one build. */
import type { Failure } from '../../shared/errors.ts';
import type { Provenance, Stage, StudyProgress } from '../../shared/study.ts';
import type { StoredFit } from '../models/fitted-model.ts';
import type { TrainingUpdate } from '../store/trainings.ts';
import type { BatchResult, StudyGroups } from './study-run.ts';

/** Given to the thread when it starts. */
export interface StudyWorkerData {
  storeFile: string;
  studyId: string;
  device: string | null;
  /** One Int32: not 0 when the study shall stop. Shared memory, because a computing thread reads no messages. */
  cancelFlag: SharedArrayBuffer;
}

export type Result =
  | { what: 'fitted'; fit: StoredFit; provenance: Provenance }
  | { what: 'trained'; update: TrainingUpdate }
  | { what: 'grouped'; groups: StudyGroups }
  | { what: 'batch'; result: BatchResult };

export type FromWorker =
  | { type: 'progress'; progress: StudyProgress }
  | { type: 'stageSeconds'; stage: Stage; seconds: number }
  /** Answered by a `Kept` of the same number. */
  | { type: 'result'; number: number; result: Result }
  | { type: 'ended'; failure: Failure | null };

export interface Kept {
  number: number;
  /** Null when committed. */
  failure: Failure | null;
}
