/**
 * The eigenvalues of a symmetric matrix with the components of a few given vectors along its eigenvectors: what a
 * function of the matrix between two vectors, aᵀ f(M) b, is made of. The eigenvectors themselves are never formed:
 * the vectors are carried through the reflections and rotations that diagonalise M (Golub & Van Loan, sections 8.3
 * and 8.3.5), which leaves 4/3 m³ operations where the eigenvectors would take 9 m³.
 */
import { LeverageError } from '../../shared/errors.ts';

export interface AlignedSpectrum {
  /** m, descending. */
  eigenvalues: Float64Array;
  /** Per vector, its m components along the eigenvectors: their squares sum to the vector's own square. */
  alignments: Float64Array[];
}

/** Rotations for one eigenvalue; three are usual. */
const MOST_SWEEPS = 60;

/**
 * @param M       m×m, symmetric, of which the lower triangle is read; overwritten
 * @param vectors each of length m
 * @throws LeverageError 'numerical' where M holds something that is not finite
 */
export function alignedSpectrum(M: Float64Array, vectors: readonly Float64Array[]): AlignedSpectrum {
  const m = Math.round(Math.sqrt(M.length));
  const carried = vectors.map((vector) => vector.slice());
  const { diagonal, off } = tridiagonalise(M, m, carried);
  diagonalise(diagonal, off, carried);
  const order = Array.from(diagonal.keys()).sort((a, b) => diagonal[b] - diagonal[a]);
  const sorted = (values: Float64Array): Float64Array => Float64Array.from(order, (at) => values[at]);
  return { eigenvalues: sorted(diagonal), alignments: carried.map(sorted) };
}

/** M ← PMP for the reflection P = I − τvvᵀ of each column in turn, and each carried vector ← P·vector. */
function tridiagonalise(
  M: Float64Array,
  m: number,
  carried: readonly Float64Array[],
): { diagonal: Float64Array; off: Float64Array } {
  const diagonal = new Float64Array(m);
  const off = new Float64Array(m);
  const v = new Float64Array(m);
  const w = new Float64Array(m);
  for (let k = 0; k < m; k++) {
    diagonal[k] = M[k * m + k];
    if (k + 1 >= m) break;
    const first = k + 1;
    let below = 0;
    for (let i = first + 1; i < m; i++) below = Math.max(below, Math.abs(M[i * m + k]));
    const head = M[first * m + k];
    if (below === 0) {
      off[k] = head;
      continue;
    }
    const scale = Math.max(below, Math.abs(head));
    let square = 0;
    for (let i = first; i < m; i++) {
      v[i] = M[i * m + k] / scale;
      square += v[i] * v[i];
    }
    const norm = Math.sqrt(square) * (v[first] > 0 ? -1 : 1);
    off[k] = norm * scale;
    v[first] -= norm;
    // τ = 2 / ‖v‖²
    const tau = 1 / (square - norm * (head / scale));
    // w = τM₂₂v from the lower triangle, then w ← w − (τ wᵀv / 2) v.
    w.fill(0, first);
    for (let i = first; i < m; i++) {
      const row = i * m;
      const vi = v[i];
      let sum = 0;
      for (let j = first; j < i; j++) {
        const value = M[row + j];
        sum += value * v[j];
        w[j] += value * vi;
      }
      w[i] += sum + M[row + i] * vi;
    }
    let along = 0;
    for (let i = first; i < m; i++) {
      w[i] *= tau;
      along += w[i] * v[i];
    }
    for (let i = first; i < m; i++) w[i] -= 0.5 * tau * along * v[i];
    for (let i = first; i < m; i++) {
      const row = i * m;
      const vi = v[i];
      const wi = w[i];
      for (let j = first; j <= i; j++) M[row + j] -= vi * w[j] + wi * v[j];
    }
    for (const vector of carried) {
      let part = 0;
      for (let i = first; i < m; i++) part += v[i] * vector[i];
      part *= tau;
      for (let i = first; i < m; i++) vector[i] -= part * v[i];
    }
  }
  return { diagonal, off };
}

/**
 * Implicit QL with Wilkinson's shift on a tridiagonal matrix; the carried vectors are rotated along.
 * @param off off[i] between i and i + 1; overwritten
 */
export function diagonalise(diagonal: Float64Array, off: Float64Array, carried: readonly Float64Array[]): void {
  const m = diagonal.length;
  for (let l = 0; l < m; l++) {
    for (let sweep = 0; ; sweep++) {
      let end = l;
      while (end < m - 1) {
        const size = Math.abs(diagonal[end]) + Math.abs(diagonal[end + 1]);
        if (Math.abs(off[end]) <= Number.EPSILON * size) break;
        end++;
      }
      if (end === l) break;
      if (sweep === MOST_SWEEPS || !Number.isFinite(diagonal[l])) throw notDiagonal();
      let g = (diagonal[l + 1] - diagonal[l]) / (2 * off[l]);
      let r = Math.hypot(g, 1);
      g = diagonal[end] - diagonal[l] + off[l] / (g + (g >= 0 ? r : -r));
      let s = 1;
      let c = 1;
      let p = 0;
      let i = end - 1;
      for (; i >= l; i--) {
        const f = s * off[i];
        const b = c * off[i];
        r = Math.hypot(f, g);
        off[i + 1] = r;
        if (r === 0) {
          diagonal[i + 1] -= p;
          off[end] = 0;
          break;
        }
        s = f / r;
        c = g / r;
        g = diagonal[i + 1] - p;
        r = (diagonal[i] - g) * s + 2 * c * b;
        p = s * r;
        diagonal[i + 1] = g + p;
        g = c * r - b;
        for (const vector of carried) {
          const upper = vector[i + 1];
          vector[i + 1] = s * vector[i] + c * upper;
          vector[i] = c * vector[i] - s * upper;
        }
      }
      if (r === 0 && i >= l) continue;
      diagonal[l] -= p;
      off[l] = g;
      off[end] = 0;
    }
  }
}

function notDiagonal(): LeverageError {
  return new LeverageError(
    'numerical',
    'The spectrum of the removed curvature did not converge in double precision.',
    'Use a larger λ, or rescale the features (standardise).',
  );
}
