/**
 * Attribution in the window: what can be asked and what comes back. Sign everywhere: positive = removing the training row
 * raises the test loss, so that the row helps; negative = it harms.
 */
import { z } from 'zod';
import { studySpec } from './study-spec.ts';
import type { RowDetail } from './study.ts';

const count = z.number().int().nonnegative();
const id = z.string().min(1);
const common = {
  dataset: id,
  /** The finished study whose model this is, for people; null: chosen here. */
  study: id.nullable().default(null),
  standardise: z.boolean().default(false),
  model: studySpec.shape.model,
  estimators: z.array(z.string().min(1)).min(1).max(40),
  /** Of every random choice. */
  seed: z.number().int().default(0),
  /** GiB that one method may take. */
  memory: z.number().positive().default(4),
};
const flip = z.number().min(0).lt(0.5).default(0);

export const attributionRequest = z.discriminatedUnion('kind', [
  /** Every training row's effect on the loss of single test rows. */
  z.strictObject({
    kind: z.literal('points'),
    ...common,
    testRows: z.array(count).max(20).default([]),
    /** So many of the test rows that the model is most wrong about, beside them. */
    highestLoss: count.max(20).default(6),
  }),
  /** How suspect each training row's label is. */
  z.strictObject({
    kind: z.literal('clean'),
    ...common,
    /** Share of the training labels that are flipped first, to see whether they are found. */
    flip,
  }),
  /** Methods against retraining: fields as in an attribution file of the command line. */
  z.strictObject({
    kind: z.literal('shootOut'),
    ...common,
    points: count.max(100_000).default(100),
    groups: count.max(10_000).default(40),
    testPoints: z.number().int().positive().max(100).default(5),
    flip,
  }),
]);
export type AttributionRequest = z.output<typeof attributionRequest>;
export type AttributionKind = AttributionRequest['kind'];
export type RequestOf<K extends AttributionKind> = Extract<AttributionRequest, { kind: K }>;

/** A decision about a training row: dropped (null), or given this class instead. */
export const rowMark = z.strictObject({ row: count, label: count.nullable() });
export type RowMark = z.output<typeof rowMark>;

const runId = id;
export const attributionInputs = {
  plan: z.strictObject({ request: attributionRequest }),
  list: z.strictObject({ dataset: id }),
  run: z.strictObject({ runId, request: attributionRequest }),
  retrain: z.strictObject({ runId, id, marks: z.array(rowMark).min(1).max(1_000_000) }),
  cancel: z.strictObject({ runId }),
  points: z.strictObject({ id, target: count, most: z.number().int().min(1).max(50) }),
  rows: z.strictObject({ dataset: id, split: z.enum(['train', 'test']), rows: z.array(count).max(200) }),
};

export interface AttributionMethodInfo {
  name: string;
  title: string;
  /** Complexity it claims: n training rows, q parameters, T targets, S rows and groups asked for, E epochs, C checkpoints. */
  cost: string;
  /** Follows training steps: for networks only. */
  needsSteps: boolean;
}

export interface AttributionPlan {
  parameters: number;
  /** What the data and the most demanding method take together. */
  bytes: number;
  /** That are free now. */
  freeBytes: number;
  /** What will not be run, and why. */
  refusals: { title: string; reason: string }[];
}

export interface AttributionProgress {
  /** What is being computed. */
  step: string;
  done: number;
  total: number;
  seconds: number;
}

/** A run that is kept, without its numbers. */
export interface AttributionSummary {
  id: string;
  dataset: string;
  kind: AttributionKind | 'retraining';
  /** Of a retraining: the suspects that it began with. */
  parent: string | null;
  study: string | null;
  createdAt: string;
  seconds: number;
  /** "softmax, 1 437 training rows, …". */
  model: string;
  /** "3 methods, 7 test rows". */
  asked: string;
}

export interface AttributionList {
  /** Newest first. */
  kept: AttributionSummary[];
  running: { runId: string; kind: AttributionSummary['kind']; progress: AttributionProgress } | null;
}

export interface ModelFacts {
  description: string;
  trainRows: number;
  parameters: number;
  /** λ of the sum objective. */
  lambda: number;
  accuracy: number;
  testLoss: number;
  classes: string[];
}

/** What one method took, and what a person should know of it. */
export interface MethodRun {
  estimator: string;
  title: string;
  cost: string;
  seconds: number;
  /** Planned before it ran. */
  bytes: number;
  notes: string[];
  /** A sentence where it could not run. */
  failure: string | null;
}

export interface TestRow {
  row: number;
  loss: number;
  /** Class, or number of a regression, in words. */
  label: string;
  predicted: string;
}

export interface PointsResult {
  kind: 'points';
  request: RequestOf<'points'>;
  model: ModelFacts;
  targets: TestRow[];
  /** `scores` T×n: effect of removing each training row on each test row's loss; null where it failed or is left out. */
  methods: (MethodRun & { scores: Float64Array | null })[];
}

export interface Ranking extends MethodRun {
  /** By what a row is suspect. */
  rule: string;
  /** Per training row, higher = inspected earlier; null where it failed. */
  suspicion: Float64Array | null;
  /** Share of the flipped labels within the first 15 % of the rows; null without flips. */
  foundAt15: number | null;
}

export interface CleanResult {
  kind: 'clean';
  request: RequestOf<'clean'>;
  model: ModelFacts;
  /** Class that each row was trained with, after the flips. */
  labels: Int32Array;
  /** Class that the model gives it. */
  predicted: Int32Array;
  loss: Float64Array;
  /** 1 where the label was flipped on purpose; null without flips. */
  flipped: Int32Array | null;
  rankings: Ranking[];
}

export interface Interval {
  estimate: number;
  low: number;
  high: number;
}

export interface Agreement {
  compared: number;
  pearson: Interval;
  spearman: Interval;
}

export interface ShootOutMethod extends MethodRun {
  groupRule: 'own' | 'sum' | null;
  points: Agreement | null;
  groups: Agreement | null;
  lds: Interval | null;
  mislabelArea: Interval | null;
  foundAt15: number | null;
}

export interface ShootOutResult {
  kind: 'shootOut';
  request: RequestOf<'shootOut'>;
  model: ModelFacts;
  truthSeconds: number;
  truthDescription: string;
  methods: ShootOutMethod[];
}

export interface TestScore {
  accuracy: number;
  loss: number;
}

export interface RetrainingResult {
  kind: 'retraining';
  marks: RowMark[];
  before: TestScore;
  after: TestScore;
  /** ‖∇ objective‖ where it ended. */
  gradientNorm: number;
  converged: boolean;
  seconds: number;
}

export type AttributionResult = PointsResult | CleanResult | ShootOutResult | RetrainingResult;

export interface RankedRow {
  row: number;
  effect: number;
}

/** A test row's most helpful and most harmful training rows by every method. */
export interface PointsPage {
  target: TestRow;
  detail: RowDetail;
  methods: (MethodRun & {
    /** Positive effects, the largest first. */
    helpful: RankedRow[];
    /** Negative effects, the most negative first. */
    harmful: RankedRow[];
    /** Rank correlation of all rows with the first method that ran; null for that one. */
    spearman: number | null;
  })[];
  /** Every row that is named above. */
  rows: RowDetail[];
}
