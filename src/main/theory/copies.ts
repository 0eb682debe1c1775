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
 * @param groups each copies of one point
 */
export async function copiesFactors(
  model: ModelOnDevice,
  groups: readonly Int32Array[],
  checkCancelled: () => void,
): Promise<Float64Array> {
  const q = parameterCount(model.objective);
  // √φ″ x̃ of each group's point.
  const rows = curvatureRows(
    model,
    groups.map((members) => members[0]),
  );
  const solved = await solveFullHessian(model, rows, checkCancelled);
  return Float64Array.from(groups, (members, g) => {
    let leverage = 0;
    for (let j = g * q; j < (g + 1) * q; j++) leverage += rows[j] * solved[j];
    return 1 / (1 - members.length * leverage);
  });
}
