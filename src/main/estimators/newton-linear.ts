import { linearEffects, type EffectEstimator } from './estimator.ts';

/** ∇f(θ̂)ᵀ Δθ_Nt: the Newton step of the parameters, carried to f by its gradient only. */
export const newtonLinear: EffectEstimator = async ({ batch, evaluations }) => {
  const { firstStep } = await batch.minimum();
  return linearEffects(evaluations, evaluations.gradients, firstStep, batch.gradient, firstStep);
};
