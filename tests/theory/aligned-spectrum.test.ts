import { describe, expect, it } from 'vitest';
import { alignedSpectrum } from '../../src/main/theory/aligned-spectrum.ts';
import { uniforms } from '../numerics/problems.ts';

/** Aᵀ diag(values) A for the orthogonal A of reflections in random vectors: a matrix of which the spectrum is known. */
function rotated(values: readonly number[], seed: number): { M: Float64Array; A: Float64Array } {
  const m = values.length;
  const A = Float64Array.from({ length: m * m }, (_, at) => (at % (m + 1) === 0 ? 1 : 0));
  for (let turn = 0; turn < 4; turn++) {
    const v = uniforms(seed + turn, m);
    const square = v.reduce((sum, x) => sum + x * x, 0);
    for (let i = 0; i < m; i++) {
      let part = 0;
      for (let j = 0; j < m; j++) part += A[i * m + j] * v[j];
      for (let j = 0; j < m; j++) A[i * m + j] -= ((2 * part) / square) * v[j];
    }
  }
  const M = new Float64Array(m * m);
  for (let i = 0; i < m; i++)
    for (let j = 0; j < m; j++) for (let k = 0; k < m; k++) M[i * m + j] += values[k] * A[k * m + i] * A[k * m + j];
  return { M, A };
}

describe('the spectrum of a symmetric matrix with aligned vectors', () => {
  it.for([1, 2, 3, 17, 80])('finds the eigenvalues and the components of vectors, size %d', (m) => {
    const values = Array.from(uniforms(7, m)).sort((a, b) => b - a);
    const { M, A } = rotated(values, 3);
    const vectors = [uniforms(11, m), uniforms(12, m)];
    const { eigenvalues, alignments } = alignedSpectrum(M, vectors);
    values.forEach((value, j) => {
      expect(Math.abs(eigenvalues[j] - value)).toBeLessThan(1e-13 * m);
      const components = vectors.map((v) => v.reduce((sum, x, i) => sum + x * A[j * m + i], 0));
      // Of an eigenvector the sign is free: squares and products are not.
      expect(Math.abs(alignments[0][j] * alignments[1][j] - components[0] * components[1])).toBeLessThan(1e-10);
      expect(Math.abs(alignments[0][j] ** 2 - components[0] ** 2)).toBeLessThan(1e-10);
    });
  });

  it('sums any function of the matrix between two vectors, also where eigenvalues coincide', () => {
    const values = [0.9, 0.9, 0.9, 0.5, 0.5, 0, 0, 0];
    const { M } = rotated(values, 5);
    const [a, b] = [uniforms(1, 8), uniforms(2, 8)];
    let product = 0;
    for (let i = 0; i < 8; i++) for (let j = 0; j < 8; j++) product += a[i] * M[i * 8 + j] * b[j];
    const { eigenvalues, alignments } = alignedSpectrum(M.slice(), [a, b]);
    const sum = eigenvalues.reduce((total, mu, j) => total + mu * alignments[0][j] * alignments[1][j], 0);
    expect(Math.abs(sum - product)).toBeLessThan(1e-14);
  });

  it('takes a diagonal matrix, a matrix of zeros and an empty one', () => {
    const diagonal = Float64Array.of(1, 0, 0, 0, 3, 0, 0, 0, 2);
    const found = alignedSpectrum(diagonal, [Float64Array.of(10, 20, 30)]);
    expect(Array.from(found.eigenvalues)).toEqual([3, 2, 1]);
    expect(Array.from(found.alignments[0], Math.abs)).toEqual([20, 30, 10]);
    expect(Array.from(alignedSpectrum(new Float64Array(9), []).eigenvalues)).toEqual([0, 0, 0]);
    expect(alignedSpectrum(new Float64Array(0), []).eigenvalues.length).toBe(0);
  });

  it('keeps small eigenvalues beside large ones', () => {
    const { M } = rotated([1e8, 1, 1e-4], 9);
    const { eigenvalues } = alignedSpectrum(M, []);
    expect(eigenvalues[0] / 1e8).toBeCloseTo(1, 12);
    // Of M's own rounding, 1e8 · 2⁻⁵³.
    expect(Math.abs(eigenvalues[1] - 1)).toBeLessThan(1e-6);
  });

  it('says so when there is nothing to diagonalise', () => {
    expect(() => alignedSpectrum(new Float64Array(9).fill(NaN), [])).toThrow(/did not converge/);
  });
});
