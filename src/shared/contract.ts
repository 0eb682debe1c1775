/**
 * The one contract between a window (or the CLI) and the engine: a table of
 * procedures with validated inputs and typed outputs, and a union of events.
 * Calls do work and answer; events only say what changed, the renderer fetches.
 */
import { z } from 'zod';
import { MOST_NOTE_LETTERS, MOST_TAG_LETTERS, MOST_TAGS } from './annotation-limits.ts';
import type { ColumnRole, DatasetDetail, DatasetSummary, ColumnSummary } from './dataset.ts';
import type { AnalysisResult } from './analyses.ts';
import type { DeviceReport, EffectsTable, GroupDetail, GroupMatches, GroupSummary, PointInfluences, RowDetail, SharedMembers, StudyDetail, StudyPlan, StudyProgress, StudySummary, TrainingCurve } from './study.ts';
import { columnTypes, textColumns } from './column-options.ts';
import type { ColumnType } from './column-types.ts';
import { datasetSpec, groupSource, studySpec } from './study-spec.ts';
import type { BrowseColumns, BrowsePage, ColumnHead, JudgedRow } from './browse.ts';
import { columnKeys, groupDefinition, judgedSplit, MOST_NAME_LETTERS, rowQuery, rowSet } from './browse-query.ts';
import type { ExpectedGroups, GroupMeasure, GroupOverlap, NamedGroup } from './named-group.ts';
import type { Failure } from './errors.ts';
import type { GroupTheory, StudyTheory } from './theory.ts';
import { GENERATED_DATASETS, PAPER_FIGURES, type FoundDataset, type PaperFigureEntry, type PaperFigurePage } from './paper.ts';
import { attributionInputs, type AttributionList, type AttributionMethodInfo, type AttributionPlan, type AttributionProgress, type AttributionResult, type AttributionSummary, type PointsPage } from './attribution.ts';
import { whatIfInputs, type WhatIfDose, type WhatIfModel, type WhatIfPrediction, type WhatIfRetraining, type WhatIfSpectrum } from './what-if.ts';

/**
 * A file that the host (shell, serve, CLI) has let in: chosen in a dialog, dropped or uploaded.
 * The engine accepts handles only; a renderer can not name a path.
 */
export interface FileHandle {
  handle: string;
  name: string;
  bytes: number;
}

export interface PreviewColumn {
  name: string;
  kind: ColumnType;
  role: ColumnRole;
  /** Of the rows judged. */
  missing: number;
  examples: string[];
  /** Of a text feature: terms that would be counted, by the rows judged; all different terms; the most frequent. */
  terms?: { kept: number; found: number; first: string[] };
}

export interface ImportPreview {
  /** "CSV (comma)", "TSV", "Parquet", "Arrow file", "JSON lines", "NPZ", "IDX", "svmlight"; with " · gzip" when compressed. */
  format: string;
  /** A table: roles and types of its columns can be chosen. */
  table: boolean;
  trainRows: number | null;
  testRows: number | null;
  /** Rows that the columns below were judged by: of a big table its first ones. */
  judgedRows: number;
  columns: PreviewColumn[];
  featureCount: number;
  /** The first rows, formatted, by column of `columns`. */
  rows: string[][];
  notes: string[];
}

export interface Settings {
  /** The device chosen by hand for new studies; null: the automatic choice. */
  device: string | null;
  /** The device of the command line, in force instead of it until the program ends; null: none. */
  overriddenBy: string | null;
}

export interface AppInfo {
  appVersion: string;
  host: 'electron' | 'serve' | 'cli';
  storeFile: string;
  nodeVersion: string;
  platform: string;
}

const nothing = z.strictObject({});
const byId = z.strictObject({ id: z.string().min(1) });
const fileHandles = z.array(z.string().min(1)).min(1).max(8);
/** Options of a table (CSV/TSV, Parquet, Arrow, JSON lines); the other formats take none. */
export const importOptions = z.strictObject({
  name: z.string().min(1).optional(),
  label: z.string().optional(),
  roles: z.record(z.string(), z.enum(['target', 'feature', 'group', 'id', 'weight', 'ignore'])).optional(),
  /** Types of columns, where they shall not be found by reading. */
  types: columnTypes.optional(),
  /** How the words of text columns are counted; naming a column here makes it text. */
  text: textColumns.optional(),
  test: z.strictObject({ fraction: z.number().gt(0).lt(1), seed: z.number().int() }).optional(),
  missingNumbers: z.enum(['mean', 'median', 'zero', 'dropRow']).optional(),
});
export type ImportOptions = z.infer<typeof importOptions>;

