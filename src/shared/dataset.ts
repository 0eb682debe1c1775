/**
 * A dataset as the readers produce it and the store keeps it: columns of equal
 * length, training rows first, then test rows; beside them at most one wide
 * numeric block (NPZ's X, IDX images, svmlight).
 */

/** What a column is used for. */
export type ColumnRole = 'target' | 'feature' | 'group' | 'id' | 'weight' | 'ignore';

export interface NumberColumn {
  kind: 'number';
  name: string;
  role: ColumnRole;
  /** NaN = missing (also test rows of a column that exists only for training rows). */
  values: Float64Array;
}

/** Categories, labels and text: dictionary encoded, levels sorted by code unit. */
export interface CategoryColumn {
  kind: 'category';
  name: string;
  role: ColumnRole;
  /** Index into `levels`; −1 = missing. */
  codes: Int32Array;
  levels: string[];
}

export type Column = NumberColumn | CategoryColumn;

export type BlockData = Float64Array | Float32Array | Int32Array | Uint16Array | Uint8Array;

/** The wide block of features; a value is `data × scale`. Kept in the source's own type to save memory. */
export type FeatureBlock =
  | { kind: 'dense'; columns: number; names: string[] | null; scale: number; data: BlockData }
  | {
      kind: 'sparse';
      columns: number;
      names: string[] | null;
      scale: number;
      data: BlockData;
      indices: Int32Array;
      indptr: Int32Array;
    };

/** When the features are images: each row of the block is `height × width`, row-major, brightness 0…`maximum`. */
export interface ImageShape {
  height: number;
  width: number;
  maximum: number;
}

export interface Dataset {
  name: string;
  trainRows: number;
  testRows: number;
  /** Exactly one column has the role `target`. Every column has trainRows + testRows entries. */
  columns: Column[];
  block: FeatureBlock | null;
  image: ImageShape | null;
  /** What stands in for missing values of numeric features in the design matrix; absent when none are missing. */
  missingNumbers?: 'mean' | 'median' | 'zero';
  /** Where it came from, for people: file names, sample name, licence. */
  source: string;
  /** What a reader noticed and a person should know (rows dropped, types guessed). */
  notes: string[];
}

/** One column, summarised over the training rows (and over the test rows where it differs in kind). */
export interface ColumnSummary {
  name: string;
  role: ColumnRole;
  kind: Column['kind'];
  missing: number;
  distinct: number;
  /** Numbers: minimum, maximum, mean, standard deviation; and counts of 20 equal bins from minimum to maximum. */
  numeric: { minimum: number; maximum: number; mean: number; deviation: number; histogram: number[] } | null;
  /** Categories: the most frequent, at most 20, with training-row counts. */
  top: { level: string; count: number }[] | null;
}

export interface DatasetSummary {
  id: string;
  name: string;
  /** sha-256 of the content in canonical form (hex): same content = same dataset. */
  fingerprint: string;
  source: string;
  sample: boolean;
  trainRows: number;
  testRows: number;
  featureCount: number;
  classes: string[];
  /** Training rows per class, in the order of `classes`. */
  classCounts: number[];
  groupColumns: string[];
  weighted: boolean;
  sparse: boolean;
  image: ImageShape | null;
  bytes: number;
  importedAt: string;
  notes: string[];
}

export interface DatasetDetail extends DatasetSummary {
  columns: ColumnSummary[];
}

/** The numbers a model is fitted to. */
export interface DesignSplit {
  X: import('./matrix.ts').Matrix;
  /** Class index 0…K−1 per row. */
  y: Int32Array;
  /** Per-row sample weights ≥ 0, or null when all are 1. */
  weights: Float64Array | null;
}

export interface Design {
  train: DesignSplit;
  test: DesignSplit;
  /** Sorted; with two classes the second is the positive one. */
  classes: string[];
  featureNames: string[];
  /** The label as numbers, where it is a column of numbers and the design was asked to keep it so (regression). */
  quantity?: { train: Float64Array; test: Float64Array };
  /** What building it decided: values imputed, levels unknown in training. */
  notes?: string[];
}
