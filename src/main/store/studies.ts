/** Studies: what was asked, where it stands, how long it took. */
import { LeverageError, type Failure } from '../../shared/errors.ts';
import type { Group } from '../../shared/group.ts';
import type { Stage, StudyStatus, StudySummary } from '../../shared/study.ts';
import type { StudySpec } from '../../shared/study-spec.ts';
import type { BlobRepository } from './blobs.ts';
import type { Connection } from './connection.ts';
import { fromExactJson, toExactJson } from './exact-json.ts';

export type FileGroups = Record<number, Group[]>;

export interface StudyToKeep {
  id: string;
  spec: StudySpec;
  datasetId: string;
  fileGroups: FileGroups;
  createdAt: string;
}

export interface StudyChange {
  name?: string;
  status?: StudyStatus;
  failure?: Failure | null;
  startedAt?: string;
  finishedAt?: string | null;
}

/** What a person writes beside a study; what is left out stays as it is. */
export interface Annotation {
  tags?: string[];
  note?: string;
  pinned?: boolean;
}

export interface StudyRepository {
  /** Kept with the status 'queued'. */
  add(study: StudyToKeep): void;
  /** Newest first, deleted ones left out. */
  list(): StudySummary[];
  /** Throws 'notFound' also for a deleted one. */
  get(id: string): StudySummary;
  /** Groups of the study and groups computed, deleted or not. */
  counts(id: string): { groupCount: number; groupsDone: number };
  spec(id: string): StudySpec;
  fileGroups(id: string): FileGroups;
  change(id: string, change: StudyChange): void;
  /** Throws 'notFound'. */
  annotate(id: string, annotation: Annotation): void;
  /** Adds computing time to the study and, when given, to one of its stages. */
  addSeconds(id: string, seconds: number): void;
  addStageSeconds(id: string, stage: Stage, seconds: number): void;
  stageSeconds(id: string): Partial<Record<Stage, number>>;
  /** Studies left 'running' or 'queued' by an engine that is gone become 'interrupted'. @returns how many */
  interruptUnfinished(): number;
  /** Hides it until it is erased. */
  hide(id: string, at: string): void;
  /** Throws 'notFound' once erased. */
  unhide(id: string): void;
  /** Erases the hidden ones for good. @returns how many */
  eraseHidden(): number;
}

interface StudyRow {
  id: string;
  name: string;
  status: StudyStatus;
  failure_json: string | null;
  dataset_id: string;
  dataset_summary: string;
  spec_json: string;
  group_count: number | null;
  evaluation_count: number | null;
  groups_done: number;
  lambda: number | null;
  test_accuracy: number | null;
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
  seconds: number;
  tags_json: string;
  note: string;
  pinned: number;
  influence_lowest: number | null;
  influence_highest: number | null;
}

const SUMMARY_QUERY = `
  SELECT study.id, study.name, status, failure_json, dataset_id, dataset.summary_json AS dataset_summary, spec_json,
    grouping.group_count, grouping.evaluation_count, fit.lambda, fit.test_accuracy,
    (SELECT coalesce(sum(group_count), 0) FROM effect_batch WHERE study_id = study.id) AS groups_done,
    created_at, started_at, finished_at, seconds, tags_json, note, pinned, influence_lowest, influence_highest
  FROM study JOIN dataset ON dataset.id = study.dataset_id
    LEFT JOIN grouping ON grouping.study_id = study.id
    LEFT JOIN fit ON fit.study_id = study.id
    LEFT JOIN study_agreement ON study_agreement.study_id = study.id
  WHERE deleted_at IS NULL`;

