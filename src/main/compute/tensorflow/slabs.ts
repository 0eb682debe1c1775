/** Rows in slabs: what every product over them is cut into, and the fitted point that batches and losses start from. */
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { logSumExp, sigmoid, softplus } from '../stable-change.ts';
import type { Runtime } from './runtime.ts';

/** Some consecutive rows of X̃, on the device both ways: a product with a transposed operand is twelve times slower under WASM. */
export interface Slab {
  start: number;
  rows: number;
  /** rows×p. */
  X: Tensor2D;
  /** p×rows. */
  XT: Tensor2D;
}

/** A batch whose tensors are on the device. */
export interface Guest {
  /** Takes its tensors from the device, keeping what they hold. */
  leave(): void;
}

/** X̃ in slabs. */
export interface SlabMatrix {
  readonly runtime: Runtime;
  readonly rows: number;
  /** p. */
  readonly columns: number;
  /** n×p, row-major. */
  readonly data: Float64Array | Float32Array;
  readonly slabs: readonly Slab[];
  /** Gives `guest` the place for one batch's tensors; the one before it leaves. */
  admit(guest: Guest): void;
}

/** Groups `from` … `from + groups − 1`: as many as one middle may have. */
export interface Part {
  from: number;
  groups: number;
}

export function partsOf(groups: number, logits: number, runtime: Runtime): Part[] {
  const most = Math.max(1, Math.floor(runtime.middleElements / (runtime.slabRows * logits)));
  const parts: Part[] = [];
  for (let from = 0; from < groups; from += most) parts.push({ from, groups: Math.min(most, groups - from) });
  return parts;
}

/**
 * Calls `work` on the backend for each part of the groups and each slab; `cell` counts the calls.
 * @param P groups·L×p; the part's rows of it come on the device once for all slabs
 */
export function eachCell(
  matrix: SlabMatrix,
  parts: readonly Part[],
  P: Float64Array,
  logits: number,
  work: (parameters: Tensor, part: Part, slab: Slab, cell: number) => void,
): void {
  const { runtime, columns: p, slabs } = matrix;
  let cell = 0;
  for (const part of parts) {
    const here = P.subarray(part.from * logits * p, (part.from + part.groups) * logits * p);
    const parameters = runtime.run(() => runtime.upload(here, [part.groups * logits, p]));
    try {
      for (const slab of slabs) {
        const at = cell++;
        runtime.run(() => work(parameters, part, slab, at));
      }
    } finally {
      parameters.dispose();
    }
  }
}

/** A part's rows and a slab's columns of a matrix with n columns, in float32. */
export function cut(data: Float64Array, n: number, { from, groups }: Part, { start, rows }: Slab): Float32Array {
  const out = new Float32Array(groups * rows);
  for (let c = 0; c < groups; c++) {
    const offset = (from + c) * n + start;
    out.set(data.subarray(offset, offset + rows), c * rows);
  }
  return out;
}

export function addAt(out: Float64Array, offset: number, values: Float32Array): void {
  for (let at = 0; at < values.length; at++) out[offset + at] += values[at];
}

/** One slab's margins at θ̂, one logit: z, and σ(z) and σ(−z) each to full relative precision. */
export interface LogisticBase {
  z: Float32Array;
  q: Float32Array;
  r: Float32Array;
}

export function logisticBase(base: Float64Array, { start, rows }: Slab): LogisticBase {
  const z = base.subarray(start, start + rows);
  return {
    z: new Float32Array(z),
    q: Float32Array.from(z, (value) => sigmoid(value)),
    r: Float32Array.from(z, (value) => sigmoid(-value)),
  };
}

/** One slab at θ̂, K logits: probabilities, their logarithms, and the most probable class as a one-hot; K×rows each. */
export interface SoftmaxBase {
  q: Float32Array;
  logq: Float32Array;
  top: Float32Array;
}

export function softmaxBase(base: Float64Array, { start, rows }: Slab, classes: number, n: number): SoftmaxBase {
  const q = new Float32Array(classes * rows);
  const logq = new Float32Array(classes * rows);
  const top = new Float32Array(classes * rows);
  for (let i = 0; i < rows; i++) {
    const total = logSumExp(base, classes, start + i, n);
    let best = 0;
    for (let k = 0; k < classes; k++) {
      const z = base[k * n + start + i];
      logq[k * rows + i] = z - total;
      q[k * rows + i] = Math.exp(z - total);
      if (z > base[best * n + start + i]) best = k;
    }
    top[best * rows + i] = 1;
  }
  return { q, logq, top };
}

/** One slab's losses at θ̂, one logit, in the margins m = ±z of the rows' own classes: σ(−m), log(1 + e⁻ᵐ), −(±1) and −m. */
export interface LogisticLossBase {
  wrong: Float32Array;
  before: Float32Array;
  minusSign: Float32Array;
  minusMargin: Float32Array;
}

export function logisticLossBase(base: Float64Array, y: Int32Array, { start, rows }: Slab): LogisticLossBase {
  const wrong = new Float32Array(rows);
  const before = new Float32Array(rows);
  const minusSign = new Float32Array(rows);
  const minusMargin = new Float32Array(rows);
  for (let i = 0; i < rows; i++) {
    const minus = y[start + i] === 1 ? -1 : 1;
    const moved = minus * base[start + i];
    minusSign[i] = minus;
    minusMargin[i] = moved;
    wrong[i] = sigmoid(moved);
    before[i] = softplus(moved);
  }
  return { wrong, before, minusSign, minusMargin };
}

/** The rows' own classes as a one-hot, K×rows. */
export function ownClasses(y: Int32Array, { start, rows }: Slab, classes: number): Float32Array {
  const own = new Float32Array(classes * rows);
  for (let i = 0; i < rows; i++) own[y[start + i] * rows + i] = 1;
  return own;
}
