/**
 * What-if: any set of training rows of a fitted study, what its removal would do, predicted at once and retrained
 * when asked. The inputs of the `whatif.*` procedures and their answers.
 */
import { z } from 'zod';
import { QUANTITIES, type Evaluation } from './quantities.ts';
import type { Retraining } from './study.ts';

/** A number per training row, to draw or to sort by. */
export const rowColumn = z.discriminatedUnion('kind', [
  z.strictObject({
    /**
     * loss: ℓᵢ(θ̂); margin: the logit of the row's own class above the highest other one; leverage: the trace of
     * H_λ⁻¹sᵢ∇²ℓᵢ; selfInfluence: sᵢ∇ℓᵢᵀH_λ⁻¹sᵢ∇ℓᵢ; component1, component2: principal components of the features; class: its index.
     */
    kind: z.enum(['loss', 'margin', 'leverage', 'selfInfluence', 'component1', 'component2', 'class']),
  }),
  /** A column of the design matrix, by its number. */
  z.strictObject({ kind: z.literal('feature'), feature: z.number().int().nonnegative() }),
  /** Influence of removing the row alone: positive = raises the quantity. Of selfLoss see selfInfluence. */
  z.strictObject({ kind: z.literal('influence'), quantity: z.enum(QUANTITIES), target: z.string() }),
]);
export type RowColumn = z.output<typeof rowColumn>;

/** One condition on a column of the data; numbers are compared as numbers, text as written. */
export const rowCondition = z.strictObject({
  column: z.string(),
  is: z.enum(['equal', 'different', 'atLeast', 'atMost', 'missing']),
  value: z.string().max(10_000),
});
export type RowCondition = z.output<typeof rowCondition>;

const id = z.string().min(1);
/** Names who asks: a later request of the same view takes the place of the one before it. */
const view = z.string().min(1).max(100);
const rows = z.custom<Int32Array>((value) => value instanceof Int32Array, 'is no list of rows (an Int32Array)');
/** A test row besides the study's own: its margin (two classes) and loss are measured too. */
const testRow = z.number().int().nonnegative().nullable().default(null);
const evaluation = z.strictObject({ quantity: z.enum(QUANTITIES), target: z.string() });

export const whatIfInputs = {
  open: z.strictObject({ id }),
  points: z.strictObject({ id, columns: z.array(rowColumn).min(1).max(8) }),
  filter: z.strictObject({ id, conditions: z.array(rowCondition).max(20), rows: z.string().max(1_000_000) }),
  /**
   * `newton`: "ifQuick" leaves it out where it is expected to take longer than a moment. `means`: false leaves Newton's
   * effects on mean test losses out (NaN), which go through all test rows: for rows that are still being drawn.
   */
  predict: z.strictObject({
    ...{ id, view, rows, testRow },
    newton: z.enum(['ifQuick', 'always']).default('ifQuick'),
    means: z.boolean().default(true),
  }),
  retrain: z.strictObject({ id, view, rows, testRow }),
  /** `shares` of the rows' weight that are removed, each in [0, 1]; `actual`: retrain at each of them. */
  dose: z.strictObject({
    id,
    view,
    rows,
    evaluation,
    shares: z.array(z.number().min(0).max(1)).min(1).max(101),
    actual: z.boolean().default(false),
  }),
  spectrum: z.strictObject({ id, view, rows, evaluation }),
  cancel: z.strictObject({ id, view }),
};
type Asked = { [K in keyof typeof whatIfInputs]: z.output<(typeof whatIfInputs)[K]> };
export type WhatIfInput<K extends keyof typeof whatIfInputs> = Asked[K];

/** A column of the data that rows can be filtered by. */
export interface FilterColumn {
  name: string;
  kind: 'number' | 'category';
  /** Of a category: its values, at most the first 200. */
  levels: string[];
}

/** A fitted study, placed on its device. */
export interface WhatIfModel {
  studyName: string;
  datasetId: string;
  trainRows: number;
  testRows: number;
  /** q, over all logits. */
  parameters: number;
  /** Absolute λ. */
  lambda: number;
  classes: string[];
  /** Class index per training row. */
  y: Int32Array;
  /** The study's own. */
  evaluations: Evaluation[];
  /** Names of the design's columns. */
  featureNames: string[];
  filterColumns: FilterColumn[];
  /** Whether the principal components are those of columns brought to unit variance first. */
  componentsScaled: boolean;
  /** Whether leverage and self-influence of every row are at hand; of a wide model they are not. */
  leverage: boolean;
  /** As people read it. */
  device: string;
  /** Seconds a Newton prediction of a quarter of the rows is expected to take. */
  newtonSeconds: number;
  /** That it took to place the model. */
  seconds: number;
}

/** Predicted effects of one removal. positive = removing the rows raises the quantity. */
export interface WhatIfPrediction {
  /** How many rows are removed. */
  size: number;
  /** The study's, and those of the test row asked for. */
  evaluations: Evaluation[];
  /** Per evaluation. */
  influence: Float64Array;
  /** Null where it was left out, see `newtonSeconds`. */
  newton: Float64Array | null;
  /** That Newton took, or, left out, would take. */
  newtonSeconds: number;
  /** Rows per class of those removed. */
  classCounts: number[];
  /** Classes of which no row is left: retraining then has no finite optimum. */
  lostClasses: string[];
  /** The engine's, from the request to the answer. */
  seconds: number;
}

export interface WhatIfRetraining {
  size: number;
  evaluations: Evaluation[];
  influence: Float64Array;
  newton: Float64Array;
  actual: Float64Array;
  retraining: Retraining;
  notes: string[];
}

/** Effects of removing a share t of the rows' weight, θ̂(1 − t·w), by t. */
export interface WhatIfDose {
  evaluation: Evaluation;
  shares: Float64Array;
  /** t × the influence of the whole removal. */
  influence: Float64Array;
  newton: Float64Array;
  /** Null unless asked for. */
  actual: Float64Array | null;
  /** One per share when retrained. */
  retraining: Retraining[];
}

/** Why influence and Newton differ: directions by the share of the model's curvature that the rows hold there. */
export interface WhatIfSpectrum {
  evaluation: Evaluation;
  method: 'rows' | 'parameters' | 'lanczos';
  /** μⱼ in [0, 1), descending. */
  eigenvalues: Float64Array;
  /** μⱼ/(1 − μⱼ)(v_fᵀeⱼ)(v_wᵀeⱼ): what direction j adds to influence on the way to linear Newton. */
  contributions: Float64Array;
  /** v_wᵀeⱼ/‖v_w‖: how much of the rows' pull lies along direction j. */
  groupAlignment: Float64Array;
  /** v_fᵀeⱼ/‖v_f‖, or NaN where that norm is not known. */
  testAlignment: Float64Array;
  influence: number;
  newtonLinear: number;
}
