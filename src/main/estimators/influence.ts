import { linearEffects, type EffectEstimator } from './estimator.ts';

/** I(w) = ∇f(θ̂)ᵀ H_λ⁻¹ g(w) (Koh et al. 2019, equation 2); gᵀH_λ⁻¹g for selfLoss, always ≥ 0. */
export const influence: EffectEstimator = async ({ batch, evaluations, directions }) => {
  const wantsSelf = evaluations.evaluations.some((evaluation) => evaluation.quantity === 'selfLoss');
  const step = wantsSelf ? await batch.influenceStep('selfInfluence') : new Float64Array(batch.pull.length);
  return linearEffects(evaluations, directions, batch.pull, batch.gradient, step);
};