export function studyRepository(connection: Connection, blobs: BlobRepository): StudyRepository {
  const insert = connection.prepare<[string, string, string, string, number | null, string]>(
    `INSERT INTO study (id, name, status, dataset_id, spec_json, file_groups_blob, created_at)
     VALUES (?, ?, 'queued', ?, ?, ?, ?)`,
  );
  const all = connection.prepare<[], StudyRow>(`${SUMMARY_QUERY} ORDER BY created_at DESC, study.rowid DESC`);
  const one = connection.prepare<[string], StudyRow>(`${SUMMARY_QUERY} AND study.id = ?`);
  const specOf = connection.prepare<[string], string>('SELECT spec_json FROM study WHERE id = ?').pluck();
  const fileGroupsOf = connection
    .prepare<[string], number | null>('SELECT file_groups_blob FROM study WHERE id = ?')
    .pluck();
  const annotate = connection.prepare<[string | null, string | null, number | null, string]>(
    `UPDATE study SET tags_json = coalesce(?, tags_json), note = coalesce(?, note), pinned = coalesce(?, pinned)
     WHERE id = ? AND deleted_at IS NULL`,
  );
  const addSeconds = connection.prepare<[number, string]>('UPDATE study SET seconds = seconds + ? WHERE id = ?');
  const addStage = connection.prepare<[string, string, number]>(
    `INSERT INTO study_stage (study_id, stage, seconds) VALUES (?, ?, ?)
     ON CONFLICT DO UPDATE SET seconds = seconds + excluded.seconds`,
  );
  const stages = connection.prepare<[string], { stage: Stage; seconds: number }>(
    'SELECT stage, seconds FROM study_stage WHERE study_id = ?',
  );
  const counts = connection.prepare<[string, string], { groupCount: number; groupsDone: number }>(
    `SELECT coalesce((SELECT group_count FROM grouping WHERE study_id = ?), 0) AS groupCount,
       (SELECT coalesce(sum(group_count), 0) FROM effect_batch WHERE study_id = ?) AS groupsDone`,
  );
  const interrupt = connection.prepare(`UPDATE study SET status = 'interrupted' WHERE status IN ('running', 'queued')`);
  const hide = connection.prepare<[string, string]>(
    'UPDATE study SET deleted_at = ? WHERE id = ? AND deleted_at IS NULL',
  );
  const unhide = connection.prepare<[string]>(
    'UPDATE study SET deleted_at = NULL WHERE id = ? AND deleted_at IS NOT NULL',
  );
  const erase = connection.prepare('DELETE FROM study WHERE deleted_at IS NOT NULL');

  return {
    add: (study) => {
      connection.transaction(() => {
        const text = Object.keys(study.fileGroups).length === 0 ? null : encodeFileGroups(study.fileGroups);
        const blob = text === null ? null : blobs.put(new TextEncoder().encode(text));
        insert.run(study.id, study.spec.name, study.datasetId, toExactJson(study.spec), blob, study.createdAt);
      })();
    },
    list: () => {
      // Studies share few datasets, whose summaries may be long: each is read once.
      const datasets = new Map<string, NamedRows>();
      return all.all().map((row) => {
        const known = datasets.get(row.dataset_id) ?? namedRows(row);
        datasets.set(row.dataset_id, known);
        return summaryOf(row, known);
      });
    },
    get: (id) => {
      const row = one.get(id);
      if (row === undefined) throw noStudy(id);
      return summaryOf(row, namedRows(row));
    },
    counts: (id) => counts.get(id, id) ?? { groupCount: 0, groupsDone: 0 },
    spec: (id) => {
      const text = specOf.get(id);
      if (text === undefined) throw noStudy(id);
      return fromExactJson<StudySpec>(text);
    },
    fileGroups: (id) => {
      const blob = fileGroupsOf.get(id);
      if (blob === undefined) throw noStudy(id);
      return blob === null ? {} : decodeFileGroups(new TextDecoder().decode(blobs.get(blob)));
    },
    change: (id, change) => {
      const columns: [string, string | null][] = [];
      if (change.name !== undefined) columns.push(['name', change.name]);
      if (change.status !== undefined) columns.push(['status', change.status]);
      if (change.failure !== undefined) {
        columns.push(['failure_json', change.failure === null ? null : toExactJson(change.failure)]);
      }
      if (change.startedAt !== undefined) columns.push(['started_at', change.startedAt]);
      if (change.finishedAt !== undefined) columns.push(['finished_at', change.finishedAt]);
      if (columns.length === 0) return;
      const assignments = columns.map(([column]) => `${column} = ?`).join(', ');
      const result = connection
        .prepare(`UPDATE study SET ${assignments} WHERE id = ?`)
        .run(...columns.map(([, value]) => value), id);
      if (result.changes === 0) throw noStudy(id);
    },
    annotate: (id, { tags, note, pinned }) => {
      const result = annotate.run(
        tags === undefined ? null : toExactJson(distinctTags(tags)),
        note ?? null,
        pinned === undefined ? null : Number(pinned),
        id,
      );
      if (result.changes === 0) throw noStudy(id);
    },
    addSeconds: (id, seconds) => void addSeconds.run(seconds, id),
    addStageSeconds: (id, stage, seconds) => void addStage.run(id, stage, seconds),
    stageSeconds: (id) => Object.fromEntries(stages.all(id).map(({ stage, seconds }) => [stage, seconds])),
    interruptUnfinished: () => interrupt.run().changes,
    hide: (id, at) => {
      if (hide.run(at, id).changes === 0) throw noStudy(id);
    },
    unhide: (id) => {
      if (unhide.run(id).changes === 0) throw noStudy(id);
    },
    eraseHidden: () =>
      connection.transaction(() => {
        const erased = erase.run().changes;
        if (erased > 0) blobs.sweep();
        return erased;
      })(),
  };
}

