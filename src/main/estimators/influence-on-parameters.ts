import type { EffectEstimator } from './estimator.ts';

/** f(θ̂ + H_λ⁻¹g(w)) − f(θ̂): influence on the parameters, carried to f exactly. */
export const influenceOnParameters: EffectEstimator = async ({ batch, evaluations }) =>
  evaluations.changes(await batch.influenceStep('parameters'), batch);
