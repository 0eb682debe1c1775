/** Results of a study's analyses: JSON, its long arrays of numbers as bytes beside it. */
import type { AnalysisResult } from '../../shared/analyses.ts';
import { withArrays, withoutArrays } from './arrays-in-json.ts';
import type { Connection } from './connection.ts';
import { fromExactJson, toExactJson } from './exact-json.ts';
import { bytesOf } from './typed-bytes.ts';

export interface AnalysisRepository {
  /** Replaces what was kept at this position. */
  keep(studyId: string, position: number, result: AnalysisResult): void;
  /** Positions kept. */
  done(studyId: string): Set<number>;
  /** In the order of the study's field. */
  list(studyId: string): AnalysisResult[];
}

interface AnalysisRow {
  result_json: string;
  numbers: Buffer;
}

export function analysisRepository(connection: Connection): AnalysisRepository {
  const insert = connection.prepare<[string, number, string, string, Uint8Array]>(
    'INSERT OR REPLACE INTO study_analysis (study_id, position, kind, result_json, numbers) VALUES (?, ?, ?, ?, ?)',
  );
  const positions = connection
    .prepare<[string], number>('SELECT position FROM study_analysis WHERE study_id = ?')
    .pluck();
  const all = connection.prepare<[string], AnalysisRow>(
    'SELECT result_json, numbers FROM study_analysis WHERE study_id = ? ORDER BY position',
  );
  return {
    keep: (studyId, position, result) => {
      const numbers: number[] = [];
      const json = toExactJson(withoutArrays(result, numbers));
      insert.run(studyId, position, result.kind, json, Buffer.from(bytesOf(Float64Array.from(numbers))));
    },
    done: (studyId) => new Set(positions.all(studyId)),
    list: (studyId) =>
      all.all(studyId).map((row) => {
        const numbers = new Float64Array(Uint8Array.from(row.numbers).buffer);
        // This program wrote it from an AnalysisResult.
        return withArrays(fromExactJson(row.result_json), numbers) as AnalysisResult;
      }),
  };
}
