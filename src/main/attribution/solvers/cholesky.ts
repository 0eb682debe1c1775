/** Dense factor of the Hessian: exact solves where q² numbers fit. */
import { LeverageError } from '../../../shared/errors.ts';
import { formatBytes } from '../../../shared/format.ts';
import { negativeCurvature, type Product, type SolverWatch } from './linear-system.ts';

/** Lower triangle, row-major q×q. */
export interface CholeskyFactor {
  q: number;
  L: Float64Array;
  /** Directions without curvature that were left out (flat directions of softmax): solutions are 0 in their pivots. */
  flat: number;
}

export function denseBytes(q: number): number {
  return 8 * q * q;
}

/** A as a dense matrix, by q products with unit vectors; symmetric to rounding, and made so. */
export async function denseMatrix(
  product: Product,
  q: number,
  { checkCancelled }: SolverWatch = {},
): Promise<Float64Array> {
  const A = new Float64Array(q * q);
  const unit = new Float64Array(q);
  for (let j = 0; j < q; j++) {
    checkCancelled?.();
    unit[j] = 1;
    A.set(await product(unit), j * q);
    unit[j] = 0;
  }
  for (let i = 0; i < q; i++) {
    for (let j = 0; j < i; j++) A[i * q + j] = A[j * q + i] = (A[i * q + j] + A[j * q + i]) / 2;
  }
  return A;
}

/** A pivot below this share of its diagonal is rounding of zero. */
const FLAT = 1e-13;

/**
 * A = LLᵀ, in place. A pivot that is zero to rounding is a flat direction: it is left out, so that a right-hand side in
 * A's range is still solved exactly. Throws 'numerical' for a negative pivot.
 */
export function factorise(A: Float64Array, q: number): CholeskyFactor {
  const diagonal = Float64Array.from({ length: q }, (_, j) => A[j * q + j]);
  const largest = diagonal.reduce((most, value) => Math.max(most, value), 0);
  let flat = 0;
  for (let i = 0; i < q; i++) {
    for (let j = 0; j <= i; j++) {
      let value = A[i * q + j];
      for (let k = 0; k < j; k++) value -= A[i * q + k] * A[j * q + k];
      if (i !== j) {
        A[i * q + j] = A[j * q + j] === 0 ? 0 : value / A[j * q + j];
        continue;
      }
      if (!Number.isFinite(value)) throw new LeverageError('numerical', 'The Hessian holds numbers out of range.');
      const rounding = FLAT * q * Math.max(diagonal[i], largest * 1e-3);
      if (value < -rounding) throw negativeCurvature(`Cholesky, coordinate ${i}`);
      if (value <= rounding && value <= FLAT * q * diagonal[i]) {
        flat++;
        A[i * q + i] = 0;
      } else A[i * q + i] = Math.sqrt(Math.max(value, Number.MIN_VALUE));
    }
    for (let j = i + 1; j < q; j++) A[i * q + j] = 0;
  }
  return { q, L: A, flat };
}

/** L⁻¹ b: its squared length is bᵀA⁻¹b. */
export function forward({ q, L }: CholeskyFactor, b: Float64Array): Float64Array {
  const y = b.slice();
  for (let i = 0; i < q; i++) {
    const pivot = L[i * q + i];
    let value = y[i];
    for (let k = 0; k < i; k++) value -= L[i * q + k] * y[k];
    y[i] = pivot === 0 ? 0 : value / pivot;
  }
  return y;
}

/** A⁻¹ b. */
export function solveFactored(factor: CholeskyFactor, b: Float64Array): Float64Array {
  const { q, L } = factor;
  const x = forward(factor, b);
  for (let i = q - 1; i >= 0; i--) {
    const pivot = L[i * q + i];
    x[i] = pivot === 0 ? 0 : x[i] / pivot;
    for (let k = 0; k < i; k++) x[k] -= L[i * q + k] * x[i];
  }
  return x;
}

/** Throws 'unavailable' where a dense Hessian would not fit. */
export function requireRoomForDense(q: number, free: number): void {
  if (denseBytes(q) <= free) return;
  throw new LeverageError(
    'unavailable',
    `The Hessian of ${q} parameters takes ${formatBytes(denseBytes(q))}, more than the ${formatBytes(free)} allowed.`,
    'Solve by conjugate gradients instead.',
  );
}
