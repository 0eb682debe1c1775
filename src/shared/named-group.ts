/** Groups of training rows that a person has named: kept with their dataset, used in any study of it. */
import type { RowFilter } from './browse.ts';
import type { GroupOrigin } from './quantities.ts';

export const SET_OPERATIONS = ['or', 'and', 'minus'] as const;
export type SetOperation = (typeof SET_OPERATIONS)[number];

/** How a group is made. */
export type GroupDefinition =
  /** The training rows that all filters keep. */
  | { filters: RowFilter[]; study: string | null; point: number | null }
  | { rows: number[] }
  /** From left to right; the operation of the first term counts for nothing. */
  | { terms: { operation: SetOperation; group: string }[] };

export interface GroupMeasure {
  size: number;
  /** Training rows of the dataset. */
  trainRows: number;
  /** In the order of the dataset's classes. */
  classCounts: number[];
}

export interface NamedGroup extends GroupMeasure {
  id: string;
  datasetId: string;
  /** Unique among the dataset's groups. */
  name: string;
  /** In words: "income from 10 to 20", "A and B", "row list". */
  how: string;
  /** ISO 8601. */
  createdAt: string;
}

/** What several groups have in common. */
export interface GroupOverlap {
  /** k×k, row-major: rows in both; on the diagonal the sizes. */
  shared: Int32Array;
  /** Training rows in at least one. */
  covered: number;
  trainRows: number;
}

/** The groups that a source of a study will have, before anything is computed. */
export interface ExpectedGroups {
  origin: GroupOrigin;
  count: number;
  /** `count` is an upper limit: how many there are depends on the fitted model or on a clustering. */
  atMost: boolean;
  smallest: number;
  median: number;
  largest: number;
  /** Groups by size, in 20 equal bins from 0 to `largest`. */
  histogram: number[];
  /** The largest of them, where they have names (at most 12). */
  named: { label: string; size: number; classCounts: number[] }[];
  /** Training rows in at least one; null where that is not known yet. */
  covered: number | null;
}
