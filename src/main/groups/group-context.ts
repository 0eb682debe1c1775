/** What a group constructor may look at: the one signature of every constructor. */
import type { Design, Dataset } from '../../shared/dataset.ts';
import type { Group } from '../../shared/group.ts';
import type { Matrix } from '../../shared/matrix.ts';

export interface GroupContext {
  design: Design;
  dataset: Dataset;
  /** Sizes to form, ascending: see `groupSizes`. */
  sizes: readonly number[];
  seed: number;
  /** Test rows chosen for the study, in order: the influence constructors use them. */
  testPoints: readonly number[];
  /** ∇ℓᵢ(θ̂) per training row with the sample weight, n × (L·p), bias coordinates included. Computed on demand, once. */
  gradients: () => Promise<Matrix>;
  /** The same gradients in factors, when they are at hand: preferred, for n × (L·p) does not always fit in memory. */
  gradientFactors?: () => Promise<GradientFactors>;
  /** Influence of each training row on the loss of test row t (positive = removal raises it), length n. */
  influenceOnLoss: (testRow: number) => Promise<Float64Array>;
  /** A·Bᵀ for dense row-major A (m×k), B (n×k): the fast product, correct to rounding (so decisions that hang on rounding must be retaken exactly). */
  multiplyTransposed: (A: Float64Array, B: Float64Array, m: number, k: number, n: number) => Promise<Float64Array>;
  /** Unit roundoff of `multiplyTransposed`'s arithmetic: 2^-53 (the default) for float64, 2^-24 for float32. */
  productRoundoff?: number;
  /** Remarks for people: a skipped size, a clustering left out for want of memory. */
  note: (text: string) => void;
  /** Throws LeverageError 'cancelled' when the user stopped the run: call it between heavy steps. */
  checkCancelled: () => void;
}

/** ∇ℓᵢ(θ̂) = (pᵢ − e_y)·wᵢ ⊗ x̃ᵢ, x̃ᵢ being row i of design.train.X, with a final 1 when `intercept`. */
export interface GradientFactors {
  /** L×n, as `trainProbabilities`: (pᵢ − e_y) times the sample weight; L = 1 for two classes (pᵢ of the second − its 0/1 label). */
  residuals: Float64Array;
  logits: number;
  intercept: boolean;
}

export type GroupConstructor = (context: GroupContext) => Promise<Group[]>;
