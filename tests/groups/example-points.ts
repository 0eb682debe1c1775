/** Made-up points to cluster, and a product that rounds badly. */
import type { GroupContext } from '../../src/main/groups/group-context.ts';
import { openStream } from '../../src/main/groups/random-stream.ts';
import type { DenseMatrix } from '../../src/shared/matrix.ts';
import { dense, normals, plainProduct } from './example-context.ts';

export const never = (): void => undefined;

/** `count` points around each of `centres`, in turn. */
export function blobs(centres: readonly (readonly number[])[], count: number, spread: number): DenseMatrix {
  const d = centres[0].length;
  const n = centres.length * count;
  const noise = normals(n * d, 'blobs', n, d);
  const data = noise.map((value, at) => centres[Math.floor(at / d) % centres.length][at % d] + spread * value);
  return dense(n, d, data);
}

/** Binary features: many duplicates, many exact ties between centroids. */
export function tieRich(n: number, d: number): DenseMatrix {
  return dense(
    n,
    d,
    normals(n * d, 'ties', n, d).map((value) => (value > 0.3 ? 1 : 0)),
  );
}

/** The product with every entry off by up to 1e-12 of itself. */
export function noisyProduct(seed: number): GroupContext['multiplyTransposed'] {
  const stream = openStream(seed, 'noise');
  return async (A, B, m, k, n) =>
    (await plainProduct(A, B, m, k, n)).map((value) => value * (1 + 1e-12 * (2 * stream.unit() - 1)));
}
