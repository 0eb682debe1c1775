/**
 * Approximate inverses of the full-data Hessian H_λ, shared by all groups.
 * The closer to H_λ⁻¹, the fewer products a retraining takes; any of them gives the
 * same answer, because conjugate gradients stop on the true residual.
 */
import { totalmem } from 'node:os';
import type { Device } from '../compute/device.ts';
import { softmaxInto, sigmoid } from '../compute/stable-change.ts';
import { invertPositiveDefinite } from './spd-inverse.ts';
import { parameterCount, projectFlat, type Objective } from './objective.ts';

export interface Preconditioner {
  /** For provenance: "full Hessian, 650 × 650", "per-class blocks, 10 of 785 × 785". */
  description: string;
  /** R (B×q) → ≈ R·H_λ⁻¹, in the space without the flat direction. */
  apply(R: Float64Array): Promise<Float64Array>;
  /** One q×q inverse, or one p×p inverse per class: enough to have the same preconditioner elsewhere. */
  readonly inverses: readonly Float64Array[];
}

/** "once": used for one fit, so it must be cheap to build. "many": shared by thousands of solves. */
export type Reuse = 'once' | 'many';

/** Up to here H_λ is formed and inverted whole: n·q² + 2q³ operations. */
const FULL_HESSIAN_LIMIT: Record<Reuse, number> = { once: 1024, many: 8192 };
/** Of all the machine's memory (not of what is free now: a resumed study must choose alike). */
const MEMORY_SHARE = 0.25;
/** Matrices of q×q alive at the peak of the inversion. */
const PEAK_MATRICES = 4;

/**
 * @param z       L×n logits at which the curvature is taken
 * @param weights sᵢ per row
 */
export async function buildPreconditioner(
  objective: Objective,
  z: Float64Array,
  weights: Float64Array,
  device: Device,
  reuse: Reuse,
): Promise<Preconditioner> {
  const q = parameterCount(objective);
  const affordable = q <= FULL_HESSIAN_LIMIT.once || PEAK_MATRICES * 8 * q * q <= MEMORY_SHARE * totalmem();
  if (affordable && q <= FULL_HESSIAN_LIMIT[reuse]) return fullHessian(objective, z, weights, device);
  return classBlocks(objective, z, weights, device);
}

async function fullHessian(
  objective: Objective,
  z: Float64Array,
  weights: Float64Array,
  device: Device,
): Promise<Preconditioner> {
  const q = parameterCount(objective);
  const H = await hessian(objective, z, weights);
  fillFlatDirection(objective, H, q);
  return preconditionerOf(objective, [await invertPositiveDefinite(H, q, device)], device);
}

/** The preconditioner that `inverses` make up. */
export function preconditionerOf(
  objective: Objective,
  inverses: readonly Float64Array[],
  device: Device,
): Preconditioner {
  const q = parameterCount(objective);
  const [whole] = inverses;
  if (whole.length !== q * q) return classBlocksOf(objective, inverses, device);
  return {
    description: `full Hessian, ${q} × ${q}`,
    inverses,
    async apply(R) {
      const out = await device.multiply(R, whole, R.length / q, q, q);
      projectFlat(objective, out);
      return out;
    },
  };
}

/** H_λ at logits z: q×q, singular along the flat direction of softmax with intercepts. */
export async function hessian(objective: Objective, z: Float64Array, weights: Float64Array): Promise<Float64Array> {
  const { placed, logits, lambda } = objective;
  const p = placed.columns;
  const q = logits * p;
  const probabilities = classProbabilities(z, logits, placed.rows);
  const H = new Float64Array(q * q);
  for (let k = 0; k < logits; k++) {
    for (let l = 0; l <= k; l++) {
      const block = await placed.gram(curvature(probabilities, weights, k, l));
      // The block is symmetric, so (k, l) and (l, k) hold the same rows.
      for (let a = 0; a < p; a++) {
        const row = block.subarray(a * p, (a + 1) * p);
        H.set(row, (k * p + a) * q + l * p);
        H.set(row, (l * p + a) * q + k * p);
      }
    }
  }
  for (let j = 0; j < q; j++) if (!placed.intercept || j % p !== p - 1) H[j * q + j] += lambda;
  return H;
}

/** Adds c·uuᵀ along the flat direction u, c the mean curvature of the intercepts, so that H is definite. */
function fillFlatDirection({ placed, logits }: Objective, H: Float64Array, q: number): void {
  if (!placed.intercept) return;
  const p = placed.columns;
  const at = (k: number): number => k * p + p - 1;
  let mean = 0;
  for (let k = 0; k < logits; k++) mean += H[at(k) * q + at(k)] / logits;
  // An intercept without any curvature (separated classes) still needs a positive pivot.
  const floor = Math.max(mean * 1e-12, Number.MIN_VALUE * 1e16);
  if (logits === 1) {
    H[at(0) * q + at(0)] += floor;
    return;
  }
  for (let k = 0; k < logits; k++)
    for (let l = 0; l < logits; l++) H[at(k) * q + at(l)] += Math.max(mean, floor) / logits;
}

async function classBlocks(
  objective: Objective,
  z: Float64Array,
  weights: Float64Array,
  device: Device,
): Promise<Preconditioner> {
  const { placed, logits, lambda } = objective;
  const p = placed.columns;
  const probabilities = classProbabilities(z, logits, placed.rows);
  const inverses: Float64Array[] = [];
  for (let k = 0; k < logits; k++) {
    const H = await placed.gram(curvature(probabilities, weights, k, k));
    for (let j = 0; j < p; j++) H[j * p + j] += placed.intercept && j === p - 1 ? H[j * p + j] * 1e-9 + 1e-12 : lambda;
    inverses.push(await invertPositiveDefinite(H, p, device));
  }
  return classBlocksOf(objective, inverses, device);
}

function classBlocksOf(objective: Objective, inverses: readonly Float64Array[], device: Device): Preconditioner {
  const { logits, placed } = objective;
  const p = placed.columns;
  return {
    description: `per-class blocks, ${logits} of ${p} × ${p}`,
    inverses,
    async apply(R) {
      const groups = R.length / (logits * p);
      const out = new Float64Array(R.length);
      for (let k = 0; k < logits; k++) {
        const part = new Float64Array(groups * p);
        for (let g = 0; g < groups; g++) part.set(R.subarray((g * logits + k) * p, (g * logits + k + 1) * p), g * p);
        const solved = await device.multiply(part, inverses[k], groups, p, p);
        for (let g = 0; g < groups; g++) out.set(solved.subarray(g * p, (g + 1) * p), (g * logits + k) * p);
      }
      projectFlat(objective, out);
      return out;
    },
  };
}

/** L×n: P(class 1) with one logit, else class probabilities. */
export function classProbabilities(z: Float64Array, logits: number, n: number): Float64Array {
  if (logits === 1) return z.map((value) => sigmoid(value));
  const out = new Float64Array(z.length);
  const row = new Float64Array(logits);
  for (let i = 0; i < n; i++) {
    softmaxInto(z, logits, i, n, row);
    for (let k = 0; k < logits; k++) out[k * n + i] = row[k];
  }
  return out;
}

/** Entry (k, l) of sᵢ (diag(p) − ppᵀ), per row. */
function curvature(probabilities: Float64Array, weights: Float64Array, k: number, l: number): Float64Array {
  const n = weights.length;
  const out = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const pk = probabilities[k * n + i];
    const pl = probabilities[l * n + i];
    out[i] = weights[i] * (k === l ? pk * (1 - pk) : -pk * pl);
  }
  return out;
}
