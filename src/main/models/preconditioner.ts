/**
 * Approximate inverses of the full-data Hessian H_λ, shared by all groups.
 * The closer to H_λ⁻¹, the fewer products a retraining takes; any of them gives the
 * same answer, because conjugate gradients stop on the true residual.
 */
import { totalmem } from 'node:os';
import { LeverageError } from '../../shared/errors.ts';
import type { Device, PlacedMatrix } from '../compute/device.ts';
import { softmaxInto, sigmoid } from '../compute/stable-change.ts';
import { invertPositiveDefinite } from './spd-inverse.ts';
import { addPenalty, norms, parameterCount, projectFlat, type Objective } from './objective.ts';

export interface Preconditioner {
  /** For provenance: "full Hessian, 650 × 650", "per-class blocks, 10 of 785 × 785". */
  description: string;
  /** R (B×q) → ≈ R·H_λ⁻¹, in the space without the flat direction. */
  apply(R: Float64Array): Promise<Float64Array>;
  /** One q×q inverse, or one p×p inverse per class: enough to have the same preconditioner elsewhere. */
  readonly inverses: readonly Inverse[];
}

/** Symmetric; of single precision only where a device has a solver. */
export type Inverse = Float64Array | Float32Array;

/** "once": used for one fit, so it must be cheap to build. "many": shared by thousands of solves. */
export type Reuse = 'once' | 'many';

/** Where a preconditioner is built and used: the device, and the training rows where its systems are solved. */
export interface Site {
  device: Device;
  working: PlacedMatrix;
}

/** Up to here H_λ is formed and inverted whole: n·q² + 2q³ operations. */
const FULL_HESSIAN_LIMIT: Record<Reuse, number> = { once: 1024, many: 8192 };
/** Up to here in double precision also where a solver of single precision is at hand: it costs little. */
const EXACT_LIMIT = 1024;
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
  site: Site,
  reuse: Reuse,
): Promise<Preconditioner> {
  const q = parameterCount(objective);
  const affordable = q <= FULL_HESSIAN_LIMIT.once || PEAK_MATRICES * 8 * q * q <= MEMORY_SHARE * totalmem();
  const build = affordable && q <= FULL_HESSIAN_LIMIT[reuse] ? fullHessian : classBlocks;
  const size = build === fullHessian ? q : objective.placed.columns;
  const { device, working } = site;
  const inSingle = device.solver !== undefined && working !== objective.placed && size > EXACT_LIMIT;
  if (!inSingle)
    return preconditionerOf(objective, await build(objective, z, weights, objective.placed, device), device);
  try {
    const inverses = await build(objective, z, weights, working, device.solver ?? device);
    const preconditioner = await preconditionerOf(objective, inverses.map(toSingle), device);
    if (await serves(preconditioner, objective, z, weights)) return preconditioner;
  } catch (thrown) {
    // In single precision a Hessian may be indefinite that is not so in double.
    if (!(thrown instanceof LeverageError) || thrown.kind !== 'numerical') throw thrown;
  }
  return preconditionerOf(objective, await build(objective, z, weights, objective.placed, device), device);
}

/** Residual of a solve by the preconditioner alone up to which its rounding does not matter. */
const SERVES = 0.5;

/** Whether rounding has left an inverse of single precision one: ‖H·M·r − r‖ for a vector of ones of alternating sign. */
async function serves(
  { apply, inverses }: Preconditioner,
  objective: Objective,
  z: Float64Array,
  weights: Float64Array,
): Promise<boolean> {
  const q = parameterCount(objective);
  if (inverses[0].length !== q * q) return true;
  const r = Float64Array.from({ length: q }, (_, j) => ((j * 7919) % 13 < 6 ? 1 : -1));
  projectFlat(objective, r);
  const x = await apply(r);
  const product = await objective.placed.openBatch(z, weights, objective.logits).curvatureProduct(x);
  addPenalty(objective, x, product);
  projectFlat(objective, product);
  for (let j = 0; j < q; j++) product[j] -= r[j];
  return norms(product, q)[0] <= SERVES * norms(r, q)[0];
}

function toSingle(inverse: Float64Array): Float32Array {
  const single = new Float32Array(new SharedArrayBuffer(4 * inverse.length));
  single.set(inverse);
  return single;
}

async function fullHessian(
  objective: Objective,
  z: Float64Array,
  weights: Float64Array,
  placed: PlacedMatrix,
  device: Device,
): Promise<Float64Array[]> {
  const H = await hessian({ ...objective, placed }, z, weights);
  return [await inverseOf(objective, H, device)];
}

