import type { AttributionEstimator } from '../attribution.ts';
import { additive, allRows, rowsOf } from '../attribution.ts';
import { openInverse, type InverseHessian, type InverseOptions } from '../inverse-hessian.ts';
import { forward } from '../solvers/cholesky.ts';
import { dot } from '../solvers/vectors.ts';
import { rowProducts, targetGradients } from '../training-objective.ts';
import type { AttributionProblem } from '../attribution.ts';

/**
 * I(w) = ∇fᵀ(H + λ + δ)⁻¹ g(w) (Koh & Liang 2017; Koh et al. 2019): one solve per target, one product per row. Additive,
 * so that the sum over a group is its own definition. Self-influence gᵢᵀH⁻¹gᵢ ranks suspects where there is a factor.
 */
export function influence(options: InverseOptions = {}): AttributionEstimator {
  return async (problem) => {
    const { model, trained, targets } = problem;
    const inverse = await openInverse(problem, options);
    const directions: Float64Array[] = [];
    for (const gradient of await targetGradients(model, trained.theta, targets)) {
      directions.push(await inverse.solve(gradient));
    }
    const rows = rowsOf(problem);
    return {
      ...additive(problem, rows, await rowProducts(model, trained.theta, rows, directions)),
      groupRule: 'own',
      suspicion: await selfInfluence(problem, inverse, problem.points),
      suspicionRule: inverse.factor === null ? '' : 'self-influence: what its removal does to its own loss',
      notes: inverse.notes,
    };
  };
}

const ROWS_AT_ONCE = 256;

/** sᵢ²gᵢᵀH⁻¹gᵢ of the rows; null without a factor: it would take a solve per row. */
export async function selfInfluence(
  { model, trained }: AttributionProblem,
  { factor }: InverseHessian,
  rows: Int32Array = allRows(model.rows.train),
): Promise<Float64Array | null> {
  if (factor === null) return null;
  const q = model.parameterCount;
  const out = new Float64Array(rows.length);
  for (let start = 0; start < rows.length; start += ROWS_AT_ONCE) {
    const part = rows.subarray(start, start + ROWS_AT_ONCE);
    const gradients = await model.gradients(trained.theta, 'train', part);
    part.forEach((row, at) => {
      const y = forward(factor, gradients.subarray(at * q, (at + 1) * q));
      out[start + at] = model.weights[row] ** 2 * dot(y, y);
    });
  }
  return out;
}
