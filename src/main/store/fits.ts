/** Fits and where they were computed. */
import type { FitSummary, Provenance } from '../../shared/study.ts';
import type { StoredFit } from '../models/fitted-model.ts';
import type { BlobRepository } from './blobs.ts';
import type { Connection } from './connection.ts';
import { fromExactJson, toExactJson } from './exact-json.ts';
import { bytesOf } from './typed-bytes.ts';

export interface FitRepository {
  /** The fit of a study; a second one replaces it. */
  keep(studyId: string, fit: StoredFit): void;
  load(studyId: string): StoredFit | null;
  summary(studyId: string): FitSummary | null;
}

interface FitRow {
  summary_json: string;
  logits: number;
  classes_json: string;
  feature_names_json: string;
  coefficients_blob: number;
}

export function fitRepository(connection: Connection, blobs: BlobRepository): FitRepository {
  const insert = connection.prepare<[string, number, number | null, string, number, string, string, number]>(
    `INSERT OR REPLACE INTO fit
       (study_id, lambda, test_accuracy, summary_json, logits, classes_json, feature_names_json, coefficients_blob)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const one = connection.prepare<[string], FitRow>(
    'SELECT summary_json, logits, classes_json, feature_names_json, coefficients_blob FROM fit WHERE study_id = ?',
  );
  const summary = connection.prepare<[string], string>('SELECT summary_json FROM fit WHERE study_id = ?').pluck();

  return {
    keep: (studyId, fit) => {
      connection.transaction(() => {
        insert.run(
          studyId,
          fit.summary.lambda,
          // R² is no accuracy, and must not be listed as one.
          fit.summary.score === 'r2' ? null : fit.summary.testAccuracy,
          toExactJson(fit.summary),
          fit.logits,
          toExactJson(fit.classes),
          toExactJson(fit.featureNames),
          blobs.put(bytesOf(fit.coefficients)),
        );
      })();
    },
    load: (studyId) => {
      const row = one.get(studyId);
      if (row === undefined) return null;
      return {
        summary: fromExactJson<FitSummary>(row.summary_json),
        coefficients: new Float64Array(blobs.get(row.coefficients_blob).buffer),
        logits: row.logits,
        classes: fromExactJson<string[]>(row.classes_json),
        featureNames: fromExactJson<string[]>(row.feature_names_json),
      };
    },
    summary: (studyId) => {
      const text = summary.get(studyId);
      return text === undefined ? null : fromExactJson<FitSummary>(text);
    },
  };
}

export interface ProvenanceRepository {
  /** One record per run of the study. */
  add(studyId: string, provenance: Provenance): void;
  /** Of the latest run. */
  latest(studyId: string): Provenance | null;
}

export function provenanceRepository(connection: Connection): ProvenanceRepository {
  const insert = connection.prepare<[string, string, string]>(
    `INSERT INTO provenance (study_id, run, provenance_json)
     VALUES (?, (SELECT coalesce(max(run), 0) + 1 FROM provenance WHERE study_id = ?), ?)`,
  );
  const latest = connection
    .prepare<[string], string>('SELECT provenance_json FROM provenance WHERE study_id = ? ORDER BY run DESC LIMIT 1')
    .pluck();
  return {
    add: (studyId, provenance) => void insert.run(studyId, studyId, toExactJson(provenance)),
    latest: (studyId) => {
      const text = latest.get(studyId);
      return text === undefined ? null : fromExactJson<Provenance>(text);
    },
  };
}
