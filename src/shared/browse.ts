/** Looking at the rows of a dataset: what can be asked of them, and what comes back. */
import type { ColumnRole } from './dataset.ts';
import type { RowDetail } from './study.ts';

/**
 * One condition on rows. A column is named by its key (see `BrowseColumn`); null among `values` is a missing value.
 * `out` keeps the rows for which the condition does not hold.
 */
export type RowFilter =
  /** Both ends belong to the range; null: no limit. Missing values are kept only when `missing`. */
  | { kind: 'range'; column: string; from: number | null; to: number | null; missing: boolean }
  | { kind: 'values'; column: string; values: (string | null)[]; out: boolean }
  /** Capital and small letters are the same. */
  | { kind: 'text'; column: string; contains: string; out: boolean }
  | { kind: 'class'; classes: string[]; out: boolean }
  /** Members of a named group (training rows only). */
  | { kind: 'group'; group: string; out: boolean };

export interface SortKey {
  column: string;
  descending: boolean;
}

/** Which rows, in which order. */
export interface RowQuery {
  dataset: string;
  split: 'train' | 'test';
  /** All of them hold. */
  filters: RowFilter[];
  /** Ties go by the next key, at last by row number; missing values come last in both directions. */
  sort: SortKey[];
  /** A fitted study of the dataset, whose model judges the rows; null: none. */
  study: string | null;
  /** The test row on whose loss the influences are; null: none. */
  point: number | null;
}

/** `influence` … `leverage`: what the study's model says of a row. */
export const MODEL_COLUMNS = ['influence', 'loss', 'probability', 'leverage'] as const;
export type ModelColumn = (typeof MODEL_COLUMNS)[number];

export interface BrowseColumn {
  /** `row`, `image`, a model column, `c3` (the fourth column of the dataset) or `b17` (a feature of the block). */
  key: string;
  name: string;
  type: 'number' | 'category' | 'text' | 'image';
  role: ColumnRole | 'row' | 'model';
  /** What its numbers are, with sign and unit; null where the name says it. */
  about: string | null;
}

export interface BrowseColumns {
  columns: BrowseColumn[];
  /** Features of the block beyond those listed. */
  featuresLeftOut: number;
  /** Why a model column is not there; null when all are, or no study is chosen. */
  refusal: string | null;
}

/** A column over all rows of the split, and over those that the filters keep. */
export interface ColumnHead {
  key: string;
  rows: number;
  kept: number;
  /** Among the kept rows. */
  missing: number;
  /** Mean and deviation are of the kept rows; 20 equal bins from minimum to maximum of all rows. */
  numeric: { minimum: number; maximum: number; mean: number; deviation: number; all: number[]; kept: number[] } | null;
  /** The most frequent values of the kept rows, at most 50; `all` counts over all rows. */
  top: { level: string; all: number; kept: number }[] | null;
  /** Values that occur in the kept rows; null for numbers. */
  distinct: number | null;
}

export type Cells =
  /** NaN: missing. */
  | { kind: 'number'; values: Float64Array }
  /** Long texts are cut; null: missing. */
  | { kind: 'text'; values: (string | null)[] }
  /** Pixels 0…255. */
  | { kind: 'image'; values: Uint8Array[] };

/** A stretch of rows in the order that was asked for. */
export interface BrowsePage {
  /** Rows of the split. */
  total: number;
  /** Rows that all filters keep. */
  kept: number;
  /** Row numbers within the split. */
  rows: Int32Array;
  /** Class of each row, in words. */
  labels: string[];
  /** By column key. */
  cells: Record<string, Cells>;
}

/** A row in full, and what the model says of it beside probability and loss; null where it says nothing. */
export interface JudgedRow extends RowDetail {
  leverage: number | null;
  /** On the loss of the chosen test row. */
  influence: number | null;
}
