/** Results of a study's analyses: JSON, its long arrays of numbers as bytes beside it. */
import type { AnalysisResult } from '../../shared/analyses.ts';
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

/** Stands for an array in the JSON: its kind, and where it lies among the numbers. */
const MARK = '$array';

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

function withoutArrays(value: unknown, numbers: number[]): unknown {
  if (value instanceof Float64Array || value instanceof Int32Array) {
    const start = numbers.length;
    for (const number of value) numbers.push(number);
    return { [MARK]: [value instanceof Int32Array ? 'int32' : 'float64', start, value.length] };
  }
  if (Array.isArray(value)) return value.map((entry) => withoutArrays(entry, numbers));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, withoutArrays(entry, numbers)]));
}

function withArrays(value: unknown, numbers: Float64Array): unknown {
  if (Array.isArray(value)) return value.map((entry) => withArrays(entry, numbers));
  if (typeof value !== 'object' || value === null) return value;
  if (MARK in value) {
    const [kind, start, length] = value[MARK] as [string, number, number];
    const part = numbers.slice(start, start + length);
    return kind === 'int32' ? Int32Array.from(part) : part;
  }
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, withArrays(entry, numbers)]));
}
