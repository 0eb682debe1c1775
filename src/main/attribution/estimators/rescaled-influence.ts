import type { AttributionEstimator, AttributionProblem } from '../attribution.ts';
import { additive, checkCancelled, rowsOf } from '../attribution.ts';
import { openInverse, type InverseHessian, type InverseOptions } from '../inverse-hessian.ts';
import { dot } from '../solvers/vectors.ts';
import { setCurvature, targetGradients } from '../training-objective.ts';
import { LeverageError } from '../../../shared/errors.ts';

/**
 * Influence over 1 − hᵢ, hᵢ the row's leverage: exact leave-one-out of the parameters for squared loss (Sherman &
 * Morrison; Cook 1977), the one-row Newton step for any loss of one output. With more outputs
 * hᵢ = uᵀHᵢu / uᵀgᵢ, u = H⁻¹gᵢ: the leverage along the row's own gradient, which is the same for one output. Groups: the sum
 * of their rows, which knows nothing of the rows' shared leverage. Suspects: ℓᵢ + sᵢgᵢᵀu/(1 − hᵢ), which a row of large leverage can
 * not hide by fitting itself.
 */
export function rescaledInfluence(options: InverseOptions = {}): AttributionEstimator {
  return async (problem) => {
    const { model, trained, targets } = problem;
    const inverse = await openInverse(problem, options);
    const gradients = await targetGradients(model, trained.theta, targets);
    const rows = rowsOf(problem);
    const scores = new Float64Array(targets.length * rows.length);
    const self = new Map<number, number>();
    await eachStep(problem, inverse, rows, (at, { u, influence, leverage }) => {
      gradients.forEach((gradient, t) => (scores[t * rows.length + at] = dot(gradient, u) / (1 - leverage)));
      self.set(rows[at], influence / (1 - leverage));
    });
    const losses = await model.losses(trained.theta, 'train', problem.points);
    return {
      ...additive(problem, rows, scores),
      groupRule: 'sum',
      suspicion: losses.map((loss, i) => loss + (self.get(problem.points[i]) ?? Number.NaN)),
      suspicionRule: 'its own loss once it is left out, to first order',
      notes: inverse.notes,
    };
  };
}

/** P×q: u/(1 − h), the change of the parameters by the removal of each row. */
export async function rescaledSteps(
  problem: AttributionProblem,
  rows: Int32Array,
  options: InverseOptions = {},
): Promise<Float64Array> {
  const inverse = await openInverse(problem, options);
  const q = problem.model.parameterCount;
  const out = new Float64Array(rows.length * q);
  await eachStep(problem, inverse, rows, (at, { u, leverage }) => {
    for (let j = 0; j < q; j++) out[at * q + j] = u[j] / (1 - leverage);
  });
  return out;
}

interface RowStep {
  /** H⁻¹gᵢ */
  u: Float64Array;
  /** gᵢᵀH⁻¹gᵢ */
  influence: number;
  leverage: number;
}

const ROWS_AT_ONCE = 256;

async function eachStep(
  problem: AttributionProblem,
  inverse: InverseHessian,
  rows: Int32Array,
  take: (at: number, step: RowStep) => void,
): Promise<void> {
  const { model, trained } = problem;
  const q = model.parameterCount;
  for (let start = 0; start < rows.length; start += ROWS_AT_ONCE) {
    checkCancelled(problem);
    const part = rows.subarray(start, start + ROWS_AT_ONCE);
    const gradients = await model.gradients(trained.theta, 'train', part);
    for (let at = 0; at < part.length; at++) {
      const weight = model.weights[part[at]];
      const g = gradients.subarray(at * q, (at + 1) * q).map((value) => weight * value);
      const u = await inverse.solve(g);
      const influence = dot(u, g);
      const bent = await setCurvature(model, trained.theta, part.subarray(at, at + 1), u, inverse.form);
      const leverage = influence === 0 ? 0 : dot(u, bent) / influence;
      if (!(leverage < 1)) {
        throw new LeverageError(
          'numerical',
          `Training row ${part[at]} has a leverage of ${leverage.toPrecision(4)}: without it the model is not determined.`,
          'Use a larger λ, or retrain without the row.',
        );
      }
      take(start + at, { u, influence, leverage });
    }
  }
}
