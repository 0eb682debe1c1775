/** The one signature of every estimator, and what they share. */
import type { EvaluationSet } from '../evaluation/evaluation-set.ts';
import type { RemovalBatch } from './removal-batch.ts';

/** What an estimator may use: the batch's parameter changes and the evaluations' influence directions. */
export interface EstimatorInput {
  batch: RemovalBatch;
  evaluations: EvaluationSet;
  /** E×q: H_λ⁻¹∇f (0 for selfLoss). */
  directions: Float64Array;
}

/** @returns E×B effects; positive = removing the group raises the quantity */
export type EffectEstimator = (input: EstimatorInput) => Promise<Float64Array>;

/**
 * First-order effects ∇fᵀδ, with g(w)ᵀδ for selfLoss.
 * @param right what ∇f is paired with: B×q
 */
export function linearEffects(
  evaluations: EvaluationSet,
  left: Float64Array,
  right: Float64Array,
  selfLeft: Float64Array,
  selfRight: Float64Array,
): Float64Array {
  const count = evaluations.evaluations.length;
  const q = left.length / count;
  const groups = right.length / q;
  const out = new Float64Array(count * groups);
  evaluations.evaluations.forEach(({ quantity }, e) => {
    for (let g = 0; g < groups; g++) {
      let sum = 0;
      if (quantity === 'selfLoss') for (let j = 0; j < q; j++) sum += selfLeft[g * q + j] * selfRight[g * q + j];
      else for (let j = 0; j < q; j++) sum += left[e * q + j] * right[g * q + j];
      out[e * groups + g] = sum;
    }
  });
  return out;
}
