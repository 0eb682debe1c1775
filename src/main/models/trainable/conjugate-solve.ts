/** Preconditioned conjugate gradients for one symmetric positive definite system, in float64. */

export interface ConjugateOptions {
  /** Stops at ‖b − Ax‖ ≤ tolerance·‖b‖. */
  tolerance: number;
  maximumIterations: number;
  /** M⁻¹r; the identity when left out. */
  precondition?: (r: Float64Array) => Float64Array;
  checkCancelled?: () => void;
}

export interface ConjugateResult {
  x: Float64Array;
  iterations: number;
  /** ‖b − Ax‖/‖b‖ by the recurrence. */
  residual: number;
  /** A direction with pᵀAp ≤ 0 was met: A is not positive definite, x is the best so far. */
  negativeCurvature: boolean;
}

/** x ≈ A⁻¹b from 0. */
export async function conjugateSolve(
  product: (v: Float64Array) => Promise<Float64Array>,
  b: Float64Array,
  options: ConjugateOptions,
): Promise<ConjugateResult> {
  const { tolerance, maximumIterations, precondition = (r) => r, checkCancelled } = options;
  const q = b.length;
  const x = new Float64Array(q);
  const size = Math.sqrt(inner(b, b));
  if (size === 0) return { x, iterations: 0, residual: 0, negativeCurvature: false };
  const r = b.slice();
  let z = precondition(r);
  const p = z.slice();
  let rz = inner(r, z);
  let residual = 1;
  let iterations = 0;
  while (iterations < maximumIterations && residual > tolerance) {
    checkCancelled?.();
    const Ap = await product(p);
    const curvature = inner(p, Ap);
    if (!(curvature > 0)) return { x, iterations, residual, negativeCurvature: true };
    const step = rz / curvature;
    for (let j = 0; j < q; j++) {
      x[j] += step * p[j];
      r[j] -= step * Ap[j];
    }
    iterations++;
    residual = Math.sqrt(inner(r, r)) / size;
    z = precondition(r);
    const next = inner(r, z);
    const ratio = next / rz;
    rz = next;
    for (let j = 0; j < q; j++) p[j] = z[j] + ratio * p[j];
  }
  return { x, iterations, residual, negativeCurvature: false };
}

export function inner(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let j = 0; j < a.length; j++) sum += a[j] * b[j];
  return sum;
}
