/** What the kernel's logistic middles know of each row. */
import { sigmoid } from '../stable-change.ts';
import { SERIES_TERMS, SIDES } from './logistic-middles.ts';

/** Logits and steps up to here neither overflow nor underflow in the kernel; beyond, JavaScript's careful forms serve. */
export const PLAIN_LOGITS = 300;

export interface LogisticSides {
  /** n×SIDES. */
  sides: Float64Array;
  /** Whether all logits are plain. */
  plain: boolean;
}

/** σ(z), σ(−z) and the coefficients of σ(z + Δ) − σ(z) in Δ. @param base n logits */
export function gradientSides(base: Float64Array): LogisticSides {
  return each(base, (z, row) => {
    row[0] = sigmoid(z);
    row[1] = sigmoid(-z);
    changeSeries(row);
  });
}

/** σ(−m), σ(m), the coefficients in Δ of the change of log(1 + e^−m) for margins m = ±z, and the sign of −m in z. */
export function lossSides(base: Float64Array, y: Int32Array): LogisticSides {
  return each(base, (z, row, i) => {
    const sign = y[i] === 1 ? -1 : 1;
    row[0] = sigmoid(sign * z);
    row[1] = sigmoid(-sign * z);
    changeSeries(row);
    // ∫ of σ from u = −m on, in −sΔ: the coefficient of Δᵏ is (−s)ᵏ that of σ's change of Δᵏ⁻¹, over k.
    let before = row[0];
    let power = 1;
    for (let k = 1; k <= SERIES_TERMS; k++) {
      power *= sign;
      const here = row[1 + k];
      row[1 + k] = (power * before) / k;
      before = here;
    }
    row[SIDES - 1] = sign;
  });
}

function each(base: Float64Array, fill: (z: number, row: Float64Array, i: number) => void): LogisticSides {
  const sides = new Float64Array(SIDES * base.length);
  let plain = true;
  base.forEach((z, i) => {
    plain &&= Math.abs(z) <= PLAIN_LOGITS;
    fill(z, sides.subarray(SIDES * i, SIDES * (i + 1)), i);
  });
  return { sides, plain };
}

/** With s₀ = q and σ′ = σ(1 − σ): (k + 1) sₖ₊₁ = (r − q) sₖ − Σ₀<ᵢ<ₖ sᵢ sₖ₋ᵢ, but s₁ = q r. */
function changeSeries(row: Float64Array): void {
  const [q, r] = row;
  row[2] = q * r;
  for (let k = 1; k < SERIES_TERMS; k++) {
    let next = (r - q) * row[1 + k];
    for (let i = 1; i < k; i++) next -= row[1 + i] * row[1 + k - i];
    row[2 + k] = next / (k + 1);
  }
}
