/** Losses as functions of a row's outputs z and its target, with their first and second derivatives in z. */
import { logSumExp, sigmoid, softmaxInto, softplus } from '../../compute/stable-change.ts';

/** One row's outputs are `z[at … at + outputs − 1]`; results go to `out[at …]` likewise. */
export interface OutputLoss {
  readonly outputs: number;
  /** ℓ(z, target) */
  value(z: Float64Array, at: number, target: number): number;
  /** out ← ∂ℓ/∂z */
  gradient(z: Float64Array, at: number, target: number, out: Float64Array): void;
  /** out ← (∂²ℓ/∂z²) dz */
  curvature(z: Float64Array, at: number, target: number, dz: Float64Array, out: Float64Array): void;
  /** Whether the row counts as right; null where targets are numbers. */
  right: ((z: Float64Array, at: number, target: number) => boolean) | null;
}

/** ℓ = log(1 + e^{−yz}), y = ±1 for target 1 and 0. */
export const logisticLoss: OutputLoss = {
  outputs: 1,
  value: (z, at, target) => softplus(target === 1 ? -z[at] : z[at]),
  // −σ(−z) for a positive row, σ(z) for a negative one: no cancellation when the model is sure.
  gradient: (z, at, target, out) => void (out[at] = target === 1 ? -sigmoid(-z[at]) : sigmoid(z[at])),
  curvature: (z, at, _target, dz, out) => void (out[at] = sigmoid(z[at]) * sigmoid(-z[at]) * dz[at]),
  right: (z, at, target) => z[at] > 0 === (target === 1),
};

/** ℓ = log Σₖ e^{zₖ} − z_target over K classes. */
export function softmaxLoss(classes: number): OutputLoss {
  const p = new Float64Array(classes);
  return {
    outputs: classes,
    value: (z, at, target) => logSumExp(z, classes, at, 1) - z[at + target],
    gradient(z, at, target, out) {
      softmaxInto(z, classes, at, 1, p);
      let others = 0;
      for (let k = 0; k < classes; k++) {
        out[at + k] = p[k];
        if (k !== target) others += p[k];
      }
      out[at + target] = -others;
    },
    // (diag p − ppᵀ) dz
    curvature(z, at, _target, dz, out) {
      softmaxInto(z, classes, at, 1, p);
      let mean = 0;
      for (let k = 0; k < classes; k++) mean += p[k] * dz[at + k];
      for (let k = 0; k < classes; k++) out[at + k] = p[k] * (dz[at + k] - mean);
    },
    right(z, at, target) {
      for (let k = 0; k < classes; k++) if (k !== target && z[at + k] >= z[at + target]) return false;
      return true;
    },
  };
}

/** ℓ = ½ (z − target)². */
export const squaredLoss: OutputLoss = {
  outputs: 1,
  value: (z, at, target) => 0.5 * (z[at] - target) ** 2,
  gradient: (z, at, target, out) => void (out[at] = z[at] - target),
  curvature: (_z, at, _target, dz, out) => void (out[at] = dz[at]),
  right: null,
};

/**
 * SmoothHinge(m, t) = t · log(1 + e^{(1−m)/t}), m = yz the margin, y = ±1 for target 1 and 0; the hinge max(0, 1 − m) as
 * t → 0, and twice differentiable for every t > 0 (Koh & Liang 2017, section 4.2).
 */
export function smoothHingeLoss(temperature: number): OutputLoss {
  const sign = (target: number): number => (target === 1 ? 1 : -1);
  const scaled = (z: number, target: number): number => (1 - sign(target) * z) / temperature;
  return {
    outputs: 1,
    value: (z, at, target) => temperature * softplus(scaled(z[at], target)),
    gradient: (z, at, target, out) => void (out[at] = -sign(target) * sigmoid(scaled(z[at], target))),
    curvature(z, at, target, dz, out) {
      const a = scaled(z[at], target);
      out[at] = (sigmoid(a) * sigmoid(-a) * dz[at]) / temperature;
    },
    right: (z, at, target) => z[at] > 0 === (target === 1),
  };
}

/** Share of the rows that are right; for numbers R² = 1 − Σ(z − t)²/Σ(t − t̄)². Over `z` row-major. */
export function scoreOf(loss: OutputLoss, z: Float64Array, targets: Float64Array): number {
  const n = targets.length;
  if (loss.right !== null) {
    let right = 0;
    for (let i = 0; i < n; i++) if (loss.right(z, i * loss.outputs, targets[i])) right++;
    return right / n;
  }
  const mean = targets.reduce((sum, target) => sum + target, 0) / n;
  let residual = 0;
  let total = 0;
  for (let i = 0; i < n; i++) {
    residual += (z[i] - targets[i]) ** 2;
    total += (targets[i] - mean) ** 2;
  }
  return 1 - residual / total;
}
