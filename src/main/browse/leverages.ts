/**
 * Leverage of rows in a fitted classifier, as in regression diagnostics (Pregibon 1981, with the penalty):
 *
 *   hᵢ = tr(sᵢ∇²ℓᵢ(θ̂) H_λ⁻¹) = sᵢ Σₖ pₖ ‖L⁻¹((eₖ − p) ⊗ x̃ᵢ)‖²,   H_λ = LLᵀ,
 *
 * for two classes sᵢ p(1 − p) ‖L⁻¹x̃ᵢ‖². Over the training rows they sum to the effective number of parameters,
 * tr(H H_λ⁻¹). A test row has the leverage that it would have with weight 1 at the same H_λ.
 */
import { sigmoid, softmaxInto } from '../compute/stable-change.ts';
import { invertedCholesky } from '../estimators/inverted-cholesky.ts';
import { rowWithIntercept } from '../evaluation/evaluation-set.ts';
import { fillFlatDirection, hessian } from '../models/hessian.ts';
import type { ModelOnDevice } from '../models/model-on-device.ts';
import { parameterCount } from '../models/objective.ts';
import { formatCount } from '../../shared/format.ts';

/** Beyond this many parameters the factor of H_λ takes longer than a person waits for a column of a table. */
export const MOST_PARAMETERS = 1024;
/** Numbers in one block of products. */
const BLOCK_NUMBERS = 1 << 21;

export type Leverages = { train: Float64Array; test: Float64Array } | { refusal: string };

export async function leverages(model: ModelOnDevice): Promise<Leverages> {
  const { objective, fitted, weights, matrices } = model;
  const q = parameterCount(objective);
  if (q > MOST_PARAMETERS) {
    return {
      refusal: `No leverage: it needs a factor of the Hessian of all ${formatCount(q)} parameters, and is computed up to ${formatCount(MOST_PARAMETERS)}.`,
    };
  }
  const H = await hessian(objective, fitted.trainLogits, weights);
  fillFlatDirection(objective, H, q);
  const L = invertedCholesky(H, q);
  if (L === null) return { refusal: 'No leverage: the Hessian is not positive definite in double precision.' };
  const ones = new Float64Array(fitted.design.test.y.length).fill(1);
  return {
    train: await ofRows(model, L, matrices.train, fitted.trainLogits, weights),
    test: await ofRows(model, L, matrices.test, fitted.testLogits, ones),
  };
}

async function ofRows(
  { device, objective }: ModelOnDevice,
  L: Float64Array,
  X: ModelOnDevice['matrices']['train'],
  z: Float64Array,
  weights: Float64Array,
): Promise<Float64Array> {
  const { logits, placed } = objective;
  const p = placed.columns;
  const q = logits * p;
  const n = weights.length;
  const out = new Float64Array(n);
  const blocks = Array.from({ length: logits }, (_, k) => columnsOf(L, q, k * p, p));
  const atOnce = Math.max(1, Math.floor(BLOCK_NUMBERS / (q * logits)));
  const probability = new Float64Array(logits);
  for (let start = 0; start < n; start += atOnce) {
    const count = Math.min(atOnce, n - start);
    const rows = new Float64Array(count * p);
    for (let i = 0; i < count; i++) rows.set(rowWithIntercept(X, start + i, p), i * p);
    // W[k] holds L⁻¹(eₖ ⊗ x̃) of the block's rows, count × q.
    const W: Float64Array[] = [];
    for (const block of blocks) W.push(await device.multiply(rows, block, count, p, q, true));
    for (let i = 0; i < count; i++) {
      const row = start + i;
      if (logits === 1) out[row] = weights[row] * sigmoid(z[row]) * sigmoid(-z[row]) * squaredLength(W[0], i, q);
      else {
        softmaxInto(z, logits, row, n, probability);
        out[row] = weights[row] * spread(W, probability, i, q);
      }
    }
  }
  return out;
}

/** Σₖ pₖ ‖Wₖ − Σₗ pₗWₗ‖² of row i: the squares are summed about their mean, so that nothing cancels. */
function spread(W: readonly Float64Array[], probability: Float64Array, i: number, q: number): number {
  let sum = 0;
  for (let j = i * q; j < (i + 1) * q; j++) {
    let mean = 0;
    for (let k = 0; k < W.length; k++) mean += probability[k] * W[k][j];
    for (let k = 0; k < W.length; k++) sum += probability[k] * (W[k][j] - mean) ** 2;
  }
  return sum;
}

function squaredLength(W: Float64Array, i: number, q: number): number {
  let sum = 0;
  for (let j = i * q; j < (i + 1) * q; j++) sum += W[j] * W[j];
  return sum;
}

/** Columns from … of a q×q matrix: q × count. */
function columnsOf(A: Float64Array, q: number, from: number, count: number): Float64Array {
  const out = new Float64Array(q * count);
  for (let i = 0; i < q; i++) out.set(A.subarray(i * q + from, i * q + from + count), i * count);
  return out;
}
