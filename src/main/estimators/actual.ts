import type { Retraining } from '../../shared/study.ts';
import type { ModelOnDevice } from '../models/fit.ts';
import { norms, parameterCount, type Objective } from '../models/objective.ts';
import type { EvaluationSet, SliceMoments } from '../evaluation/evaluation-set.ts';
import type { EffectEstimator } from './estimator.ts';
import type { RemovalBatch } from './removal-batch.ts';

/**
 * I*(w) = f(θ̂(1 − w)) − f(θ̂), by retraining without the group from θ̂. Where the removal leaves no finite
 * optimum (a class loses its last row, free intercept), the limit: often ±Infinity.
 */
export const actual: EffectEstimator = async ({ batch, evaluations }) => {
  const effects = await evaluations.changes((await batch.minimum()).delta, batch.own);
  const groups = batch.groups.length;
  batch.lostClasses.forEach((lost, g) => {
    if (lost.size === 0) return;
    for (let e = 0; e < evaluations.evaluations.length; e++) {
      effects[e * groups + g] = evaluations.limitWithout(e, lost) ?? effects[e * groups + g];
    }
  });
  return effects;
};

/** The certificate of each retrained group. */
export async function certificates(
  model: ModelOnDevice,
  batch: RemovalBatch,
  evaluations: EvaluationSet,
  secondsPerGroup: number,
): Promise<Retraining[]> {
  const minimum = await batch.minimum();
  const { objective } = model;
  const q = parameterCount(objective);
  const p = objective.placed.columns;
  const pullNorm = norms(batch.pull, q);
  const wantsSelf = evaluations.evaluations.some(({ quantity }) => quantity === 'selfLoss');
  const selfGradients = wantsSelf ? await selfGradientsAfter(model, batch, minimum.delta) : new Float64Array(0);
  return batch.groups.map((_, g) => {
    const gradientNorm = minimum.gradientNorm[g];
    const curvature = { objective, mass: minimum.mass.subarray(g * p, (g + 1) * p) };
    const residual = boundingNorm(curvature, minimum.gradient.subarray(g * q, (g + 1) * q));
    let steepest = wantsSelf ? boundingNorm(curvature, selfGradients.subarray(g * q, (g + 1) * q)) : 0;
    for (let e = 0; e < evaluations.evaluations.length; e++) {
      const gradient = evaluations.pointGradientAfter(e, minimum.delta, g);
      if (gradient !== null) steepest = Math.max(steepest, boundingNorm(curvature, gradient));
      const moments = evaluations.sliceMoments(e);
      if (moments !== null) steepest = Math.max(steepest, boundingMean(curvature, moments));
    }
    return {
      newtonSteps: minimum.newtonSteps[g],
      gradientNorm,
      relativeGradientNorm: pullNorm[g] === 0 ? 0 : gradientNorm / pullNorm[g],
      converged: minimum.converged[g] === 1,
      effectBound: batch.lostClasses[g].size > 0 ? Infinity : gradientNorm === 0 ? 0 : residual * steepest,
      seconds: secondsPerGroup,
    };
  });
}

/** B×q: gradient of each group's own loss at its retrained parameters, g(w) plus its change on the way there. */
async function selfGradientsAfter(
  model: ModelOnDevice,
  batch: RemovalBatch,
  delta: Float64Array,
): Promise<Float64Array> {
  const { placed, logits } = model.objective;
  const change = await placed.openBatch(model.fitted.trainLogits, batch.own, logits).gradientChange(delta);
  for (let j = 0; j < change.length; j++) change[j] += batch.pull[j];
  return change;
}

/** Curvature of the objective at a group's retrained parameters. */
interface Curvature {
  objective: Objective;
  /** Σ vᵢ x̃ᵢ, length p; vᵢ a lower bound of the row's curvature. */
  mass: Float64Array;
}

/**
 * An upper bound of √(vᵀH⁻¹v), H the Hessian at the retrained parameters. By Cauchy–Schwarz
 * |∇fᵀH⁻¹∇F| ≤ √(∇fᵀH⁻¹∇f) √(∇FᵀH⁻¹∇F), so that the product of two of them bounds what
 * the remaining gradient ∇F can still change in f, to first order.
 *
 * For u = (a, b), row curvatures vᵢ, c = Σvᵢ and m = Σvᵢxᵢ / c (Jensen): uᵀHu ≥ λ‖a‖² + c (b + aᵀm)².
 * Inverted: vᵀH⁻¹v ≤ ‖v_a − m v_b‖² / λ + v_b² / c, summed over the logits.
 * @param vector length q
 */
function boundingNorm({ objective, mass }: Curvature, vector: Float64Array): number {
  const { lambda, placed } = objective;
  const p = placed.columns;
  const d = placed.intercept ? p - 1 : p;
  const c = placed.intercept ? mass[d] : 0;
  let sum = 0;
  for (let start = 0; start < vector.length; start += p) {
    const onIntercept = placed.intercept ? vector[start + d] : 0;
    for (let j = 0; j < d; j++)
      sum += (vector[start + j] - (placed.intercept ? (mass[j] / c) * onIntercept : 0)) ** 2 / lambda;
    if (placed.intercept) sum += onIntercept ** 2 / c;
  }
  return Math.sqrt(sum);
}

/**
 * The same for the gradient of a mean loss, a mean of rᵢ ⊗ x̃ᵢ with ‖rᵢ‖ ≤ 1 (one logit) or √2, without
 * going through the rows: ‖r‖ √(mean ‖x − m‖² / λ + 1/c).
 */
function boundingMean({ objective, mass }: Curvature, { mean, meanSquare }: SliceMoments): number {
  const { lambda, placed, logits } = objective;
  const largestResidual = logits === 1 ? 1 : Math.SQRT2;
  if (!placed.intercept) return largestResidual * Math.sqrt(meanSquare / lambda);
  const d = mean.length;
  const c = mass[d];
  let centred = meanSquare;
  for (let j = 0; j < d; j++) {
    const m = mass[j] / c;
    centred += m * m - 2 * m * mean[j];
  }
  return largestResidual * Math.sqrt(Math.max(0, centred) / lambda + 1 / c);
}