const page = { offset: z.number().int().nonnegative(), limit: z.number().int().min(1).max(1000) };

/** Pairs a schema with the type of the answer; the type exists only at compile time. */
interface Procedure<Input extends z.ZodType, Output> {
  input: Input;
  readonly output?: Output;
}

function procedure<Output>() {
  return <Input extends z.ZodType>(input: Input): Procedure<Input, Output> => ({ input });
}

export const contract = {
  'app.info': procedure<AppInfo>()(nothing),
  /** From an earlier trial of this machine where there is one; `again` tries and measures anew, which takes some seconds. */
  'devices.list': procedure<DeviceReport[]>()(z.strictObject({ again: z.boolean().default(false) })),

  'settings.get': procedure<Settings>()(nothing),
  /** Answers with what is in force now. */
  'settings.set': procedure<Settings>()(z.strictObject({ device: z.string().min(1).nullable() })),

  'datasets.list': procedure<DatasetSummary[]>()(nothing),
  'datasets.get': procedure<DatasetDetail>()(byId),
  'datasets.rows': procedure<RowDetail[]>()(z.strictObject({ id: z.string(), split: z.enum(['train', 'test']), ...page })),
  'datasets.preview': procedure<ImportPreview>()(z.strictObject({ files: fileHandles, options: importOptions.default({}) })),
  /** Resolves when the dataset is stored. Progress comes as events with `importId`. */
  'datasets.import': procedure<DatasetSummary>()(
    z.strictObject({ importId: z.string().min(1), files: fileHandles, options: importOptions.default({}) }),
  ),
  /** Imports what a study.json's `dataset` names. Only the CLI may call it: it takes paths. */
  'datasets.ensure': procedure<DatasetSummary>()(z.strictObject({ spec: datasetSpec, folder: z.string() })),
  'datasets.cancelImport': procedure<null>()(z.strictObject({ importId: z.string() })),
  /** Refused while a study of it exists (the failure names them). */
  'datasets.delete': procedure<null>()(byId),

  /** With a fitted study: also what its model says of each row. */
  'browse.columns': procedure<BrowseColumns>()(z.strictObject({ dataset: z.string(), study: rowQuery.study })),
  /** The order is kept: asking for another page of the same query costs nothing. */
  'browse.rows': procedure<BrowsePage>()(z.strictObject({ ...rowQuery, columns: columnKeys, ...page })),
  /** Distributions over all rows and over the kept ones. */
  'browse.heads': procedure<ColumnHead[]>()(z.strictObject({ ...rowSet, columns: columnKeys })),
  'browse.row': procedure<JudgedRow>()(z.strictObject({ ...judgedSplit, row: z.number().int().nonnegative() })),
  /** Where a row stands in the order; −1 when a filter leaves it out. */
  'browse.position': procedure<{ position: number }>()(z.strictObject({ ...rowQuery, row: z.number().int().nonnegative() })),

  /** Named groups of a dataset, by name. */
  'groups.list': procedure<NamedGroup[]>()(z.strictObject({ dataset: z.string().min(1) })),
  'groups.measure': procedure<GroupMeasure>()(z.strictObject({ dataset: z.string().min(1), definition: groupDefinition })),
  /** Refused for a name that the dataset has already, and for a group of no rows. `how`: how it was made, in words. */
  'groups.save': procedure<NamedGroup>()(z.strictObject({ dataset: z.string().min(1), name: z.string().trim().min(1).max(MOST_NAME_LETTERS), how: z.string().max(2000), definition: groupDefinition })),
  'groups.members': procedure<{ members: Int32Array }>()(byId),
  'groups.rename': procedure<null>()(z.strictObject({ id: z.string().min(1), name: z.string().trim().min(1).max(MOST_NAME_LETTERS) })),
  /** Hidden at once, erased at the next start: `groups.restore` undoes it until then. */
  'groups.delete': procedure<null>()(byId),
  'groups.restore': procedure<null>()(byId),
  'groups.overlap': procedure<GroupOverlap>()(z.strictObject({ dataset: z.string().min(1), ids: z.array(z.string().min(1)).min(1).max(12) })),
  /** What sources of a study will form; `testPoints`: how many test points the study looks at. */
  'groups.expect': procedure<ExpectedGroups[]>()(z.strictObject({ dataset: z.string().min(1), sources: z.array(groupSource).min(1), testPoints: z.number().int().nonnegative() })),

  'studies.list': procedure<StudySummary[]>()(nothing),
  'studies.get': procedure<StudyDetail>()(byId),
  'studies.plan': procedure<StudyPlan>()(z.strictObject({ spec: studySpec })),
  /** Creates and starts (or queues: one study computes at a time). Spec's dataset must be `{id}` or `{sample}`. */
  'studies.run': procedure<StudySummary>()(z.strictObject({ spec: studySpec })),
  'studies.cancel': procedure<null>()(byId),
  'studies.resume': procedure<StudySummary>()(byId),
  'studies.rename': procedure<null>()(z.strictObject({ id: z.string(), name: z.string().min(1).max(200) })),
  /** Tags, note and pin; what is left out stays as it is. Tags are trimmed, repeats and empty ones left out. */
  'studies.annotate': procedure<null>()(
    z.strictObject({
      id: z.string(),
      tags: z.array(z.string().max(MOST_TAG_LETTERS)).max(MOST_TAGS).optional(),
      note: z.string().max(MOST_NOTE_LETTERS).optional(),
      pinned: z.boolean().optional(),
    }),
  ),
  /** Hidden at once, erased at the next start: `studies.restore` undoes it until then. */
  'studies.delete': procedure<null>()(byId),
  'studies.restore': procedure<null>()(byId),
  'studies.effects': procedure<EffectsTable>()(byId),
  'studies.groups': procedure<GroupSummary[]>()(byId),
  /** What the analyses found that are done, in the order of the study's field. */
  'studies.analyses': procedure<AnalysisResult[]>()(byId),
  'studies.group': procedure<GroupDetail>()(z.strictObject({ id: z.string(), index: z.number().int().nonnegative() })),
  /** Of the groups with these indices: what their members have in common. */
  'studies.sharedMembers': procedure<SharedMembers>()(
    z.strictObject({ id: z.string(), groups: z.array(z.number().int().nonnegative()).min(1).max(1_000_000) }),
  ),
  /** Which groups of two studies are the same rows. Refused when they are of different data. */
  'studies.matchGroups': procedure<GroupMatches>()(z.strictObject({ first: z.string(), second: z.string() })),
  'studies.testPoint': procedure<RowDetail>()(z.strictObject({ id: z.string(), row: z.number().int().nonnegative() })),
  /**
   * All training rows on all test rows, of a stored study's model or one fitted for it; `out` is a path, so only the
   * CLI may call it.
   */
  'studies.influences': procedure<PointInfluences>()(
    z.strictObject({
      id: z.string().min(1).optional(),
      spec: studySpec.optional(),
      quantity: z.enum(['loss', 'margin']),
      top: z.number().int().min(1).max(1000),
      out: z.string().min(1).nullable(),
    }),
  ),
  /** A network's training, epoch by epoch, while it goes on and afterwards; null for other models. */
  'studies.training': procedure<TrainingCurve | null>()(byId),
  /** The paper's figures with their claims, judged by the studies of the store that carry their tag. */
  'paper.figures': procedure<PaperFigureEntry[]>()(nothing),
  /** One of them with its charts; by the named studies, or by those that carry its tag. */
  'paper.figure': procedure<PaperFigurePage>()(z.strictObject({ id: z.enum(PAPER_FIGURES), studies: z.array(z.string()).optional() })),
  /** Generates one of the program's own datasets, or finds it in the library. */
  'paper.dataset': procedure<DatasetSummary>()(z.strictObject({ key: z.enum(GENERATED_DATASETS) })),
  /** Imports what of the paper's data lies in a folder. Only the CLI may call it: it takes a path. */
  'paper.find': procedure<FoundDataset[]>()(z.strictObject({ folder: z.string().min(1), scale: z.enum(['full', 'quick']) })),
  /** The bundle as one zip. */
  'studies.bundle': procedure<{ name: string; zip: Uint8Array }>()(byId),

  /** Spectrum, cones and bounds of a study; of one of its groups, why its estimates are off. */
  'theory.study': procedure<StudyTheory>()(byId),
  'theory.group': procedure<GroupTheory>()(z.strictObject({ id: z.string().min(1), index: z.number().int().nonnegative() })),
  /** Whoever waits for theory of this study is told 'cancelled'. */
  'theory.cancel': procedure<null>()(byId),
  /** Places a fitted study's model; it stays ready while it is asked about. */
  'whatif.open': procedure<WhatIfModel>()(whatIfInputs.open),
  /** columns × n. */
  'whatif.points': procedure<{ values: Float64Array }>()(whatIfInputs.points),
  'whatif.filter': procedure<{ rows: Int32Array }>()(whatIfInputs.filter),
  /** A later one of the same view takes the place of the one before it, which fails with 'cancelled'; so do the next three. */
  'whatif.predict': procedure<WhatIfPrediction>()(whatIfInputs.predict),
  'whatif.retrain': procedure<WhatIfRetraining>()(whatIfInputs.retrain),
  'whatif.dose': procedure<WhatIfDose>()(whatIfInputs.dose),
  'whatif.spectrum': procedure<WhatIfSpectrum>()(whatIfInputs.spectrum),
  /** Stops whatever the view has asked. */
  'whatif.cancel': procedure<null>()(whatIfInputs.cancel),
  /** The methods there are, with what each claims to cost. */
  'attribution.methods': procedure<AttributionMethodInfo[]>()(nothing),
  /** Memory, before anything is computed. */
  'attribution.plan': procedure<AttributionPlan>()(attributionInputs.plan),
  'attribution.list': procedure<AttributionList>()(attributionInputs.list),
  /** Resolves when the result is kept; one runs at a time. Progress comes as events with `runId`. */
  'attribution.run': procedure<AttributionSummary>()(attributionInputs.run),
  /** Trains without the dropped rows and with the corrected labels; kept beside the suspects it began with. */
  'attribution.retrain': procedure<AttributionSummary>()(attributionInputs.retrain),
  'attribution.cancel': procedure<null>()(attributionInputs.cancel),
  /** Scores of single rows are left out: `attribution.points` gives the furthest. */
  'attribution.get': procedure<AttributionResult>()(byId),
  'attribution.points': procedure<PointsPage>()(attributionInputs.points),
  'attribution.rows': procedure<RowDetail[]>()(attributionInputs.rows),
  /** Hidden at once, erased at the next start: `attribution.restore` undoes it until then. */
  'attribution.delete': procedure<null>()(byId),
  'attribution.restore': procedure<null>()(byId),
} as const;

