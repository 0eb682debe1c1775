/** Groups that are copies of one point (Koh et al. 2019, Proposition 4). */
import { solveFullHessian } from '../estimators/influence-directions.ts';
import { rowWithIntercept } from '../evaluation/evaluation-set.ts';
import type { ModelOnDevice } from '../models/model-on-device.ts';
import { parameterCount } from '../models/objective.ts';
import { curvatureRows } from './curvature-rows.ts';

/** Whether all members have the same features, label and sample weight; one row alone has. */
export function areCopies(
  { fitted, matrices, weights }: Pick<ModelOnDevice, 'fitted' | 'matrices' | 'weights'>,
  members: ArrayLike<number>,
): boolean {
  if (members.length === 0) return false;
  const { y } = fitted.design.train;
  const p = fitted.parametersPerLogit;
  const first = rowWithIntercept(matrices.train, members[0], p);
  for (let at = 1; at < members.length; at++) {
    const row = members[at];
    if (y[row] !== y[members[0]] || weights[row] !== weights[members[0]]) return false;
    if (rowWithIntercept(matrices.train, row, p).some((value, j) => value !== first[j])) return false;
  }
  return true;
}

/**
 * d(w) = 1/(1 − ‖w‖₁ φ″ xᵀH_λ⁻¹x) for copies of one point and two classes: on a margin, Newton = d(w) · influence.
 * Between 1 and 1 + s, s = σ_max/λ, where no intercept is free of the penalty.
 */
export async function copiesFactor(
  model: ModelOnDevice,
  members: Int32Array,
  checkCancelled: () => void,
): Promise<number> {
  const q = parameterCount(model.objective);
  // √φ″ x̃ of the point.
  const row = curvatureRows(model, members.subarray(0, 1)).subarray(0, q);
  const solved = await solveFullHessian(model, row.slice(), checkCancelled);
  let leverage = 0;
  for (let j = 0; j < q; j++) leverage += row[j] * solved[j];
  return 1 / (1 - members.length * leverage);
}
