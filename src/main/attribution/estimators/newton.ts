import type { AttributionEstimator, AttributionProblem } from '../attribution.ts';
import { bySets, checkCancelled } from '../attribution.ts';
import { conjugateGradients } from '../solvers/conjugate-gradients.ts';
import { sum } from '../solvers/vectors.ts';
import { effectsOfMoves, hessianProduct, objectiveGradient, usualForm, weightsWithout } from '../training-objective.ts';
import { openInverse } from '../inverse-hessian.ts';

const TOLERANCE = 1e-10;

/**
 * k Newton steps from θ̂ on the objective without the group: θ ← θ − (H_λ − H(w) at θ)⁻¹ ∇F_w(θ); the first of them is
 * Δθ_Nt = (H_λ − H(w))⁻¹ g(w) (Koh et al. 2019, section 3) plus what is left of ∇F(θ̂). k → ∞ is retraining, for convex
 * objectives. Own definition for groups.
 */
export function newton(steps = 1): AttributionEstimator {
  return async (problem) => {
    const form = usualForm(problem);
    // The damping of the influence estimator, so that the two differ in what they approximate alone.
    const { damping, notes } = await openInverse(problem, { solver: 'cg', form });
    const effects = await bySets(problem, (sets) =>
      effectsOfMoves(problem, sets, (members) => newtonSteps(problem, members, { steps, damping })),
    );
    return { ...effects, groupRule: 'own', suspicion: null, suspicionRule: '', notes: [...notes] };
  };
}

/** θ after k Newton steps without the members. */
export async function newtonSteps(
  problem: AttributionProblem,
  members: Int32Array,
  { steps, damping }: { steps: number; damping: number },
): Promise<Float64Array> {
  const { model, trained } = problem;
  const form = usualForm(problem);
  const weights = weightsWithout(model, members);
  const control = {
    tolerance: TOLERANCE,
    maximumIterations: 10 * model.parameterCount,
    checkCancelled: () => checkCancelled(problem),
  };
  let theta = trained.theta;
  for (let step = 0; step < steps; step++) {
    const gradient = await objectiveGradient(model, theta, weights);
    const product = hessianProduct(model, theta, { form, damping, weights });
    theta = sum(theta, -1, (await conjugateGradients(product, gradient, control)).x);
  }
  return theta;
}
