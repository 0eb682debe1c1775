/** Groups of training rows that a person has named, per dataset. */
import { invalidInput, LeverageError } from '../../shared/errors.ts';
import type { NamedGroup } from '../../shared/named-group.ts';
import type { BlobRepository } from './blobs.ts';
import type { Connection } from './connection.ts';
import { fromExactJson, toExactJson } from './exact-json.ts';
import { bytesOf } from './typed-bytes.ts';

export interface NamedGroupRepository {
  /** Throws 'invalidInput' when the dataset has a group of that name. @param members ascending */
  add(group: NamedGroup, members: Int32Array): void;
  /** Of a dataset, by name. */
  list(datasetId: string): NamedGroup[];
  /** Throws 'notFound'. */
  get(id: string): NamedGroup;
  /** Throws 'notFound'. */
  members(id: string): Int32Array<ArrayBuffer>;
  /** Throws 'notFound', and 'invalidInput' when another group of the dataset has that name. */
  rename(id: string, name: string): void;
  /** Throws 'notFound'. */
  hide(id: string, at: string): void;
  /** Throws 'notFound', and 'invalidInput' when its name has been given to another group meanwhile. */
  unhide(id: string): void;
  /** @returns how many */
  eraseHidden(): number;
}

interface NamedGroupRow {
  id: string;
  dataset_id: string;
  name: string;
  how: string;
  class_counts_json: string;
  size: number;
  created_at: string;
  dataset_summary: string;
}

const QUERY = `
  SELECT named_group.id, dataset_id, name, how, class_counts_json, size, created_at, summary_json AS dataset_summary
  FROM named_group JOIN dataset ON dataset.id = dataset_id`;

export function namedGroupRepository(connection: Connection, blobs: BlobRepository): NamedGroupRepository {
  const insert = connection.prepare<[string, string, string, string, string, number, number, string]>(
    `INSERT INTO named_group (id, dataset_id, name, how, class_counts_json, size, members_blob, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const ofDataset = connection.prepare<[string], NamedGroupRow>(
    `${QUERY} WHERE dataset_id = ? AND deleted_at IS NULL ORDER BY name COLLATE NOCASE, name`,
  );
  const one = connection.prepare<[string], NamedGroupRow>(`${QUERY} WHERE named_group.id = ?`);
  const blob = connection.prepare<[string], number>('SELECT members_blob FROM named_group WHERE id = ?').pluck();
  const named = connection
    .prepare<[string, string], string>(
      'SELECT id FROM named_group WHERE dataset_id = ? AND name = ? AND deleted_at IS NULL',
    )
    .pluck();
  const rename = connection.prepare<[string, string]>('UPDATE named_group SET name = ? WHERE id = ?');
  const setDeleted = connection.prepare<[string | null, string]>('UPDATE named_group SET deleted_at = ? WHERE id = ?');
  const erase = connection.prepare('DELETE FROM named_group WHERE deleted_at IS NOT NULL');

  function get(id: string): NamedGroup {
    const row = one.get(id);
    if (row === undefined) throw noGroup(id);
    return groupOf(row);
  }

  function refuseTaken(datasetId: string, name: string, self: string): void {
    const other = named.get(datasetId, name);
    if (other === undefined || other === self) return;
    throw invalidInput(`The dataset has a group “${name}” already.`, 'Choose another name, or rename that group.');
  }

  return {
    add: (group, members) => {
      connection.transaction(() => {
        refuseTaken(group.datasetId, group.name, group.id);
        insert.run(
          group.id,
          group.datasetId,
          group.name,
          group.how,
          toExactJson(group.classCounts),
          members.length,
          blobs.put(bytesOf(members)),
          group.createdAt,
        );
      })();
    },
    list: (datasetId) => ofDataset.all(datasetId).map(groupOf),
    get,
    members: (id) => {
      const found = blob.get(id);
      if (found === undefined) throw noGroup(id);
      return new Int32Array(blobs.get(found).buffer);
    },
    rename: (id, name) => {
      refuseTaken(get(id).datasetId, name, id);
      rename.run(name, id);
    },
    hide: (id, at) => {
      get(id);
      setDeleted.run(at, id);
    },
    unhide: (id) => {
      const { datasetId, name } = get(id);
      refuseTaken(datasetId, name, id);
      setDeleted.run(null, id);
    },
    eraseHidden: () =>
      connection.transaction(() => {
        const erased = erase.run().changes;
        if (erased > 0) blobs.sweep();
        return erased;
      })(),
  };
}

function groupOf(row: NamedGroupRow): NamedGroup {
  return {
    id: row.id,
    datasetId: row.dataset_id,
    name: row.name,
    how: row.how,
    size: row.size,
    trainRows: fromExactJson<{ trainRows: number }>(row.dataset_summary).trainRows,
    classCounts: fromExactJson<number[]>(row.class_counts_json),
    createdAt: row.created_at,
  };
}

function noGroup(id: string): LeverageError {
  return new LeverageError(
    'notFound',
    `There is no named group ${id} in the store.`,
    'List the groups of the dataset.',
  );
}
