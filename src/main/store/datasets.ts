/** Datasets: a description in JSON, the arrays as blobs. One content, one dataset. */
import { createHash } from 'node:crypto';
import type { ColumnSummary, DatasetDetail, DatasetSummary } from '../../shared/dataset.ts';
import { LeverageError } from '../../shared/errors.ts';
import type { Json } from '../datasets/serialise.ts';
import type { BlobRepository } from './blobs.ts';
import type { Connection } from './connection.ts';
import { fromExactJson, toExactJson } from './exact-json.ts';

export interface NamedBytes {
  name: string;
  bytes: Uint8Array;
  /** Of the bytes, hex, where it is known. */
  sha256?: string;
}

/** A dataset as it goes into the store: `meta` and `arrays` are what `serialiseDataset` made of it. */
export interface DatasetToKeep {
  summary: DatasetSummary;
  columns: ColumnSummary[];
  meta: Json;
  arrays: readonly NamedBytes[];
  /** Name of the bundled sample, else null. */
  sample: string | null;
}

export interface DatasetRepository {
  /** Keeps it whole or not at all. The same fingerprint is the same dataset: the one already there is returned. */
  add(dataset: DatasetToKeep): DatasetSummary;
  /**
   * As `add`, array by array: `between` is awaited after every few megabytes, so that others are answered
   * meanwhile; when it throws, nothing is kept.
   */
  addGradually(dataset: DatasetToKeep, between: () => Promise<void>): Promise<DatasetSummary>;
  /** Newest first. */
  list(): DatasetSummary[];
  /** Throws 'notFound'. */
  get(id: string): DatasetDetail;
  findByFingerprint(fingerprint: string): DatasetSummary | null;
  findBySample(name: string): DatasetSummary | null;
  /** What `deserialiseDataset` needs. Throws 'notFound'. */
  load(id: string): { meta: Json; arrays: { name: string; bytes: Uint8Array<ArrayBuffer> }[] };
  /** Names of the studies of it, hidden ones included. */
  studiesOf(id: string): { name: string; deleted: boolean }[];
  /** Throws 'invalidInput' while a study needs it, 'notFound' when there is none. */
  remove(id: string): void;
}

interface DatasetRow {
  summary_json: string;
  columns_json: string;
  meta_json: string;
  sample: string | null;
}

