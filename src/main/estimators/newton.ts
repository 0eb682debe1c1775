import type { EffectEstimator } from './estimator.ts';

/** I_Nt(w) = f(θ̂ + Δθ_Nt) − f(θ̂), Δθ_Nt = (H_λ − H(w))⁻¹ g(w) (Koh et al. 2019, section 3). */
export const newton: EffectEstimator = async ({ batch, evaluations }) =>
  evaluations.changes((await batch.minimum()).firstStep, batch);
