import type { Retraining } from '../../shared/study.ts';
import type { ModelOnDevice } from '../models/fit.ts';
import { norms, parameterCount } from '../models/objective.ts';
import type { EvaluationSet } from '../evaluation/evaluation-set.ts';
import type { EffectEstimator } from './estimator.ts';
import type { RemovalBatch } from './removal-batch.ts';

/** I*(w) = f(θ̂(1 − w)) − f(θ̂), by retraining without the group from θ̂. */
export const actual: EffectEstimator = async ({ batch, evaluations }) =>
  evaluations.changes((await batch.minimum()).delta, batch.own);

/** The certificate of each retrained group. */
export async function certificates(
  model: ModelOnDevice,
  batch: RemovalBatch,
  evaluations: EvaluationSet,
  secondsPerGroup: number,
): Promise<Retraining[]> {
  const minimum = await batch.minimum();
  const q = parameterCount(model.objective);
  const p = model.objective.placed.columns;
  const pullNorm = norms(batch.pull, q);
  return batch.groups.map((_, g) => {
    const gradientNorm = minimum.gradientNorm[g];
    const mass = minimum.mass.subarray(g * p, (g + 1) * p);
    const residual = boundingNorm(model, mass, minimum.gradient, g);
    let steepest = 0;
    evaluations.evaluations.forEach(({ quantity }, e) => {
      const [gradients, at] = quantity === 'selfLoss' ? [batch.pull, g] : [evaluations.gradients, e];
      steepest = Math.max(steepest, boundingNorm(model, mass, gradients, at));
    });
    return {
      newtonSteps: minimum.newtonSteps[g],
      gradientNorm,
      relativeGradientNorm: pullNorm[g] === 0 ? 0 : gradientNorm / pullNorm[g],
      converged: minimum.converged[g] === 1,
      effectBound: gradientNorm === 0 ? 0 : residual * steepest,
      seconds: secondsPerGroup,
    };
  });
}

/**
 * An upper bound of √(vᵀH⁻¹v), H the Hessian at the retrained parameters. By Cauchy–Schwarz
 * |∇fᵀH⁻¹∇F| ≤ √(∇fᵀH⁻¹∇f) √(∇FᵀH⁻¹∇F), so that the product of two of them bounds what
 * the remaining gradient ∇F can still change in f, to first order.
 *
 * For u = (a, b), row curvatures vᵢ, c = Σvᵢ and m = Σvᵢxᵢ / c (Jensen): uᵀHu ≥ λ‖a‖² + c (b + aᵀm)².
 * Inverted: vᵀH⁻¹v ≤ ‖v_a − m v_b‖² / λ + v_b² / c, summed over the logits.
 * @param mass Σ vᵢ x̃ᵢ at the retrained parameters, length p
 */
function boundingNorm({ objective }: ModelOnDevice, mass: Float64Array, vectors: Float64Array, at: number): number {
  const { lambda, placed, logits } = objective;
  const p = placed.columns;
  const d = placed.intercept ? p - 1 : p;
  const c = placed.intercept ? mass[p - 1] : 0;
  let sum = 0;
  for (let start = at * logits * p; start < (at + 1) * logits * p; start += p) {
    const onIntercept = placed.intercept ? vectors[start + d] : 0;
    for (let j = 0; j < d; j++) sum += (vectors[start + j] - (placed.intercept ? (mass[j] / c) * onIntercept : 0)) ** 2 / lambda;
    if (placed.intercept) sum += onIntercept ** 2 / c;
  }
  return Math.sqrt(sum);
}
