/** Lanczos with full reorthogonalisation: the ends of the spectrum of a symmetric operator too large to be formed. */
import { diagonalise } from './aligned-spectrum.ts';

export interface RitzValues {
  /** Descending. */
  values: Float64Array;
  /** Per value ‖Ay − θy‖ for its unit Ritz vector: an eigenvalue lies within this distance. */
  residuals: Float64Array;
  steps: number;
}

export interface LanczosControl {
  checkCancelled(): void;
  mostSteps: number;
  /** Stops when the residuals at the watched ends are below this part of the largest Ritz value. */
  tolerance: number;
  ends: 'largest' | 'both';
}

/**
 * @param product symmetric operator
 * @param start   not 0, with a part along the wanted eigenvectors
 */
export async function ritzValues(
  product: (v: Float64Array) => Promise<Float64Array>,
  start: Float64Array,
  control: LanczosControl,
): Promise<RitzValues> {
  const q = start.length;
  const basis: Float64Array[] = [scaled(start, 1 / Math.sqrt(dot(start, start)))];
  const alpha: number[] = [];
  const beta: number[] = [];
  for (;;) {
    control.checkCancelled();
    const k = alpha.length;
    const next = (await product(basis[k])).slice();
    alpha.push(dot(next, basis[k]));
    for (let pass = 0; pass < 2; pass++) {
      for (const vector of basis) {
        const part = dot(next, vector);
        for (let j = 0; j < q; j++) next[j] -= part * vector[j];
      }
    }
    const size = Math.sqrt(dot(next, next));
    beta.push(size);
    const found = ritz(alpha, beta);
    const scale = Math.max(Math.abs(found.values[0]), Math.abs(found.values[k]));
    const worst = control.ends === 'both' ? Math.max(found.residuals[0], found.residuals[k]) : found.residuals[0];
    // A size of rounding only: the basis holds all that the start reaches.
    const whole = k + 1 === q || size <= 4 * Number.EPSILON * scale;
    if (whole || worst <= control.tolerance * scale || k + 1 === control.mostSteps) return found;
    basis.push(scaled(next, 1 / size));
  }
}

function ritz(alpha: readonly number[], beta: readonly number[]): RitzValues {
  const k = alpha.length;
  const diagonal = Float64Array.from(alpha);
  const off = Float64Array.from({ length: k }, (_, i) => (i + 1 < k ? beta[i] : 0));
  const last = Float64Array.from({ length: k }, (_, i) => (i === k - 1 ? 1 : 0));
  diagonalise(diagonal, off, [last]);
  const order = Array.from(diagonal.keys()).sort((a, b) => diagonal[b] - diagonal[a]);
  return {
    values: Float64Array.from(order, (at) => diagonal[at]),
    residuals: Float64Array.from(order, (at) => beta[k - 1] * Math.abs(last[at])),
    steps: k,
  };
}

function scaled(v: Float64Array, factor: number): Float64Array {
  return v.map((value) => value * factor);
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let j = 0; j < a.length; j++) sum += a[j] * b[j];
  return sum;
}
