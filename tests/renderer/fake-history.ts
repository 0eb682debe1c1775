/** The fake engine's list of studies, and what a person changes in it. */
import { LeverageError } from '../../src/shared/errors.ts';
import type { StudySummary } from '../../src/shared/study.ts';
import type { Answers, Emit } from './fake-part.ts';
import { studyOf, type FakeStore, type FakeStudy } from './fake-store.ts';

export function historyAnswers(store: FakeStore, emit: Emit): Answers {
  return {
    'studies.list': () => store.studies.filter((study) => !study.hidden).map((study) => study.summary),
    'studies.rename': ({ id, name }) => (updateStudy(studyOf(store, id), { name }, emit), null),
    'studies.annotate': ({ id, ...annotation }) => (updateStudy(studyOf(store, id), annotation, emit), null),
    'studies.delete': ({ id }) => {
      const study = studyOf(store, id);
      study.hidden = true;
      updateStudy(study, {}, emit);
      return null;
    },
    'studies.restore': ({ id }) => {
      const study = store.studies.find((candidate) => candidate.summary.id === id);
      if (study === undefined) throw new LeverageError('notFound', `There is no study "${id}".`);
      study.hidden = false;
      updateStudy(study, {}, emit);
      return null;
    },
  };
}

/** Changes a study and tells of it. */
export function updateStudy(study: FakeStudy, changes: Partial<StudySummary>, emit: Emit): void {
  study.summary = { ...study.summary, ...changes };
  emit({ type: 'studies.changed', id: study.summary.id });
}
