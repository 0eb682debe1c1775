import type { EffectEstimator } from './estimator.ts';

/**
 * ∇fᵀ(H_λ⁻¹g + H_λ⁻¹H(w)H_λ⁻¹g): influence and the next term of the series of (H_λ − H(w))⁻¹, on the way to the
 * linear Newton step (Basu, You & Feizi 2020, in the form of a sum of losses). When the group leaves the share t of its
 * weight, g and H(w) are 1 − t of theirs.
 */
export const secondOrder: EffectEstimator = async ({ batch, evaluations, directions }) => {
  // (1 − t)H_λ⁻¹g, and H(w) times it.
  const first = await batch.influenceStep('parameters');
  const turned = await batch.ownCurvature(first);
  const count = evaluations.evaluations.length;
  const q = directions.length / count;
  const groups = batch.groups.length;
  const out = new Float64Array(count * groups);
  evaluations.evaluations.forEach(({ quantity }, e) => {
    for (let g = 0; g < groups; g++) {
      let sum = 0;
      if (quantity === 'selfLoss') {
        for (let j = g * q; j < (g + 1) * q; j++) sum += batch.gradient[j] * first[j] + first[j] * turned[j];
      } else {
        const taken = 1 - batch.left[g];
        for (let j = 0; j < q; j++) {
          sum += directions[e * q + j] * (batch.pull[g * q + j] + taken * turned[g * q + j]);
        }
      }
      out[e * groups + g] = sum;
    }
  });
  return out;
};
