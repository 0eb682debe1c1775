/** What section 4 of Koh et al. 2019 says of a study and of one of its groups. */

export type TheoryMethod = 'whole' | 'lanczos';

/** A number found by iteration, with what is known of its distance from the truth. */
export interface Found {
  value: number;
  /** Bound of the error, or its usual size where it is rounding. */
  accuracy: number;
}

export interface StudyTheory {
  /** "whole": every eigenvalue of the Hessian was found; "lanczos": the ends of its spectrum. */
  method: TheoryMethod;
  parameters: number;
  trainRows: number;
  lambda: number;
  /** With an intercept free of the penalty the propositions hold in its direction only as far as the data curve it. */
  freeIntercept: boolean;
  /** Eigenvalues of H = Σ∇²ℓᵢ(θ̂), without the directions in which softmax is flat. */
  largest: Found;
  smallest: Found;
  /** Smallest eigenvalue of H_λ, without the flat directions: σ_min + λ where everything is penalised. */
  smallestWithPenalty: Found;
  /** s = σ_max/λ. */
  s: number;
  /** Proposition 3: self-loss by Newton over self-loss by influence is between 1 and this, up to O(λ⁻³). */
  selfLossSlope: number;
  /** Groups (indices) that are copies of one point: Proposition 4. */
  copies: Int32Array;
  /** d(w) of each of them; NaN with more than two classes. */
  copiesFactor: Float64Array;
  /** Proposition 1: Lipschitz constant of the rows' Hessians. */
  hessianConstant: number;
  /** Largest gradient of a row's loss at θ̂. */
  lossConstant: number;
  /** C_f per evaluation; of selfLoss per unit of weight, its largest. */
  functionConstant: Float64Array;
  /** E×G: the bound of |Newton − actual|, n‖w‖₁²C_f C_H C_ℓ²/(σ_min + λ)³. */
  bound: Float64Array;
}

export interface GroupTheory {
  index: number;
  /** As RemovalSpectrum: through the group's rows, the parameters, or by Lanczos. */
  method: 'rows' | 'parameters' | 'lanczos';
  parameters: number;
  /** Shares μⱼ of the model's curvature that the group holds, descending. */
  eigenvalues: Float64Array;
  /** v_wᵀeⱼ. */
  groupAlignment: Float64Array;
  groupNorm: number;
  /** E×k: v_fᵀeⱼ. */
  testAlignment: Float64Array;
  /** E: ‖v_f‖; NaN by Lanczos. */
  testNorm: Float64Array;
  /** E×k: what each direction adds to linear Newton − influence. */
  contributions: Float64Array;
  /** E. */
  influence: Float64Array;
  newtonLinear: Float64Array;
  /** Relative residual of the system that the contributions sum to; 0 when all directions are there. */
  residual: number;
  /** The directions that contribute most, in terms of features; none where they are too many to be worked out. */
  named: NamedDirection[];
  nearest: NearGroup[];
  seconds: number;
}

/** What a direction is about. */
export interface NamedDirection {
  /** Its place by share held, from 0. */
  rank: number;
  /** The features that move logits most along it, with their shares of that. */
  features: { name: string; share: number }[];
}

/** Another group and its overlap. */
export interface NearGroup {
  index: number;
  /** |A ∩ B| / |A ∪ B|. */
  jaccard: number;
  shared: number;
}

/** Why an estimate is off, in three parts that add up to actual − influence. */
export interface ErrorParts {
  /** Actual − Newton: what one Newton step leaves (Proposition 1). */
  actualMinusNewton: number;
  /** Newton − linear Newton: the curvature of the measured function along the step. */
  functionCurvature: number;
  /** Linear Newton − influence: the curvature that leaves with the group (Corollary 1). */
  removedCurvature: number;
}

/** NaN parts where an effect is missing; with a finite `newtonLinear` the parts sum to actual − influence. */
export function errorParts(influence: number, newton: number, actual: number, newtonLinear: number): ErrorParts {
  return {
    actualMinusNewton: actual - newton,
    functionCurvature: newton - newtonLinear,
    removedCurvature: newtonLinear - influence,
  };
}

/** How many directions, the largest first, make up `share` of the sum of contributions' absolute values. */
export function directionsThatMatter(contributions: Float64Array, share: number): number[] {
  const order = Array.from(contributions.keys()).sort(
    (a, b) => Math.abs(contributions[b]) - Math.abs(contributions[a]),
  );
  const total = contributions.reduce((sum, value) => sum + Math.abs(value), 0);
  const chosen: number[] = [];
  let sum = 0;
  for (const at of order) {
    if (sum >= share * total) break;
    chosen.push(at);
    sum += Math.abs(contributions[at]);
  }
  return chosen;
}
