/** Studies as the store keeps them and the window reads them. */
import type { Estimator, Evaluation, GroupOrigin } from './quantities.ts';
import type { StudySpec } from './study-spec.ts';
import type { GroupParameters } from './group.ts';
import type { Failure } from './errors.ts';

/** interrupted = the engine stopped without finishing (crash, kill, power); resumable, like cancelled. */
export type StudyStatus = 'draft' | 'queued' | 'running' | 'cancelled' | 'interrupted' | 'failed' | 'done';

export const STAGES = ['load', 'fit', 'groups', 'influence', 'retrain', 'summarise'] as const;
export type Stage = (typeof STAGES)[number];

export const STAGE_TITLE: Record<Stage, string> = {
  load: 'Loading the dataset',
  fit: 'Fitting the model',
  groups: 'Forming groups',
  influence: 'Influence',
  retrain: 'Newton and exact retraining',
  summarise: 'Summarising',
};

export interface StudyProgress {
  stage: Stage;
  groupsDone: number;
  /** 0 until the groups are formed. */
  groupsTotal: number;
  /** Groups per second over this run; NaN until known. */
  rate: number;
  /** NaN until known. */
  secondsLeft: number;
}

export interface FitSummary {
  /** Absolute λ of Σℓ + (λ/2)‖θ‖². */
  lambda: number;
  /** Absent: logistic or softmax regression. */
  kind?: 'ridge' | 'smoothHinge' | 'mlp' | 'cnn';
  /** What trainAccuracy and testAccuracy are; absent: shares of right rows. */
  score?: 'accuracy' | 'r2';
  intercept: boolean;
  trainAccuracy: number;
  testAccuracy: number;
  testLoss: number;
  /** ‖∇‖₂ of the objective at θ̂. */
  gradientNorm: number;
  iterations: number;
  /** Mean validation accuracy per λ tried, when λ was cross-validated. */
  crossValidation: { lambda: number; relative: number; accuracy: number }[] | null;
}

export interface Provenance {
  appVersion: string;
  nodeVersion: string;
  platform: string;
  device: string;
  precision: 'float64' | 'float32';
  threads: number;
  libraries: Record<string, string>;
  datasetFingerprint: string;
  datasetName: string;
  seed: number | null;
  tolerance: number;
  preconditioner: string;
}

/** One epoch of a network's training; 0 is before the first step. */
export interface TrainingPoint {
  epoch: number;
  /** Weighted mean over the training rows, without the penalty. */
  trainLoss: number;
  testLoss: number;
  /** Share of test rows whose class is right. */
  accuracy: number;
}

/** A network's training as far as it is kept; null for a study without one. */
export interface TrainingCurve {
  /** As planned. */
  epochs: number;
  points: TrainingPoint[];
  /** Epochs after which θ was kept. */
  checkpoints: number[];
}

/** How one estimator agrees with the actual effect over a set of groups (pairs with both defined). */
export interface Agreement {
  quantity: Evaluation['quantity'];
  target: string;
  estimator: Estimator;
  /** "all", or a constructor. */
  groups: GroupOrigin | 'all';
  count: number;
  /** Groups left out because an effect is NaN or infinite on either side. */
  skipped?: number;
  /** Of those counted, groups whose retraining stopped short of the study's tolerance. Left out when there are none. */
  unconverged?: number;
  spearman: number;
  pearson: number;
  /** Least-squares slope through the origin of actual on the estimate. */
  slope: number;
  /** Share of groups with |estimate| < |actual|. */
  underestimated: number;
  /** Share of groups where estimate and actual have the same sign. */
  sameSign: number;
}

export interface StudySummary {
  id: string;
  name: string;
  status: StudyStatus;
  failure: Failure | null;
  datasetId: string;
  datasetName: string;
  groupCount: number;
  groupsDone: number;
  estimators: Estimator[];
  evaluationCount: number;
  testAccuracy: number | null;
  /** λ/n, when fitted. */
  relativeL2: number | null;
  createdAt: string;
  startedAt: string | null;
  finishedAt: string | null;
  /** Seconds of computing, over all its runs. */
  seconds: number;
  /** What a person wrote beside it. */
  tags: string[];
  note: string;
  /** Kept at the top of the history. */
  pinned: boolean;
  /** Rank correlation of influence with the actual effect over its evaluations; null until kept (see `studies.get`). */
  influenceSpearman: { lowest: number; highest: number } | null;
}

export interface StudyDetail extends StudySummary {
  spec: StudySpec;
  fit: FitSummary | null;
  evaluations: Evaluation[];
  provenance: Provenance | null;
  /** Remarks of the run for people: pools skipped, classes that vanish, tolerance not reached. */
  notes: string[];
  secondsPerStage: Partial<Record<Stage, number>>;
  agreements: Agreement[];
}

