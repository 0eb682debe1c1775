/** Studies that run in the fake engine: their groups are done one batch after the other, at the rate that was asked for. */
import type { Stage } from '../../src/shared/study.ts';
import type { StudySpec } from '../../src/shared/study-spec.ts';
import { CANCER, DIGITS } from './fake-data.ts';
import { updateStudy } from './fake-history.ts';
import type { Answers, Emit, FakeOptions } from './fake-part.ts';
import { addStudy, datasetOf, studyOf, type FakeStore, type FakeStudy } from './fake-store.ts';

const BATCH_MS = 200;

/** Studies of the store that are running go on from here. */
export function runAnswers(store: FakeStore, options: FakeOptions, emit: Emit): Answers {
  for (const study of store.studies) if (study.summary.status === 'running') run(study, options.rate, emit);
  return {
    'studies.plan': ({ spec }) => {
      const sources = Array.isArray(spec.groups) ? spec.groups : [spec.groups];
      const first = sources[0];
      const count =
        first !== undefined && 'constructors' in first
          ? (first.sizes?.count ?? 100) *
            (first.constructors ?? []).reduce((sum, name) => sum + (name.endsWith('Influence') ? 6 : 1), 0)
          : 68;
      return {
        groupCount: count,
        evaluationCount: 14,
        bytes: 4.1e7 + count * 2e4,
        seconds: count / 150,
        notes: count > 1000 ? ['Hierarchical clusters fit in memory and are used.'] : [],
      };
    },
    'studies.run': ({ spec }) => {
      const named = spec.dataset;
      const chosen =
        'sample' in named
          ? named.sample === 'digits'
            ? DIGITS
            : CANCER
          : 'id' in named
            ? datasetOf(store, named.id)
            : CANCER;
      const study = addStudy(
        store,
        spec.name ?? 'study',
        chosen,
        'running',
        chosen === DIGITS ? 20 : 100,
        0,
        // As the engine stores it: the model is written out.
        { ...spec, model: { l2: { relative: 1e-3 }, intercept: true, ...spec.model } } as StudySpec,
      );
      study.summary = { ...study.summary, createdAt: '2026-11-22T23:00:00Z', testAccuracy: null, relativeL2: null };
      run(study, options.rate, emit);
      emit({ type: 'studies.changed', id: study.summary.id });
      return study.summary;
    },
    'studies.cancel': ({ id }) => (updateStudy(studyOf(store, id), { status: 'cancelled' }, emit), null),
    'studies.resume': ({ id }) => {
      const study = studyOf(store, id);
      updateStudy(study, { status: 'running', failure: null }, emit);
      run(study, options.rate, emit);
      return study.summary;
    },
  };
}

/** @param rate groups per second */
function run(study: FakeStudy, rate: number, emit: Emit): void {
  const total = study.groups.length;
  const timer = setInterval(() => {
    if (study.summary.status !== 'running') return clearInterval(timer);
    const done = Math.min(total, study.summary.groupsDone + Math.max(1, Math.round((rate * BATCH_MS) / 1000)));
    const stage: Stage = done < total ? 'retrain' : 'summarise';
    study.summary = {
      ...study.summary,
      groupsDone: done,
      seconds: study.summary.seconds + BATCH_MS / 1000,
      testAccuracy: 0.9649,
      relativeL2: 1e-3,
    };
    emit({
      type: 'study.progress',
      id: study.summary.id,
      progress: {
        stage,
        groupsDone: done,
        groupsTotal: total,
        rate,
        secondsLeft: (total - done) / rate,
      },
    });
    if (done === total) updateStudy(study, { status: 'done', finishedAt: '2026-11-22T09:00:00Z' }, emit);
  }, BATCH_MS);
}
