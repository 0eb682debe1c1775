/**
 * Inverse of a symmetric positive definite matrix, by halves, so that nearly all
 * the work is the device's matrix product:
 *
 *   [A Bᵀ; B C]⁻¹ = [Y + WᵀZW  −WᵀZ; −ZW  Z],  Y = A⁻¹, W = BY, Z = (C − WBᵀ)⁻¹.
 */
import { LeverageError } from '../../shared/errors.ts';
import type { Device } from '../compute/device.ts';

const DIRECT_SIZE = 96;

/**
 * @param A q×q, symmetric positive definite; overwritten
 * @returns A⁻¹, symmetric to rounding, for a preconditioner: of A with at most 1e-6 of its diagonal added where A is
 *   indefinite by rounding. Throws `numerical` when that is not enough.
 */
export async function invertPositiveDefinite(A: Float64Array, q: number, device: Device): Promise<Float64Array> {
  // Scaled to a unit diagonal: columns of very different size then cost no digits.
  const scale = new Float64Array(q);
  for (let i = 0; i < q; i++) {
    if (!(A[i * q + i] > 0)) throw notPositiveDefinite();
    scale[i] = 1 / Math.sqrt(A[i * q + i]);
  }
  scaleBothSides(A, scale);
  const inverse = await invertShifted(A, q, device);
  scaleBothSides(inverse, scale);
  return inverse;
}

/** Added to a unit diagonal, in turn, where rounding has made A indefinite: an inverse near A⁻¹ where A is well known. */
const SHIFTS = [0, 1e-14, 1e-12, 1e-10, 1e-8, 1e-6];

async function invertShifted(A: Float64Array, q: number, device: Device): Promise<Float64Array> {
  for (const [at, shift] of SHIFTS.entries()) {
    for (let i = 0; i < q; i++) A[i * q + i] = 1 + shift;
    try {
      return await invertByHalves(A, q, device);
    } catch (thrown) {
      if (at === SHIFTS.length - 1 || !(thrown instanceof LeverageError) || thrown.kind !== 'numerical') throw thrown;
    }
  }
  throw notPositiveDefinite();
}

async function invertByHalves(A: Float64Array, q: number, device: Device): Promise<Float64Array> {
  if (q <= DIRECT_SIZE) return invertDirectly(A, q);
  const a = q >> 1;
  const c = q - a;
  const Y = await invertByHalves(block(A, q, 0, 0, a, a), a, device);
  const B = block(A, q, a, 0, c, a);
  const W = await device.multiply(B, Y, c, a, a);
  const WBt = await device.multiply(W, B, c, a, c, true);
  const Z = await invertByHalves(
    block(A, q, a, a, c, c).map((value, at) => value - WBt[at]),
    c,
    device,
  );
  const ZW = await device.multiply(Z, W, c, c, a);
  const Wt = transpose(W, c, a);
  const WtZW = await device.multiply(Wt, ZW, a, c, a);
  const out = new Float64Array(q * q);
  for (let i = 0; i < a; i++) for (let j = 0; j < a; j++) out[i * q + j] = Y[i * a + j] + WtZW[i * a + j];
  for (let i = 0; i < c; i++) {
    for (let j = 0; j < a; j++) {
      out[(a + i) * q + j] = -ZW[i * a + j];
      out[j * q + a + i] = -ZW[i * a + j];
    }
    for (let j = 0; j < c; j++) out[(a + i) * q + a + j] = Z[i * c + j];
  }
  return out;
}

/** aᵢⱼ ← sᵢ aᵢⱼ sⱼ */
function scaleBothSides(A: Float64Array, scale: Float64Array): void {
  const q = scale.length;
  for (let i = 0; i < q; i++) for (let j = 0; j < q; j++) A[i * q + j] *= scale[i] * scale[j];
}

/** Cholesky A = LLᵀ, then L⁻¹, then L⁻ᵀL⁻¹. */
function invertDirectly(A: Float64Array, q: number): Float64Array {
  const L = A.slice();
  for (let j = 0; j < q; j++) {
    let diagonal = L[j * q + j];
    for (let k = 0; k < j; k++) diagonal -= L[j * q + k] ** 2;
    if (!(diagonal > 0)) throw notPositiveDefinite();
    const root = Math.sqrt(diagonal);
    L[j * q + j] = root;
    for (let i = j + 1; i < q; i++) {
      let sum = L[i * q + j];
      for (let k = 0; k < j; k++) sum -= L[i * q + k] * L[j * q + k];
      L[i * q + j] = sum / root;
    }
  }
  // Row i of L⁻¹, in place of L's lower triangle.
  const inverse = new Float64Array(q * q);
  for (let i = 0; i < q; i++) {
    inverse[i * q + i] = 1 / L[i * q + i];
    for (let j = 0; j < i; j++) {
      let sum = 0;
      for (let k = j; k < i; k++) sum -= L[i * q + k] * inverse[k * q + j];
      inverse[i * q + j] = sum / L[i * q + i];
    }
  }
  const out = new Float64Array(q * q);
  for (let i = 0; i < q; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = i; k < q; k++) sum += inverse[k * q + i] * inverse[k * q + j];
      out[i * q + j] = sum;
      out[j * q + i] = sum;
    }
  }
  return out;
}

function block(A: Float64Array, q: number, row: number, column: number, rows: number, columns: number): Float64Array {
  const out = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    const start = (row + i) * q + column;
    out.set(A.subarray(start, start + columns), i * columns);
  }
  return out;
}

function transpose(A: Float64Array, rows: number, columns: number): Float64Array {
  const out = new Float64Array(A.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[j * rows + i] = A[i * columns + j];
  return out;
}

function notPositiveDefinite(): LeverageError {
  return new LeverageError(
    'numerical',
    'The Hessian is not positive definite in double precision.',
    'Use a larger λ, or rescale the features (standardise).',
  );
}
