/**
 * Rows chosen one after the other by what each adds to the linear Newton step of those chosen before. With A = H_λ less
 * the curvature of the chosen rows, u = A⁻¹∇f and δ = A⁻¹g, one more row i (x its features, r and V the derivatives of
 * its loss in its logits, M = xᵀA⁻¹x) changes ∇fᵀA⁻¹g by
 *
 *     (xᵀu)ᵀ (I − VM)⁻¹ (r + V xᵀδ)
 *
 * (Woodbury; for two classes (xᵀu)(r + v xᵀδ)/(1 − v xᵀA⁻¹x)). All of xᵀu, xᵀδ and M are carried along for every row
 * by products with one vector per logit and chosen row: no matrix is inverted anew.
 */
import { solveFullHessian } from '../estimators/influence-directions.ts';
import { rowCurvatureInto, rowSpreads, solveInPlace, withoutProduct } from '../estimators/leverages.ts';
import { rowWithIntercept } from '../evaluation/evaluation-set.ts';
import type { ModelOnDevice } from '../models/model-on-device.ts';
import { lossResiduals, projectFlat } from '../models/objective.ts';

const SOLVE_TOLERANCE = 1e-10;

export interface GreedyControl {
  size: number;
  /** 1: the effect shall be large, −1: small. */
  sign: 1 | -1;
  checkCancelled(): void;
}

/**
 * @param direction q: H_λ⁻¹∇f
 * @returns the rows in the order chosen
 */
export async function greedyNewton(
  model: ModelOnDevice,
  direction: Float64Array,
  { size, sign, checkCancelled }: GreedyControl,
): Promise<Int32Array> {
  const { objective, fitted, weights } = model;
  const { placed, logits: L } = objective;
  const n = placed.rows;
  const residuals = lossResiduals(fitted.trainLogits, fitted.design.train.y, L, weights);
  // Row-major per row, so that a row's numbers lie together.
  const spreads = (await rowSpreads(model, checkCancelled)).slice();
  const towards = byRow(await placed.margins(direction), n, L);
  const moved = new Float64Array(n * L);
  const curvatures = new Float64Array(n * L * L);
  for (let i = 0; i < n; i++) rowCurvatureInto(model, i, curvatures.subarray(i * L * L, (i + 1) * L * L));

  const chosen: number[] = [];
  const taken = new Uint8Array(n);
  /** W = A⁻¹x of each chosen row when it was chosen (L×q), and S = (I − VM)⁻¹V (L×L). */
  const updates: { W: Float64Array; S: Float64Array }[] = [];
  const A = new Float64Array(L * L);
  const c = new Float64Array(L);
  const blocks = (i: number) => ({
    M: spreads.subarray(i * L * L, (i + 1) * L * L),
    V: curvatures.subarray(i * L * L, (i + 1) * L * L),
    u: towards.subarray(i * L, (i + 1) * L),
    d: moved.subarray(i * L, (i + 1) * L),
  });
  /** (I − VM)⁻¹(r + Vd) of row i into c. */
  const correct = (i: number): void => {
    const { M, V, d } = blocks(i);
    withoutProduct(V, M, 1, L, A);
    for (let k = 0; k < L; k++) {
      c[k] = residuals[k * n + i];
      for (let l = 0; l < L; l++) c[k] += V[k * L + l] * d[l];
    }
    solveInPlace(A, c, L);
  };

  while (chosen.length < size) {
    checkCancelled();
    let best = -1;
    let most = -Infinity;
    for (let i = 0; i < n; i++) {
      if (taken[i] === 1) continue;
      correct(i);
      const { u } = blocks(i);
      let gain = 0;
      for (let k = 0; k < L; k++) gain += sign * u[k] * c[k];
      if (gain > most) [best, most] = [i, gain];
    }
    if (best < 0) break;
    taken[best] = 1;
    chosen.push(best);
    if (chosen.length === size) break;

    correct(best);
    const { M, V, u } = blocks(best);
    const S = columnsSolved(V, M, L);
    const W = await solvedRow(model, best, updates, checkCancelled);
    const Su = Float64Array.from({ length: L }, (_, k) => {
      let sum = 0;
      for (let l = 0; l < L; l++) sum += S[k * L + l] * u[l];
      return sum;
    });
    const step = c.slice();
    // B[(l·L + k)·n + j] = x_jᵀ of logit k times W of logit l.
    const B = await placed.margins(W);
    updateRows({ spreads, towards, moved }, B, { S, Su, step }, n, L);
    updates.push({ W, S });
  }
  return Int32Array.from(chosen);
}

