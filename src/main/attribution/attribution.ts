/**
 * The one signature of every attribution method, and what they share. Sign, everywhere: positive = removing the row (or
 * the group) raises the target, the mean loss over some test rows (method.md §1 and §6).
 */
import { LeverageError } from '../../shared/errors.ts';
import type { TrainableModel, TrainedModel } from '../models/trainable/trainable-model.ts';

/** A function of the parameters: the mean loss over these test rows. */
export interface Target {
  label: string;
  rows: Int32Array;
}

export interface AttributionProblem {
  model: TrainableModel;
  /** The model that is explained: its θ and the checkpoints on the way there. */
  trained: TrainedModel;
  /** Of that training, and of every random choice of an estimator. */
  seed: number;
  targets: readonly Target[];
  /** Rows whose removal, each alone, is asked for. */
  points: Int32Array;
  /** Groups whose removal is asked for: rows ascending. */
  groups: readonly Int32Array[];
  /** Where a quicker way exists than training again; else `retrainer(model)`. */
  retrainer?: Retrainer;
  /** Bytes that an estimator may take. */
  memoryBudget: number;
  signal?: AbortSignal;
}

/** Effects on every target of removing each group, by training without it: T×G. */
export interface Retrainer {
  description: string;
  effects(problem: AttributionProblem, groups: readonly Int32Array[]): Promise<Float64Array>;
}

export interface Attribution {
  /** T×P: effect of removing each asked row. */
  points: Float64Array;
  /** T×G: effect of removing each asked group. */
  groups: Float64Array;
  /** 'own': by the estimator's own definition for groups; 'sum': the sum over the group's rows stands in for it. */
  groupRule: 'own' | 'sum';
  /** P: how suspect each asked row's label is by the estimator's own measure (`suspicionRule`); null where it has none. */
  suspicion: Float64Array | null;
  suspicionRule: string;
  /** What a person should know: what was chosen, left out or approximated. */
  notes: string[];
}

export type AttributionEstimator = (problem: AttributionProblem) => Promise<Attribution>;

export function checkCancelled({ signal }: Pick<AttributionProblem, 'signal'>): void {
  if (signal?.aborted !== true) return;
  throw new LeverageError('cancelled', 'The attribution was stopped.');
}

/** Throws 'unavailable' before anything is computed where `bytes` are more than the budget. */
export function requireMemory({ memoryBudget }: AttributionProblem, bytes: number, what: string, hint: string): void {
  if (bytes <= memoryBudget) return;
  const gigabytes = (amount: number): string => `${(amount / 2 ** 30).toPrecision(2)} GiB`;
  throw new LeverageError(
    'unavailable',
    `${what} would take ${gigabytes(bytes)} of memory, more than the ${gigabytes(memoryBudget)} allowed.`,
    hint,
  );
}

/** 0 … count − 1. */
export function allRows(count: number): Int32Array {
  return Int32Array.from({ length: count }, (_, row) => row);
}

/** The rows asked for and every member of a group, ascending: all that an additive estimator has to score. */
export function rowsOf({ points, groups }: Pick<AttributionProblem, 'points' | 'groups'>): Int32Array {
  return Int32Array.from(new Set([...points, ...groups.flatMap((group) => [...group])])).sort();
}

/**
 * Points and groups of an estimator that scores rows and adds them up.
 * @param scores T×R, of the `rows`
 */
export function additive(
  { points, groups, targets }: AttributionProblem,
  rows: Int32Array,
  scores: Float64Array,
): Pick<Attribution, 'points' | 'groups'> {
  const at = new Map(Array.from(rows, (row, index) => [row, index]));
  const indexOf = (row: number): number => at.get(row) ?? -1;
  const R = rows.length;
  const T = targets.length;
  const outPoints = new Float64Array(T * points.length);
  const outGroups = new Float64Array(T * groups.length);
  for (let t = 0; t < T; t++) {
    points.forEach((row, i) => (outPoints[t * points.length + i] = scores[t * R + indexOf(row)]));
    groups.forEach((members, g) => {
      for (const row of members) outGroups[t * groups.length + g] += scores[t * R + indexOf(row)];
    });
  }
  return { points: outPoints, groups: outGroups };
}

/** Both at once for an estimator whose definition takes a set of rows: `effects` is called with single rows, then with the groups. */
export async function bySets(
  { points, groups }: AttributionProblem,
  effects: (sets: readonly Int32Array[]) => Promise<Float64Array>,
): Promise<Pick<Attribution, 'points' | 'groups'>> {
  return {
    points: await effects(Array.from(points, (row) => Int32Array.of(row))),
    groups: await effects(groups),
  };
}