/** Inverse of H_λ as `hessian` gives it (overwritten), with curvature put in along the flat directions. */
export async function inverseOf(objective: Objective, H: Float64Array, device: Device): Promise<Float64Array> {
  const q = parameterCount(objective);
  fillFlatDirection(objective, H, q);
  return invertPositiveDefinite(H, q, device);
}

/** The preconditioner that `inverses` make up: on the device, or on its solver where they are of single precision. */
export async function preconditionerOf(
  objective: Objective,
  inverses: readonly Inverse[],
  device: Device,
): Promise<Preconditioner> {
  const q = parameterCount(objective);
  const { logits, placed } = objective;
  const whole = inverses[0].length === q * q;
  const size = whole ? q : placed.columns;
  const products = await Promise.all(inverses.map((inverse) => productWith(inverse, size, device)));
  const precision = inverses[0] instanceof Float32Array ? ' in float32' : '';
  if (whole) {
    return {
      description: `full Hessian, ${q} × ${q}${precision}`,
      inverses,
      async apply(R) {
        const out = await products[0](R);
        projectFlat(objective, out);
        return out;
      },
    };
  }
  return {
    description: `per-class blocks, ${logits} of ${size} × ${size}${precision}`,
    inverses,
    async apply(R) {
      const groups = R.length / q;
      const out = new Float64Array(R.length);
      for (let k = 0; k < logits; k++) {
        const part = new Float64Array(groups * size);
        for (let g = 0; g < groups; g++) {
          part.set(R.subarray((g * logits + k) * size, (g * logits + k + 1) * size), g * size);
        }
        const solved = await products[k](part);
        for (let g = 0; g < groups; g++) {
          out.set(solved.subarray(g * size, (g + 1) * size), (g * logits + k) * size);
        }
      }
      projectFlat(objective, out);
      return out;
    },
  };
}

/** R ↦ R·M for a symmetric M that stays on the device. */
async function productWith(
  inverse: Inverse,
  size: number,
  device: Device,
): Promise<(R: Float64Array) => Promise<Float64Array>> {
  if (inverse instanceof Float64Array) return (R) => device.multiply(R, inverse, R.length / size, size, size);
  const solver = device.solver ?? device;
  const placed = await solver.place({ kind: 'single', rows: size, columns: size, data: inverse }, false);
  return (R) => placed.combine(R);
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

/**
 * Adds c·uuᵀ along each flat direction u (see projectFlat), c the mean curvature of its coordinate, so that H is as
 * definite there as elsewhere. Solutions have no part along u: c is of no consequence to them.
 */
function fillFlatDirection({ placed, logits }: Objective, H: Float64Array, q: number): void {
  const p = placed.columns;
  for (let j = 0; j < p; j++) {
    const isIntercept = placed.intercept && j === p - 1;
    if (logits === 1 && !isIntercept) continue;
    const at = (k: number): number => k * p + j;
    let mean = 0;
    for (let k = 0; k < logits; k++) mean += H[at(k) * q + at(k)] / logits;
    // An intercept without any curvature (separated classes) still needs a positive pivot.
    const floor = isIntercept ? Math.max(mean * 1e-12, Number.MIN_VALUE * 1e16) : 0;
    if (logits === 1) H[at(0) * q + at(0)] += floor;
    else
      for (let k = 0; k < logits; k++)
        for (let l = 0; l < logits; l++) H[at(k) * q + at(l)] += Math.max(mean, floor) / logits;
  }
}

async function classBlocks(
  objective: Objective,
  z: Float64Array,
  weights: Float64Array,
  placed: PlacedMatrix,
  device: Device,
): Promise<Float64Array[]> {
  const { logits, lambda } = objective;
  const p = placed.columns;
  const probabilities = classProbabilities(z, logits, placed.rows);
  const inverses: Float64Array[] = [];
  for (let k = 0; k < logits; k++) {
    const H = await placed.gram(curvature(probabilities, weights, k, k));
    for (let j = 0; j < p; j++) H[j * p + j] += placed.intercept && j === p - 1 ? H[j * p + j] * 1e-9 + 1e-12 : lambda;
    inverses.push(await invertPositiveDefinite(H, p, device));
  }
  return inverses;
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
  const logits = probabilities.length / n;
  const out = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const pk = probabilities[k * n + i];
    let factor = -probabilities[l * n + i];
    if (k === l) {
      factor = 1 - pk;
      // Of a sure row the other classes know what 1 − p has lost.
      if (pk > 0.5 && logits > 1) {
        factor = 0;
        for (let other = 0; other < logits; other++) if (other !== k) factor += probabilities[other * n + i];
      }
    }
    out[i] = weights[i] * pk * factor;
  }
  return out;
}
