/** Agreements of a study, kept beside its effects: they are dear to compute and asked for by every list. */
import type { Agreement } from '../../shared/study.ts';
import type { Connection } from './connection.ts';
import { fromExactJson, toExactJson } from './exact-json.ts';

export interface AgreementRepository {
  /** Replaces what was kept. `groupsDone`: over how many groups they were computed. */
  keep(studyId: string, groupsDone: number, agreements: readonly Agreement[]): void;
  /** Null when none are kept, or when they are of another number of groups. */
  load(studyId: string, groupsDone: number): Agreement[] | null;
}

export function agreementRepository(connection: Connection): AgreementRepository {
  const insert = connection.prepare<[string, number, number | null, number | null, string]>(
    `INSERT OR REPLACE INTO study_agreement
       (study_id, groups_done, influence_lowest, influence_highest, agreements_json)
     VALUES (?, ?, ?, ?, ?)`,
  );
  const one = connection
    .prepare<[string, number], string>(
      'SELECT agreements_json FROM study_agreement WHERE study_id = ? AND groups_done = ?',
    )
    .pluck();
  return {
    keep: (studyId, groupsDone, agreements) => {
      const rhos = agreements
        .filter(({ groups, estimator }) => groups === 'all' && estimator === 'influence')
        .map(({ spearman }) => spearman)
        .filter(Number.isFinite);
      const [lowest, highest] = rhos.length === 0 ? [null, null] : [Math.min(...rhos), Math.max(...rhos)];
      insert.run(studyId, groupsDone, lowest, highest, toExactJson(agreements));
    },
    load: (studyId, groupsDone) => {
      const text = one.get(studyId, groupsDone);
      return text === undefined ? null : fromExactJson<Agreement[]>(text);
    },
  };
}
