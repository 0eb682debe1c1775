/**
 * Proposition 1 of Koh et al. 2019: |actual − Newton| ≤ n ‖w‖₁² C_f C_H C_ℓ² / (σ_min + λ)³, for f Lipschitz with C_f, row
 * Hessians Lipschitz with C_H and C_ℓ the largest gradient of a row's loss at θ̂. The constants here are proven ones for
 * the logistic and softmax losses, so that the bound is one; it is loose by many orders, which is the point of showing it.
 * σ_min is that of the full data at θ̂, as in the paper.
 */
import type { EvaluationSet } from '../evaluation/evaluation-set.ts';
import { rowWithIntercept } from '../evaluation/evaluation-set.ts';
import type { ModelOnDevice } from '../models/model-on-device.ts';
import { lossResiduals } from '../models/objective.ts';
import type { Matrix } from '../../shared/matrix.ts';

/** max |φ‴| of the logistic loss, 1/(6√3). */
const LOGISTIC_THIRD = 1 / (6 * Math.sqrt(3));
/**
 * Of log-sum-exp: D³[u, u, v] = E[(v − v̄)(u − ū)²] ≤ range(v)·Var(u) ≤ √2‖v‖ · ½‖u‖².
 */
const SOFTMAX_THIRD = Math.SQRT2 / 2;

export interface BoundConstants {
  /** C_H. */
  hessian: number;
  /** C_ℓ. */
  loss: number;
  /** C_f per evaluation; of selfLoss the largest row's part of it. */
  functions: Float64Array;
}

export function boundConstants(
  model: ModelOnDevice,
  { evaluations }: Pick<EvaluationSet, 'evaluations'>,
  slices: readonly { target: string; rows: Int32Array }[],
): BoundConstants {
  const { fitted, objective, weights, matrices } = model;
  const { logits } = objective;
  const { y } = fitted.design.train;
  const n = y.length;
  const p = fitted.parametersPerLogit;
  const lengths = rowLengths(matrices.train, n, p);
  const testLengths = rowLengths(matrices.test, fitted.design.test.y.length, p);
  const residuals = lossResiduals(fitted.trainLogits, y, logits, weights);
  const third = logits === 1 ? LOGISTIC_THIRD : SOFTMAX_THIRD;
  // Of the loss in its logits: |σ − y| ≤ 1, ‖p − e_y‖ ≤ √2.
  const slope = logits === 1 ? 1 : Math.SQRT2;
  let hessian = 0;
  let loss = 0;
  let self = 0;
  for (let i = 0; i < n; i++) {
    let square = 0;
    for (let k = 0; k < logits; k++) square += residuals[k * n + i] ** 2;
    hessian = Math.max(hessian, weights[i] * third * lengths[i] ** 3);
    loss = Math.max(loss, Math.sqrt(square) * lengths[i]);
    self = Math.max(self, weights[i] * slope * lengths[i]);
  }
  const functions = Float64Array.from(evaluations, ({ quantity, target }) => {
    if (quantity === 'margin') return testLengths[Number(target)];
    if (quantity === 'loss') return slope * testLengths[Number(target)];
    if (quantity === 'selfLoss') return self;
    const rows = slices.find((slice) => slice.target === target)?.rows ?? new Int32Array(0);
    return (slope * rows.reduce((sum, row) => sum + testLengths[row], 0)) / rows.length;
  });
  return { hessian, loss, functions };
}

/**
 * @param sizes ‖w‖₁ per group
 * @param smallest σ_min + λ, the smallest eigenvalue of H_λ
 * @returns E×G
 */
export function newtonErrorBounds(
  { hessian, loss, functions }: BoundConstants,
  { evaluations }: Pick<EvaluationSet, 'evaluations'>,
  sizes: ArrayLike<number>,
  rows: number,
  smallest: number,
): Float64Array {
  const out = new Float64Array(functions.length * sizes.length);
  functions.forEach((constant, e) => {
    for (let g = 0; g < sizes.length; g++) {
      // The self-loss of a group is a sum over its rows.
      const own = evaluations[e].quantity === 'selfLoss' ? sizes[g] : 1;
      out[e * sizes.length + g] = (rows * sizes[g] ** 2 * own * constant * hessian * loss ** 2) / smallest ** 3;
    }
  });
  return out;
}

/** ‖x̃‖ per row. */
function rowLengths(X: Matrix, rows: number, p: number): Float64Array {
  return Float64Array.from({ length: rows }, (_, row) =>
    Math.sqrt(rowWithIntercept(X, row, p).reduce((sum, value) => sum + value * value, 0)),
  );
}
