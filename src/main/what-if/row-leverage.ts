/**
 * Leverage and self-influence of every training row:
 *
 *   leverage(i) = tr(H_λ⁻¹ sᵢ∇²ℓᵢ),   self-influence(i) = sᵢ∇ℓᵢᵀ H_λ⁻¹ sᵢ∇ℓᵢ ≥ 0.
 *
 * With H_λ = CCᵀ both are sums of squares of C⁻¹(e_k ⊗ x̃ᵢ), which are margins of the rows of C⁻¹.
 */
import { classProbabilities } from '../models/hessian.ts';
import type { ModelOnDevice } from '../models/model-on-device.ts';
import { lossResiduals, parameterCount } from '../models/objective.ts';
import { whiteningOf } from '../theory/whitening.ts';

export interface RowLeverage {
  /** n. Their sum is the effective number of parameters, at most q. */
  leverage: Float64Array;
  /** n. */
  selfInfluence: Float64Array;
}

/** Numbers of one block of margins. */
const BLOCK_NUMBERS = 1 << 22;

/** Null where H_λ is too wide to be factored. */
export async function rowLeverage(model: ModelOnDevice, checkCancelled: () => void): Promise<RowLeverage | null> {
  const whitening = await whiteningOf(model);
  if (whitening === null) return null;
  const { objective, fitted, weights } = model;
  const { placed, logits } = objective;
  const { rows: n } = placed;
  const q = parameterCount(objective);
  const probabilities = classProbabilities(fitted.trainLogits, logits, n);
  const residuals = lossResiduals(fitted.trainLogits, fitted.design.train.y, logits, weights);
  const leverage = new Float64Array(n);
  const selfInfluence = new Float64Array(n);
  const step = Math.max(1, Math.floor(BLOCK_NUMBERS / (n * logits)));
  for (let from = 0; from < q; from += step) {
    checkCancelled();
    const to = Math.min(q, from + step);
    // A row of C⁻¹ is L vectors of p: its margins are those of each class beside each other.
    const u = await placed.margins(whitening.inverse.subarray(from * q, to * q));
    for (let r = 0; r < to - from; r++) {
      const start = r * logits * n;
      if (logits === 1) {
        for (let i = 0; i < n; i++) {
          const value = u[start + i];
          leverage[i] += weights[i] * probabilities[i] * (1 - probabilities[i]) * value * value;
          selfInfluence[i] += (residuals[i] * value) ** 2;
        }
        continue;
      }
      for (let i = 0; i < n; i++) {
        let mean = 0;
        let square = 0;
        let pulled = 0;
        for (let k = 0; k < logits; k++) {
          const value = u[start + k * n + i];
          const share = probabilities[k * n + i] * value;
          mean += share;
          square += share * value;
          pulled += residuals[k * n + i] * value;
        }
        leverage[i] += weights[i] * (square - mean * mean);
        selfInfluence[i] += pulled * pulled;
      }
    }
  }
  return { leverage, selfInfluence };
}
