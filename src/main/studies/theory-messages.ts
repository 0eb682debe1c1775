/** What the engine and the thread that computes theory say to each other. Both ends are this program, of one build. */
import type { Failure } from '../../shared/errors.ts';
import type { GroupTheory, StudyTheory } from '../../shared/theory.ts';

/** Given to the thread when it starts: one study's model is held there. */
export interface TheoryWorkerData {
  storeFile: string;
  studyId: string;
  device: string | null;
}

export type TheoryAsk = { what: 'study' } | { what: 'group'; index: number };

export interface TheoryCall {
  number: number;
  ask: TheoryAsk;
  /** One Int32: not 0 when nobody waits any more. */
  cancelFlag: SharedArrayBuffer;
}

/** Without what the engine knows itself. */
export type TheoryOfGroup = Omit<GroupTheory, 'nearest'>;

export type TheoryAnswer = { number: number } & (
  { failure: Failure } | { study: StudyTheory } | { group: TheoryOfGroup }
);
