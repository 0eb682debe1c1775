/** The groups of a study: one row each, their members in one blob, one after the other. */
import type { GroupParameters } from '../../shared/group.ts';
import type { Evaluation, GroupOrigin } from '../../shared/quantities.ts';
import type { GroupSummary } from '../../shared/study.ts';
import type { StudyGroups } from '../studies/study-run.ts';
import type { BlobRepository } from './blobs.ts';
import type { Connection } from './connection.ts';
import { fromExactJson, toExactJson } from './exact-json.ts';
import { RETRAINING_COLUMNS, retrainingOf, type RetrainingRow } from './retraining.ts';
import { bytesOf } from './typed-bytes.ts';

export interface GroupRepository {
  /** Once per study. */
  keep(studyId: string, groups: StudyGroups): void;
  /** Everything, members included; null before the groups are formed. */
  load(studyId: string): StudyGroups | null;
  evaluations(studyId: string): Evaluation[];
  notes(studyId: string): string[];
  /** In the study's order, with the certificates; without members. */
  list(studyId: string): GroupSummary[];
  /** Members of all groups one after the other, and where each group's begin: group g has `size[g]` from `first[g]`. */
  members(studyId: string): { rows: Int32Array; first: Int32Array; size: Int32Array } | null;
  /** Null when the study has no such group. */
  get(studyId: string, index: number): (GroupSummary & { members: Int32Array<ArrayBuffer> }) | null;
}

interface GroupingRow {
  evaluations_json: string;
  batch_sizes_json: string;
  notes_json: string;
  members_blob: number;
}

interface GroupRow extends RetrainingRow {
  position: number;
  id: string;
  origin: GroupOrigin;
  label: string;
  size: number;
  first_member: number;
  parameters_json: string;
}

const GROUP_QUERY = `
  SELECT study_group.position, id, origin, label, size, first_member, parameters_json, ${RETRAINING_COLUMNS}
  FROM study_group LEFT JOIN retraining USING (study_id, position)
  WHERE study_group.study_id = ?`;

const MEMBER_BYTES = Int32Array.BYTES_PER_ELEMENT;

export function groupRepository(connection: Connection, blobs: BlobRepository): GroupRepository {
  const insertGrouping = connection.prepare<[string, number, number, string, string, string, number]>(
    `INSERT INTO grouping
       (study_id, group_count, evaluation_count, evaluations_json, batch_sizes_json, notes_json, members_blob)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
  );
  const insertGroup = connection.prepare<[string, number, string, string, string, number, number, string]>(
    `INSERT INTO study_group (study_id, position, id, origin, label, size, first_member, parameters_json)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const grouping = connection.prepare<[string], GroupingRow>(
    'SELECT evaluations_json, batch_sizes_json, notes_json, members_blob FROM grouping WHERE study_id = ?',
  );
  const all = connection.prepare<[string], GroupRow>(`${GROUP_QUERY} ORDER BY study_group.position`);
  const spans = connection
    .prepare<[string], [number, number]>(
      'SELECT first_member, size FROM study_group WHERE study_id = ? ORDER BY position',
    )
    .raw();
  const one = connection.prepare<[string, number], GroupRow>(`${GROUP_QUERY} AND study_group.position = ?`);

  return {
    keep: (studyId, { groups, evaluations, batchSizes, notes }) => {
      const memberCount = groups.reduce((sum, group) => sum + group.members.length, 0);
      const members = new Int32Array(memberCount);
      connection.transaction(() => {
        let first = 0;
        groups.forEach((group, position) => {
          members.set(group.members, first);
          insertGroup.run(
            studyId,
            position,
            group.id,
            group.origin,
            group.label,
            group.members.length,
            first,
            toExactJson(group.parameters),
          );
          first += group.members.length;
        });
        insertGrouping.run(
          studyId,
          groups.length,
          evaluations.length,
          toExactJson(evaluations),
          toExactJson(batchSizes),
          toExactJson(notes),
          blobs.put(bytesOf(members)),
        );
      })();
    },
    load: (studyId) => {
      const row = grouping.get(studyId);
      if (row === undefined) return null;
      const members = new Int32Array(blobs.get(row.members_blob).buffer);
      return {
        groups: all.all(studyId).map((group) => ({
          id: group.id,
          origin: group.origin,
          label: group.label,
          members: members.slice(group.first_member, group.first_member + group.size),
          parameters: fromExactJson<GroupParameters>(group.parameters_json),
        })),
        evaluations: fromExactJson<Evaluation[]>(row.evaluations_json),
        batchSizes: fromExactJson<number[]>(row.batch_sizes_json),
        notes: fromExactJson<string[]>(row.notes_json),
      };
    },
    evaluations: (studyId) => {
      const row = grouping.get(studyId);
      return row === undefined ? [] : fromExactJson<Evaluation[]>(row.evaluations_json);
    },
    notes: (studyId) => {
      const row = grouping.get(studyId);
      return row === undefined ? [] : fromExactJson<string[]>(row.notes_json);
    },
    list: (studyId) => all.all(studyId).map(summaryOf),
    members: (studyId) => {
      const blob = grouping.get(studyId)?.members_blob;
      if (blob === undefined) return null;
      const found = spans.all(studyId);
      return {
        rows: new Int32Array(blobs.get(blob).buffer),
        first: Int32Array.from(found, ([first]) => first),
        size: Int32Array.from(found, ([, size]) => size),
      };
    },
    get: (studyId, index) => {
      const row = one.get(studyId, index);
      const blob = grouping.get(studyId)?.members_blob;
      if (row === undefined || blob === undefined) return null;
      const bytes = blobs.getRange(blob, row.first_member * MEMBER_BYTES, row.size * MEMBER_BYTES);
      return { ...summaryOf(row), members: new Int32Array(bytes.buffer) };
    },
  };
}

function summaryOf(row: GroupRow): GroupSummary {
  return {
    index: row.position,
    id: row.id,
    origin: row.origin,
    label: row.label,
    size: row.size,
    parameters: fromExactJson<GroupParameters>(row.parameters_json),
    retraining: retrainingOf(row),
  };
}