export type Contract = typeof contract;
export type Method = keyof Contract;
/** What a caller passes (defaults may be left out). */
export type Input<M extends Method> = z.input<Contract[M]['input']>;
/** What a handler receives (defaults filled in). */
export type ParsedInput<M extends Method> = z.output<Contract[M]['input']>;
export type Output<M extends Method> = NonNullable<Contract[M]['output']> | Extract<Contract[M]['output'], null>;

/** Methods a window may not call. */
export const HEADLESS_ONLY: ReadonlySet<Method> = new Set<Method>(['datasets.ensure', 'studies.influences', 'paper.find']);

export type EngineEvent =
  | { type: 'datasets.changed' }
  /** Named groups of a dataset. */
  | { type: 'groups.changed'; dataset: string }
  /** Another device was chosen, or the devices were tried again. */
  | { type: 'devices.changed' }
  | { type: 'import.progress'; importId: string; file: string; bytesRead: number; bytesTotal: number; rows: number }
  | { type: 'studies.changed'; id: string }
  | { type: 'study.progress'; id: string; progress: StudyProgress }
  | { type: 'attribution.progress'; runId: string; dataset: string; progress: AttributionProgress }
  | { type: 'attribution.changed'; dataset: string }
  | { type: 'engine.restarted'; reason: string }
  /** The person opened files outside the page (the menu, "Open with…"): the window offers to import them. */
  | { type: 'files.opened'; files: FileHandle[] }
  /** The native menu chose a command of the window's table, by its id. */
  | { type: 'command.asked'; command: string };

/** Wire form of an answer. */
export type Answer = { ok: true; value: unknown } | { ok: false; failure: Failure };

/** The engine as hosts see it. */
export interface Engine {
  call<M extends Method>(method: M, input: Input<M>): Promise<Output<M>>;
  subscribe(listener: (event: EngineEvent) => void): () => void;
  /** Lets a file in: the only way for a path to reach the engine besides the headless methods. */
  admitFile(path: string, name?: string): Promise<FileHandle>;
  /** Stops running work at the next batch (it stays resumable) and closes the store. */
  close(): Promise<void>;
}

/** What the preload (Electron) or the loopback client (serve) puts on `window.leverage`. */
export interface Bridge {
  host: 'electron' | 'serve';
  request(method: string, input: unknown): Promise<Answer>;
  subscribe(listener: (event: EngineEvent) => void): () => void;
  /** Dropped or chosen File objects → handles (Electron: their paths; serve: an upload with progress 0…1). */
  admitFiles(files: readonly File[], onProgress?: (share: number) => void): Promise<FileHandle[]>;
  /** Hands bytes to the person: a save dialog, or a download. Resolves false when dismissed. */
  saveFile(suggestedName: string, bytes: Uint8Array): Promise<boolean>;
}

export type { ColumnSummary };
