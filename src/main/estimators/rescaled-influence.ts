import { linearEffects, type EffectEstimator } from './estimator.ts';

/**
 * Σ over the group of each point's influence divided by 1 − hᵢ, hᵢ its leverage under H_λ: exact, up to the curvature of
 * the loss, for each point removed alone, but blind to what the points of a group do to each other's leverage. With more
 * than two classes (I − sᵢVᵢMᵢ)⁻¹ stands for 1/(1 − hᵢ). For selfLoss each point's corrected influence on the whole
 * group's loss, g(w)ᵀH_λ⁻¹g̃(w).
 */
export const rescaledInfluence: EffectEstimator = async ({ batch, evaluations, directions }) => {
  const pull = await batch.rescaledPull();
  const q = pull.length / Math.max(1, batch.groups.length);
  const wantsSelf = evaluations.evaluations.some((evaluation) => evaluation.quantity === 'selfLoss');
  const step = wantsSelf ? (await batch.influenceStep('parameters')).slice() : new Float64Array(pull.length);
  // H_λ⁻¹g(w) itself; where nothing is taken, nothing pulls either.
  batch.left.forEach((left, g) => {
    if (left !== 1) for (let j = g * q; j < (g + 1) * q; j++) step[j] /= 1 - left;
  });
  return linearEffects(evaluations, directions, pull, step, pull);
};