export function datasetRepository(connection: Connection, blobs: BlobRepository): DatasetRepository {
  const insert = connection.prepare<[string, string, string | null, string, string, string, string]>(
    `INSERT INTO dataset (id, fingerprint, sample, imported_at, summary_json, columns_json, meta_json)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
  );
  const insertArray = connection.prepare<[string, number, string, number]>(
    'INSERT INTO dataset_array (dataset_id, position, name, blob_id) VALUES (?, ?, ?, ?)',
  );
  const markSample = connection.prepare<[string, string]>('UPDATE dataset SET sample = ? WHERE id = ?');
  const all = connection.prepare<[], DatasetRow>(
    'SELECT summary_json, sample FROM dataset ORDER BY imported_at DESC, rowid DESC',
  );
  const one = connection.prepare<[string], DatasetRow>(
    'SELECT summary_json, columns_json, sample FROM dataset WHERE id = ?',
  );
  const byFingerprint = connection.prepare<[string], DatasetRow>(
    'SELECT summary_json, sample FROM dataset WHERE fingerprint = ?',
  );
  const bySample = connection.prepare<[string], DatasetRow>(
    'SELECT summary_json, sample FROM dataset WHERE sample = ?',
  );
  const meta = connection.prepare<[string], string>('SELECT meta_json FROM dataset WHERE id = ?').pluck();
  const arrays = connection.prepare<[string], { name: string; blob_id: number }>(
    'SELECT name, blob_id FROM dataset_array WHERE dataset_id = ? ORDER BY position',
  );
  const studies = connection.prepare<[string], { name: string; deleted: number }>(
    'SELECT name, deleted_at IS NOT NULL AS deleted FROM study WHERE dataset_id = ? ORDER BY created_at',
  );
  const erase = connection.prepare<[string]>('DELETE FROM dataset WHERE id = ?');

  const find = (row: DatasetRow | undefined): DatasetSummary | null => (row === undefined ? null : summaryOf(row));
  const findByFingerprint = (fingerprint: string): DatasetSummary | null => find(byFingerprint.get(fingerprint));
  const findBySample = (name: string): DatasetSummary | null => find(bySample.get(name));
  const studiesOf = (id: string): { name: string; deleted: boolean }[] =>
    studies.all(id).map((study) => ({ name: study.name, deleted: study.deleted === 1 }));

  const add = connection.transaction((dataset: DatasetToKeep, put: (array: NamedBytes) => number): DatasetSummary => {
    const { summary, sample } = dataset;
    const known = findByFingerprint(summary.fingerprint);
    if (known !== null) {
      if (sample === null || known.sample || findBySample(sample) !== null) return known;
      markSample.run(sample, known.id);
      return { ...known, sample: true };
    }
    insert.run(
      summary.id,
      summary.fingerprint,
      sample,
      summary.importedAt,
      toExactJson(summary),
      toExactJson(dataset.columns),
      toExactJson(dataset.meta),
    );
    dataset.arrays.forEach((array, position) => {
      insertArray.run(summary.id, position, array.name, put(array));
    });
    return { ...summary, sample: sample !== null };
  });

  async function addGradually(dataset: DatasetToKeep, between: () => Promise<void>): Promise<DatasetSummary> {
    const release = blobs.hold();
    const ids = new Map<NamedBytes, number>();
    try {
      if (findByFingerprint(dataset.summary.fingerprint) === null) {
        for (const array of dataset.arrays) {
          const sha256 = array.sha256 ?? createHash('sha256').update(array.bytes).digest('hex');
          ids.set(array, await blobs.putGradually(array.bytes, sha256, between));
        }
      }
      const kept = add(dataset, (array) => ids.get(array) ?? blobs.put(array.bytes));
      release();
      return kept;
    } catch (thrown) {
      release();
      blobs.sweep();
      throw thrown;
    }
  }

  return {
    add: (dataset) => add(dataset, (array) => blobs.put(array.bytes)),
    addGradually,
    list: () => all.all().map(summaryOf),
    get: (id) => {
      const row = one.get(id);
      if (row === undefined) throw noDataset(id);
      return { ...summaryOf(row), columns: fromExactJson<ColumnSummary[]>(row.columns_json) };
    },
    findByFingerprint,
    findBySample,
    load: (id) => {
      const text = meta.get(id);
      if (text === undefined) throw noDataset(id);
      return {
        meta: fromExactJson<Json>(text),
        arrays: arrays.all(id).map((array) => ({ name: array.name, bytes: blobs.get(array.blob_id) })),
      };
    },
    studiesOf,
    remove: (id) => {
      connection.transaction(() => {
        const users = studiesOf(id);
        if (users.length > 0) throw stillUsed(users);
        if (erase.run(id).changes === 0) throw noDataset(id);
        blobs.sweep();
      })();
    },
  };
}

function summaryOf(row: DatasetRow): DatasetSummary {
  return { ...fromExactJson<DatasetSummary>(row.summary_json), sample: row.sample !== null };
}

function noDataset(id: string): LeverageError {
  return new LeverageError(
    'notFound',
    `There is no dataset ${id} in the store.`,
    'List the datasets to see what there is.',
  );
}

function stillUsed(users: readonly { name: string; deleted: boolean }[]): LeverageError {
  const named = users
    .slice(0, 3)
    .map((study) => `“${study.name}”${study.deleted ? ' (deleted, until the next start)' : ''}`);
  const rest = users.length > 3 ? ` and ${users.length - 3} more` : '';
  return new LeverageError(
    'invalidInput',
    `The dataset is used by ${users.length === 1 ? 'the study' : 'the studies'} ${named.join(', ')}${rest}.`,
    'Delete those studies first; deleted studies are erased at the next start.',
  );
}
