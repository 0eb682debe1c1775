/** The few operations on parameter vectors that the solvers need. */
import { openStream } from '../../groups/random-stream.ts';

export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let j = 0; j < a.length; j++) sum += a[j] * b[j];
  return sum;
}

export function norm(a: Float64Array): number {
  return Math.sqrt(dot(a, a));
}

/** y ← y + c·x */
export function addScaled(y: Float64Array, c: number, x: Float64Array): void {
  for (let j = 0; j < y.length; j++) y[j] += c * x[j];
}

/** a + c·b, new. */
export function sum(a: Float64Array, c: number, b: Float64Array): Float64Array {
  return Float64Array.from(a, (value, j) => value + c * b[j]);
}

export function isFiniteVector(a: Float64Array): boolean {
  for (let j = 0; j < a.length; j++) if (!Number.isFinite(a[j])) return false;
  return true;
}

/** Uniform on (−1, 1), length 1. */
export function randomDirection(length: number, seed: number, purpose: string): Float64Array {
  const stream = openStream(seed, purpose);
  const v = Float64Array.from({ length }, () => 2 * stream.unit() - 1);
  const size = norm(v);
  return v.map((value) => value / size);
}