/**
 * All effects of a study so far.
 * value(e, s, g) = values[(e * estimators.length + s) * groupCount + g]; NaN where undefined or not yet computed.
 */
export interface EffectsTable {
  groupCount: number;
  evaluations: Evaluation[];
  estimators: Estimator[];
  values: Float64Array;
}

/** One row per group, in the study's order; members are fetched apart. */
export interface GroupSummary {
  index: number;
  id: string;
  origin: GroupOrigin;
  label: string;
  size: number;
  parameters: GroupParameters;
  /** Null until retrained. */
  retraining: Retraining | null;
}

/** The certificate of one exact retraining. */
export interface Retraining {
  newtonSteps: number;
  /** ‖∇‖₂ in float64 at the retrained parameters. */
  gradientNorm: number;
  /** ‖∇‖₂ / ‖g(w)‖₂, g(w) being the gradient the removal leaves at θ̂; 0 when g(w) = 0. */
  relativeGradientNorm: number;
  converged: boolean;
  /** What the remaining gradient can still change in any effect of this group, to first order (an upper bound). */
  effectBound: number;
  seconds: number;
}

/** A training or test row as a person reads it. */
export interface RowDetail {
  row: number;
  label: string;
  /** Margin-free: probability the model gives to the row's own class, and its loss; null before a fit. */
  probability: number | null;
  loss: number | null;
  /** Values of the named columns, formatted; at most the first 60 features. */
  values: { name: string; value: string }[];
  /** Pixels 0…255 when the dataset is images. */
  image: Uint8Array | null;
}

export interface GroupDetail extends GroupSummary {
  members: Int32Array;
  /** Rows per class, in the dataset's class order. */
  classCounts: number[];
  /** The first members, at most 50, by loss descending. */
  rows: RowDetail[];
}

/** What became of trying one device. */
export interface DeviceTrial {
  name: string;
  title: string;
  /** Of the products that retraining consists of. */
  precision: 'float64' | 'float32';
  /** Why it can not be used, without a final stop; null when it works. */
  refusal: string | null;
  /** GFLOP/s of those products; null when it was not measured. */
  gigaflops: number | null;
  /** A graphics processor that is imitated on the CPU. */
  emulated: boolean;
  /** Never chosen automatically while another works. */
  lastResort: boolean;
}

/** Every device, tried at one time on one machine. */
export interface DeviceTrials {
  /** ISO 8601. */
  measuredAt: string;
  trials: DeviceTrial[];
}

/** Groups of two studies of one dataset that are the same set of training rows. */
export interface GroupMatches {
  /** Index in the first study and index in the second, one pair after the other. */
  pairs: Int32Array;
  /** Groups of each study that the other has not. */
  onlyFirst: number;
  onlySecond: number;
}

/** Which training rows a set of groups shares. */
export interface SharedMembers {
  /** Training rows that are in at least one of the groups. */
  distinct: number;
  /** The rows that are in most of them, at most 50, those with the highest loss first among equals. */
  rows: { row: RowDetail; groups: number }[];
}

export interface DeviceReport {
  name: string;
  title: string;
  precision: 'float64' | 'float32';
  available: boolean;
  /** Why it is chosen, why another one is, or why it can not be used. */
  reason: string;
  /** Measured rate of the products that retraining consists of, in `precision`; null when not available. */
  gigaflops: number | null;
  /** Whether it is the automatic choice. */
  automatic: boolean;
  /** Whether new studies are computed on it. */
  chosen: boolean;
  /** When it was tried. ISO 8601. */
  measuredAt: string;
}

/**
 * Influence of every training row on the loss or margin of every test row, as far as it is kept: positive = removing
 * the training row raises it.
 */
export interface PointInfluences {
  trainRows: number;
  testRows: number;
  precision: 'float64' | 'float32';
  device: string;
  /** Without reading and fitting. */
  seconds: number;
  /** Rows kept per test row at each end. */
  top: number;
  /** testRows × top: training rows of the highest influence, descending; ties by row number. */
  highest: Int32Array;
  highestValues: Float64Array;
  /** testRows × top: of the lowest influence, ascending. */
  lowest: Int32Array;
  lowestValues: Float64Array;
  /** Per training row, over the test rows: Σ influence, Σ |influence|. */
  train: Float64Array;
  trainSizes: Float64Array;
  /** Per test row, over the training rows. */
  test: Float64Array;
  testSizes: Float64Array;
  /** The test rows that the study looks at. */
  testPoints: number[];
}

/** What a run will cost, told before it starts. */
export interface StudyPlan {
  groupCount: number;
  evaluationCount: number;
  bytes: number;
  seconds: number;
  notes: string[];
}