interface NamedRows {
  name: string;
  trainRows: number;
}

function namedRows(row: StudyRow): NamedRows {
  return fromExactJson<NamedRows>(row.dataset_summary);
}

/** Trimmed, in the order given; a tag that differs from an earlier one in capitals only is that one. */
function distinctTags(tags: readonly string[]): string[] {
  const seen = new Map<string, string>();
  for (const tag of tags.map((text) => text.trim())) {
    const key = tag.toLowerCase();
    if (tag !== '' && !seen.has(key)) seen.set(key, tag);
  }
  return [...seen.values()];
}

function summaryOf(row: StudyRow, dataset: NamedRows): StudySummary {
  const spec = fromExactJson<StudySpec>(row.spec_json);
  return {
    id: row.id,
    name: row.name,
    status: row.status,
    failure: row.failure_json === null ? null : fromExactJson<Failure>(row.failure_json),
    datasetId: row.dataset_id,
    datasetName: dataset.name,
    groupCount: row.group_count ?? 0,
    groupsDone: row.groups_done,
    estimators: spec.estimators,
    evaluationCount: row.evaluation_count ?? 0,
    testAccuracy: row.test_accuracy,
    relativeL2: row.lambda === null ? null : row.lambda / dataset.trainRows,
    createdAt: row.created_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    seconds: row.seconds,
    tags: fromExactJson<string[]>(row.tags_json),
    note: row.note,
    pinned: row.pinned === 1,
    influenceSpearman:
      row.influence_lowest === null || row.influence_highest === null
        ? null
        : { lowest: row.influence_lowest, highest: row.influence_highest },
  };
}

function encodeFileGroups(fileGroups: FileGroups): string {
  return JSON.stringify(fileGroups, (_key, value: unknown) =>
    value instanceof Int32Array ? Array.from(value) : value,
  );
}

function decodeFileGroups(text: string): FileGroups {
  return JSON.parse(text, (key, value: unknown) =>
    key === 'members' ? Int32Array.from(value as number[]) : value,
  ) as FileGroups;
}

export function noStudy(id: string): LeverageError {
  return new LeverageError(
    'notFound',
    `There is no study ${id} in the store.`,
    'List the studies to see what there is.',
  );
}
