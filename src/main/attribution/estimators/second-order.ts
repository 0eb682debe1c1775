import type { AttributionEstimator } from '../attribution.ts';
import { bySets, checkCancelled } from '../attribution.ts';
import { openInverse, type InverseOptions } from '../inverse-hessian.ts';
import { dot } from '../solvers/vectors.ts';
import { setCurvature, setGradient, targetGradients } from '../training-objective.ts';

/**
 * Second-order group influence (Basu, You & Feizi 2020) in sum form: ∇fᵀ[H⁻¹g + H⁻¹H(w)H⁻¹g], the first two terms of the
 * Neumann series of the Newton step (H − H(w))⁻¹g. Own definition for groups: the second term couples a group's rows.
 * One solve per target and, by H⁻¹'s symmetry, one per group or row.
 */
export function secondOrder(options: InverseOptions = {}): AttributionEstimator {
  return async (problem) => {
    const { model, trained, targets } = problem;
    const inverse = await openInverse(problem, options);
    const directions: Float64Array[] = [];
    for (const gradient of await targetGradients(model, trained.theta, targets)) {
      directions.push(await inverse.solve(gradient));
    }
    const effects = await bySets(problem, async (sets) => {
      const out = new Float64Array(targets.length * sets.length);
      for (let g = 0; g < sets.length; g++) {
        checkCancelled(problem);
        const pull = await setGradient(model, trained.theta, sets[g]);
        const u = await inverse.solve(pull);
        const bent = await setCurvature(model, trained.theta, sets[g], u, inverse.form);
        directions.forEach((s, t) => (out[t * sets.length + g] = dot(s, pull) + dot(s, bent)));
      }
      return out;
    });
    return { ...effects, groupRule: 'own', suspicion: null, suspicionRule: '', notes: inverse.notes };
  };
}