/** L×n → n×L. */
function byRow(values: Float64Array, n: number, L: number): Float64Array {
  const out = new Float64Array(n * L);
  for (let k = 0; k < L; k++) for (let i = 0; i < n; i++) out[i * L + k] = values[k * n + i];
  return out;
}

/** (I − VM)⁻¹V, L×L. */
function columnsSolved(V: Float64Array, M: Float64Array, L: number): Float64Array {
  const out = new Float64Array(L * L);
  const A = new Float64Array(L * L);
  const column = new Float64Array(L);
  for (let l = 0; l < L; l++) {
    withoutProduct(V, M, 1, L, A);
    for (let k = 0; k < L; k++) column[k] = V[k * L + l];
    solveInPlace(A, column, L);
    for (let k = 0; k < L; k++) out[k * L + l] = column[k];
  }
  return out;
}

/** A⁻¹x of one row, L×q: H_λ⁻¹x and what each row chosen before adds, W S Wᵀx. */
async function solvedRow(
  model: ModelOnDevice,
  row: number,
  updates: readonly { W: Float64Array; S: Float64Array }[],
  checkCancelled: () => void,
): Promise<Float64Array> {
  const { objective, matrices } = model;
  const { placed, logits: L } = objective;
  const p = placed.columns;
  const q = L * p;
  const x = rowWithIntercept(matrices.train, row, p);
  const right = new Float64Array(L * q);
  for (let k = 0; k < L; k++) right.set(x, k * q + k * p);
  projectFlat(objective, right);
  const out = await solveFullHessian(model, right, checkCancelled, SOLVE_TOLERANCE);
  for (const { W, S } of updates) {
    for (let k = 0; k < L; k++) {
      const along = new Float64Array(L);
      for (let m = 0; m < L; m++) for (let j = 0; j < q; j++) along[m] += W[m * q + j] * right[k * q + j];
      for (let l = 0; l < L; l++) {
        let scale = 0;
        for (let m = 0; m < L; m++) scale += S[l * L + m] * along[m];
        for (let j = 0; j < q; j++) out[k * q + j] += scale * W[l * q + j];
      }
    }
  }
  return out;
}

interface Carried {
  spreads: Float64Array;
  towards: Float64Array;
  moved: Float64Array;
}

/** xᵀu, xᵀδ and M of every row after one more is chosen: each moves by its products with W. */
function updateRows(
  { spreads, towards, moved }: Carried,
  B: Float64Array,
  { S, Su, step }: { S: Float64Array; Su: Float64Array; step: Float64Array },
  n: number,
  L: number,
): void {
  const BS = new Float64Array(L * L);
  for (let j = 0; j < n; j++) {
    const at = (k: number, l: number): number => B[(l * L + k) * n + j];
    for (let k = 0; k < L; k++) {
      for (let l = 0; l < L; l++) {
        towards[j * L + k] += at(k, l) * Su[l];
        moved[j * L + k] += at(k, l) * step[l];
        let sum = 0;
        for (let m = 0; m < L; m++) sum += at(k, m) * S[m * L + l];
        BS[k * L + l] = sum;
      }
    }
    for (let k = 0; k < L; k++) {
      for (let l = 0; l < L; l++) {
        let sum = 0;
        for (let m = 0; m < L; m++) sum += BS[k * L + m] * at(l, m);
        spreads[(j * L + k) * L + l] += sum;
      }
    }
  }
}
