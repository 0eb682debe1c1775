/**
 * The first two principal components of the training rows, by orthogonal iteration on products with X̃ alone: no
 * d×d matrix is formed, so that a wide or sparse X costs a few passes too.
 */
import type { PlacedMatrix } from '../compute/device.ts';

/** Vectors iterated side by side: more than are asked for, so that close variances are told apart sooner. */
const VECTORS = 6;
const MAXIMUM_ROUNDS = 60;
/** On the change of the two largest variances from round to round. */
const SETTLED = 1e-6;

/**
 * Scores of each row, of columns centred and, if `scaled`, brought to unit variance (constant ones to 0).
 * The largest weight of each component is positive, so that a sign does not turn from run to run.
 * @returns two vectors of n; of 0 where there is no variance left
 */
export async function principalComponents(
  X: PlacedMatrix,
  scaled: boolean,
  checkCancelled: () => void,
): Promise<[Float64Array, Float64Array]> {
  const { rows: n, columns: p } = X;
  const d = X.intercept ? p - 1 : p;
  const ones = new Float64Array(n).fill(1);
  const mean = (await X.combine(ones)).map((sum) => sum / n);
  const squares = await X.gramDiagonal(ones);
  const scale = Float64Array.from({ length: d }, (_, j) => {
    const variance = squares[j] / n - mean[j] ** 2;
    if (!(variance > 1e-12 * (squares[j] / n))) return 0;
    return scaled ? 1 / Math.sqrt(variance) : 1;
  });
  const count = Math.min(VECTORS, Math.max(1, d));
  let V = orthonormal(startVectors(count, d), count, d);
  let variances: number[] = [];
  for (let round = 0; round < MAXIMUM_ROUNDS; round++) {
    checkCancelled();
    const scores = await scoresOf(X, V, count, mean, scale);
    const product = await X.combine(scores);
    const next = new Float64Array(count * d);
    for (let c = 0; c < count; c++) {
      let total = 0;
      for (let i = 0; i < n; i++) total += scores[c * n + i];
      for (let j = 0; j < d; j++) next[c * d + j] = scale[j] * (product[c * p + j] - mean[j] * total);
    }
    const found = lengths(next, count, d);
    V = orthonormal(next, count, d);
    const settled = [0, 1].every(
      (c) => c >= count || Math.abs(found[c] - (variances[c] ?? 0)) <= SETTLED * Math.max(found[0], Number.MIN_VALUE),
    );
    variances = found;
    if (settled) break;
  }
  for (let c = 0; c < count; c++) pointUp(V.subarray(c * d, (c + 1) * d));
  const scores = await scoresOf(X, V, count, mean, scale);
  return [scores.slice(0, n), count > 1 ? scores.slice(n, 2 * n) : new Float64Array(n)];
}

/** C×n: (x − mean)ᵀ diag(scale) v. */
async function scoresOf(
  X: PlacedMatrix,
  V: Float64Array,
  count: number,
  mean: Float64Array,
  scale: Float64Array,
): Promise<Float64Array> {
  const { rows: n, columns: p } = X;
  const d = scale.length;
  const P = new Float64Array(count * p);
  const shift = new Float64Array(count);
  for (let c = 0; c < count; c++) {
    for (let j = 0; j < d; j++) {
      P[c * p + j] = scale[j] * V[c * d + j];
      shift[c] += mean[j] * P[c * p + j];
    }
  }
  const scores = await X.margins(P);
  for (let c = 0; c < count; c++) for (let i = 0; i < n; i++) scores[c * n + i] -= shift[c];
  return scores;
}

/** The same on every run: no two alike, none orthogonal to all that matters. */
function startVectors(count: number, d: number): Float64Array {
  return Float64Array.from({ length: count * d }, (_, at) => Math.sin(1 + 12.9898 * (at + 1)) + 1e-3);
}

/** Gram–Schmidt, twice, in the order of the vectors. */
function orthonormal(V: Float64Array, count: number, d: number): Float64Array {
  const out = V.slice();
  for (let c = 0; c < count; c++) {
    const v = out.subarray(c * d, (c + 1) * d);
    for (let pass = 0; pass < 2; pass++) {
      for (let b = 0; b < c; b++) {
        const u = out.subarray(b * d, (b + 1) * d);
        const along = dot(u, v);
        for (let j = 0; j < d; j++) v[j] -= along * u[j];
      }
    }
    const length = Math.sqrt(dot(v, v));
    for (let j = 0; j < d; j++) v[j] = length > 0 ? v[j] / length : 0;
  }
  return out;
}

function lengths(V: Float64Array, count: number, d: number): number[] {
  return Array.from({ length: count }, (_, c) => {
    const v = V.subarray(c * d, (c + 1) * d);
    return Math.sqrt(dot(v, v));
  });
}

function pointUp(v: Float64Array): void {
  const largest = v.reduce((best, value) => (Math.abs(value) > Math.abs(best) ? value : best), 0);
  if (largest < 0) for (let j = 0; j < v.length; j++) v[j] = -v[j];
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let j = 0; j < a.length; j++) sum += a[j] * b[j];
  return sum;
}
