import type { Retraining } from '../../shared/study.ts';
import type { ModelOnDevice } from '../models/model-on-device.ts';
import { lossResiduals, norms, parameterCount, type Objective } from '../models/objective.ts';
import { selfCurve, singleCurve } from '../evaluation/single-curve.ts';
import { rowWithIntercept, type EvaluationSet, type SliceMoments } from '../evaluation/evaluation-set.ts';
import { areFewRows } from '../compute/row-weights.ts';
import type { EffectEstimator } from './estimator.ts';
import type { RemovalBatch } from './removal-batch.ts';

/**
 * I*(w) = f(θ̂(1 − w)) − f(θ̂), by retraining without the group from θ̂. Where the removal leaves no finite
 * optimum (a class loses its last row, free intercept), the limit: often ±Infinity.
 */
export const actual: EffectEstimator = async ({ batch, evaluations }) => {
  const effects = await evaluations.changes((await batch.minimum()).delta, batch);
  const groups = batch.groups.length;
  batch.lostClasses.forEach((lost, g) => {
    if (lost.size === 0) return;
    for (let e = 0; e < evaluations.evaluations.length; e++) {
      effects[e * groups + g] = evaluations.limitWithout(e, lost) ?? effects[e * groups + g];
    }
  });
  return effects;
};

/** What the retrained groups took and gave. */
export interface Retrained {
  /** Per group. */
  seconds: number;
  /** E×B: what `actual` made of the same batch. */
  actual: Float64Array;
}

/** The certificate of each retrained group. */
export async function certificates(
  model: ModelOnDevice,
  batch: RemovalBatch,
  evaluations: EvaluationSet,
  { seconds, actual }: Retrained,
): Promise<Retraining[]> {
  const minimum = await batch.minimum();
  const { objective } = model;
  const q = parameterCount(objective);
  const p = objective.placed.columns;
  const pullNorm = norms(batch.pull, q);
  const wantsSelf = evaluations.evaluations.some(({ quantity }) => quantity === 'selfLoss');
  const selfGradients = wantsSelf ? await selfGradientsAfter(model, batch, minimum.delta) : new Float64Array(0);
  const rounding = evaluationRounding(model, batch, evaluations, minimum.delta, actual);
  const boundOf = (g: number, gradientNorm: number, change: number): number => {
    if (batch.lostClasses[g].size > 0) return Infinity;
    return (gradientNorm === 0 ? 0 : change * SINGLE_MARGIN) + rounding[g];
  };
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
      effectBound: boundOf(g, gradientNorm, residual * steepest),
      seconds,
    };
  });
}

/** Room for the rounding of what goes into a bound in single precision. */
const SINGLE_MARGIN = 1 + 1e-3;

/** B×q: gradient of each group's own loss at its retrained parameters, g(w) plus its change on the way there. */
async function selfGradientsAfter(
  model: ModelOnDevice,
  batch: RemovalBatch,
  delta: Float64Array,
): Promise<Float64Array> {
  const { logits, placed } = model.objective;
  if (areFewRows(batch.own.members, placed.rows)) return gradientsRowByRow(model, batch.own.members, delta);
  const change = await model.working.train.openBatch(model.fitted.trainLogits, batch.own, logits).gradientChange(delta);
  for (let j = 0; j < change.length; j++) change[j] += batch.gradient[j];
  return change;
}

/** B×q: Σ sᵢ∇ℓᵢ(θ̂ + δ) over each group's few rows. */
function gradientsRowByRow(
  { objective, fitted, weights, matrices }: ModelOnDevice,
  members: readonly Int32Array[],
  delta: Float64Array,
): Float64Array {
  const { logits, placed } = objective;
  const { rows: n, columns: p } = placed;
  const { y } = fitted.design.train;
  const out = new Float64Array(delta.length);
  members.forEach((group, g) => {
    for (const row of group) {
      const x = rowWithIntercept(matrices.train, row, p);
      const moved = Float64Array.from({ length: logits }, (_, k) => {
        const offset = (g * logits + k) * p;
        return x.reduce((sum, value, j) => sum + value * delta[offset + j], fitted.trainLogits[k * n + row]);
      });
      const residual = lossResiduals(moved, Int32Array.of(y[row]), logits, weights.subarray(row, row + 1));
      for (let k = 0; k < logits; k++) for (let j = 0; j < p; j++) out[(g * logits + k) * p + j] += residual[k] * x[j];
    }
  });
  return out;
}

/** Rounding of PlacedMatrix.lossCurve in single precision, relative to itself: measured below 5e-7. */
const CURVE_ROUNDING = 1e-6;

/** Per group, what the single precision of a loss's curve may have changed in an effect; 0 in double precision. */
function evaluationRounding(
  model: ModelOnDevice,
  batch: RemovalBatch,
  { evaluations, gradients }: EvaluationSet,
  delta: Float64Array,
  actual: Float64Array,
): Float64Array {
  const out = new Float64Array(batch.groups.length);
  const inSingle = {
    selfLoss: selfCurve(model, batch.own) !== null,
    meanTestLoss: singleCurve(model.placedTest, model.working.test) !== null,
  };
  const q = parameterCount(model.objective);
  evaluations.forEach(({ quantity }, e) => {
    if ((quantity !== 'selfLoss' && quantity !== 'meanTestLoss') || !inSingle[quantity]) return;
    for (let g = 0; g < out.length; g++) {
      let linear = 0;
      for (let j = 0; j < q; j++) {
        linear += (quantity === 'selfLoss' ? batch.gradient[g * q + j] : gradients[e * q + j]) * delta[g * q + j];
      }
      const curve = actual[e * out.length + g] - linear;
      if (Number.isFinite(curve)) out[g] = Math.max(out[g], CURVE_ROUNDING * Math.abs(curve));
    }
  });
  return out;
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
