/** The curvature of single rows' losses as a product: sᵢ∇²ℓᵢ(θ̂) = AᵢᵀAᵢ. */
import { sigmoid, softmaxInto } from '../compute/stable-change.ts';
import { rowWithIntercept } from '../evaluation/evaluation-set.ts';
import type { ModelOnDevice } from '../models/model-on-device.ts';
import { parameterCount } from '../models/objective.ts';

/**
 * A with AᵀA = H(w) for the rows w = `members`: one row √(sᵢσ(1 − σ)) x̃ᵢ each with one logit; with L > 1, L rows each,
 * from diag(p) − ppᵀ = RRᵀ with R = diag(√p)(I − √p√pᵀ).
 * @returns |w|·L × q, row-major
 */
export function curvatureRows(
  { fitted, weights, objective, matrices }: Pick<ModelOnDevice, 'fitted' | 'weights' | 'objective' | 'matrices'>,
  members: ArrayLike<number>,
): Float64Array {
  const { logits, placed } = objective;
  const { rows: n, columns: p } = placed;
  const q = parameterCount(objective);
  const z = fitted.trainLogits;
  const out = new Float64Array(members.length * logits * q);
  const probability = new Float64Array(logits);
  for (let at = 0; at < members.length; at++) {
    const row = members[at];
    const x = rowWithIntercept(matrices.train, row, p);
    if (logits === 1) {
      const root = Math.sqrt(weights[row] * sigmoid(z[row]) * sigmoid(-z[row]));
      for (let j = 0; j < p; j++) out[at * q + j] = root * x[j];
      continue;
    }
    softmaxInto(z, logits, row, n, probability);
    for (let column = 0; column < logits; column++) {
      const start = (at * logits + column) * q;
      for (let k = 0; k < logits; k++) {
        const root = Math.sqrt(weights[row] * probability[k]);
        let entry = -root * Math.sqrt(probability[k] * probability[column]);
        // Of a sure row the other classes know what 1 − p has lost.
        if (k === column) {
          let others = 0;
          for (let c = 0; c < logits; c++) if (c !== k) others += probability[c];
          entry = root * others;
        }
        for (let j = 0; j < p; j++) out[start + k * p + j] = entry * x[j];
      }
    }
  }
  return out;
}

/** Rows of A per member. */
export function curvatureRowCount({ objective }: Pick<ModelOnDevice, 'objective'>, members: ArrayLike<number>): number {
  return members.length * objective.logits;
}
