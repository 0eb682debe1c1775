/** What the analyses of a study found. Effects: f after − f(θ̂), positive = what is done to the rows raises f. */
import type { AnalysisKind } from './analysis-spec.ts';
import type { Evaluation } from './quantities.ts';

export const ANALYSIS_TITLE: Record<AnalysisKind, string> = {
  doseResponse: 'Dose–response',
  pairs: 'Pairs of groups',
  shapley: 'Shapley values',
  largestGroup: 'Most influential rows',
};

export interface AnalysedGroup {
  /** In the study's order. */
  index: number;
  id: string;
  label: string;
  size: number;
}

interface AnalysisHead {
  evaluation: Evaluation;
  /** Remarks for people. */
  notes: string[];
  seconds: number;
  /** Models retrained exactly. */
  retrainings: number;
}

/** Row-major G×T, for G groups and T weights. */
export interface DoseResponse extends AnalysisHead {
  kind: 'doseResponse';
  groups: AnalysedGroup[];
  /** T: the share of their weight that the group's rows have; 0 removed, 1 as they are, 2 twice. */
  weights: Float64Array;
  influence: Float64Array;
  newton: Float64Array;
  actual: Float64Array;
  /** Newton steps of each warm-started retraining. */
  newtonSteps: Float64Array;
}

/** Of m groups; matrices m×m, symmetric, NaN on the diagonal. */
export interface PairEffects extends AnalysisHead {
  kind: 'pairs';
  groups: AnalysedGroup[];
  /** m: each group alone. */
  single: Record<PairEstimator, Float64Array>;
  /** m×m: both groups together. */
  both: Record<PairEstimator, Float64Array>;
  /** m×m: rows that both have. */
  shared: Float64Array;
}

export type PairEstimator = 'influence' | 'newton' | 'actual';

/** The game: a coalition's value is −f of the model trained with its groups and every row that is in none of the m. */
export interface ShapleyValues extends AnalysisHead {
  kind: 'shapley';
  groups: AnalysedGroup[];
  /** Over every coalition, or over so many random orders. */
  method: 'exact' | 'permutations';
  permutations: number | null;
  /** m: mean change of f when the group is taken out of a coalition that holds it; they sum to `total`. */
  values: Float64Array;
  /** m; NaN when exact. */
  standardErrors: Float64Array;
  /** m: the effect of removing the group alone. */
  alone: Float64Array;
  /** f without all of the groups − f(θ̂). */
  total: number;
}

/** One greedy choice of rows, in the order chosen; effects of its first `sizes` rows. */
export interface ChosenRows {
  by: 'influence' | 'newton';
  rows: Int32Array;
  influence: Float64Array;
  newton: Float64Array;
  actual: Float64Array;
}

export interface LargestGroup extends AnalysisHead {
  kind: 'largestGroup';
  size: number;
  direction: 'raise' | 'lower';
  /** Of the prefixes that were retrained, ascending; the last is `size`. */
  sizes: Int32Array;
  lists: ChosenRows[];
  /** Rows that the lists have in common. */
  common: number;
}

export type AnalysisResult = DoseResponse | PairEffects | ShapleyValues | LargestGroup;

/** A + B together less their sum: with the sum's sign it is synergy, against it redundancy. m×m. */
export function interactions({ groups, single, both }: PairEffects, estimator: PairEstimator = 'actual'): Float64Array {
  const m = groups.length;
  const alone = single[estimator];
  return both[estimator].map((value, at) => value - alone[Math.floor(at / m)] - alone[at % m]);
}
