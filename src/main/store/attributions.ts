/** Attributions that were computed: a summary for lists, the result as JSON, its long arrays as a blob. */
import type { AttributionResult, AttributionSummary } from '../../shared/attribution.ts';
import { LeverageError } from '../../shared/errors.ts';
import { withArrays, withoutArrays } from './arrays-in-json.ts';
import type { BlobRepository } from './blobs.ts';
import type { Connection } from './connection.ts';
import { fromExactJson, toExactJson } from './exact-json.ts';
import { bytesOf } from './typed-bytes.ts';

export interface AttributionRepository {
  keep(summary: AttributionSummary, result: AttributionResult): void;
  /** Of a dataset, newest first; without hidden ones. */
  list(dataset: string): AttributionSummary[];
  /** Throws 'notFound'. */
  summary(id: string): AttributionSummary;
  /** Throws 'notFound'. */
  load(id: string): AttributionResult;
  /** Throws 'notFound'. */
  hide(id: string, at: string): void;
  restore(id: string): void;
  eraseHidden(): void;
}

interface ResultRow {
  result_json: string;
  numbers_blob: number;
}

export function attributionRepository(connection: Connection, blobs: BlobRepository): AttributionRepository {
  const insert = connection.prepare<
    [string, string, string, string | null, string, number, string, string, number],
    unknown
  >(
    `INSERT INTO attribution (id, dataset_id, kind, parent_id, created_at, seconds, summary_json, result_json, numbers_blob)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const all = connection
    .prepare<[string], string>(
      `SELECT summary_json FROM attribution WHERE dataset_id = ? AND deleted_at IS NULL
         AND NOT EXISTS (SELECT 1 FROM attribution AS parent
                         WHERE parent.id = attribution.parent_id AND parent.deleted_at IS NOT NULL)
       ORDER BY created_at DESC, rowid DESC`,
    )
    .pluck();
  const one = connection.prepare<[string], string>('SELECT summary_json FROM attribution WHERE id = ?').pluck();
  const result = connection.prepare<[string], ResultRow>(
    'SELECT result_json, numbers_blob FROM attribution WHERE id = ?',
  );
  const mark = connection.prepare<[string | null, string]>('UPDATE attribution SET deleted_at = ? WHERE id = ?');
  const erase = connection.prepare('DELETE FROM attribution WHERE deleted_at IS NOT NULL');

  return {
    keep: (summary, found) => {
      connection.transaction(() => {
        const numbers: number[] = [];
        const json = toExactJson(withoutArrays(found, numbers));
        const blob = blobs.put(bytesOf(Float64Array.from(numbers)));
        const { id, dataset, kind, parent, createdAt, seconds } = summary;
        insert.run(id, dataset, kind, parent, createdAt, seconds, toExactJson(summary), json, blob);
      })();
    },
    list: (dataset) => all.all(dataset).map((json) => fromExactJson<AttributionSummary>(json)),
    summary: (id) => {
      const json = one.get(id);
      if (json === undefined) throw none(id);
      return fromExactJson<AttributionSummary>(json);
    },
    load: (id) => {
      const row = result.get(id);
      if (row === undefined) throw none(id);
      const numbers = new Float64Array(blobs.get(row.numbers_blob).buffer);
      // This program wrote it from an AttributionResult.
      return withArrays(fromExactJson(row.result_json), numbers) as AttributionResult;
    },
    hide: (id, at) => {
      if (mark.run(at, id).changes === 0) throw none(id);
    },
    restore: (id) => {
      if (mark.run(null, id).changes === 0) throw none(id);
    },
    eraseHidden: () => {
      connection.transaction(() => {
        if (erase.run().changes > 0) blobs.sweep();
      })();
    },
  };
}

function none(id: string): LeverageError {
  return new LeverageError('notFound', `There is no attribution ${id} in the store.`, 'Run it again.');
}
