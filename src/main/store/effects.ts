/** Effects, kept batch by batch as they are computed, read as one table. */
import type { Estimator, Evaluation } from '../../shared/quantities.ts';
import type { EffectsTable } from '../../shared/study.ts';
import type { BatchResult } from '../studies/study-run.ts';
import type { Connection } from './connection.ts';
import { fromExactJson, toExactJson } from './exact-json.ts';
import type { RetrainingRepository } from './retraining.ts';
import { bytesOf } from './typed-bytes.ts';

export interface EffectRepository {
  /** One batch, its certificates and remarks: all of it or none. */
  keep(studyId: string, batch: BatchResult): void;
  /** Indices of the batches kept. */
  batchesDone(studyId: string): Set<number>;
  notes(studyId: string): string[];
  /** Seconds per group of each estimator, over the batches that were timed; those that were not timed are left out. */
  estimatorSeconds(studyId: string, estimators: readonly Estimator[]): Partial<Record<Estimator, number>>;
  /** All batches so far; NaN where a batch is still to come. */
  table(studyId: string, groupCount: number, evaluations: Evaluation[], estimators: Estimator[]): EffectsTable;
}

interface BatchRow {
  first_group: number;
  group_count: number;
  effects: Buffer;
}

export function effectRepository(connection: Connection, retraining: RetrainingRepository): EffectRepository {
  const insert = connection.prepare<[string, number, number, number, string, Uint8Array, Uint8Array | null]>(
    `INSERT OR REPLACE INTO effect_batch (study_id, batch, first_group, group_count, notes_json, effects, estimator_seconds)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
  );
  const done = connection.prepare<[string], number>('SELECT batch FROM effect_batch WHERE study_id = ?').pluck();
  const notes = connection
    .prepare<[string], string>('SELECT notes_json FROM effect_batch WHERE study_id = ? ORDER BY batch')
    .pluck();
  const timed = connection.prepare<[string], { group_count: number; estimator_seconds: Buffer }>(
    'SELECT group_count, estimator_seconds FROM effect_batch WHERE study_id = ? AND estimator_seconds IS NOT NULL',
  );
  const batches = connection.prepare<[string], BatchRow>(
    'SELECT first_group, group_count, effects FROM effect_batch WHERE study_id = ?',
  );

  return {
    keep: (studyId, batch) => {
      connection.transaction(() => {
        insert.run(
          studyId,
          batch.batch,
          batch.firstGroup,
          batch.groupCount,
          toExactJson(batch.notes),
          Buffer.from(bytesOf(batch.values)),
          batch.estimatorSeconds === undefined ? null : Buffer.from(bytesOf(batch.estimatorSeconds)),
        );
        retraining.keep(studyId, batch.firstGroup, batch.retraining);
      })();
    },
    batchesDone: (studyId) => new Set(done.all(studyId)),
    notes: (studyId) => notes.all(studyId).flatMap((text) => fromExactJson<string[]>(text)),
    estimatorSeconds: (studyId, estimators) => {
      const sums = new Float64Array(estimators.length);
      let groups = 0;
      for (const row of timed.iterate(studyId)) {
        groups += row.group_count;
        const seconds = new Float64Array(Uint8Array.from(row.estimator_seconds).buffer);
        for (let s = 0; s < sums.length; s++) sums[s] += seconds[s];
      }
      if (groups === 0) return {};
      return Object.fromEntries(estimators.map((estimator, s) => [estimator, sums[s] / groups]));
    },
    table: (studyId, groupCount, evaluations, estimators) => {
      const series = evaluations.length * estimators.length;
      const values = new Float64Array(series * groupCount).fill(NaN);
      for (const row of batches.iterate(studyId)) {
        const batch = new Float64Array(Uint8Array.from(row.effects).buffer);
        for (let line = 0; line < series; line++) {
          const from = line * row.group_count;
          values.set(batch.subarray(from, from + row.group_count), line * groupCount + row.first_group);
        }
      }
      return { groupCount, evaluations, estimators, values };
    },
  };
}
