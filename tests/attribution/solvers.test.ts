import { describe, expect, it } from 'vitest';
import { denseMatrix, factorise, solveFactored } from '../../src/main/attribution/solvers/cholesky.ts';
import { conjugateGradients } from '../../src/main/attribution/solvers/conjugate-gradients.ts';
import type { Product } from '../../src/main/attribution/solvers/linear-system.ts';
import { lissa, tuneLissa, type LissaSystem } from '../../src/main/attribution/solvers/lissa.ts';
import { automaticDamping, spectrum } from '../../src/main/attribution/solvers/spectrum.ts';
import { norm, sum } from '../../src/main/attribution/solvers/vectors.ts';
import { LeverageError } from '../../src/shared/errors.ts';
import { uniforms } from '../numerics/problems.ts';

const q = 12;
/** Householder reflection of diag(eigenvalues): a dense matrix whose spectrum is known. */
function matrixOf(eigenvalues: readonly number[]): Product {
  const u = uniforms(5, q);
  const uu = u.reduce((total, value) => total + value * value, 0);
  const reflect = (v: Float64Array): Float64Array => {
    const c = (2 * v.reduce((total, value, j) => total + value * u[j], 0)) / uu;
    return v.map((value, j) => value - c * u[j]);
  };
  return async (v) => reflect(reflect(v).map((value, j) => eigenvalues[j] * value));
}

const definite = Array.from({ length: q }, (_, j) => 0.5 + 3 * j);
const flat = definite.map((value, j) => (j === 4 ? 0 : value));
const indefinite = definite.map((value, j) => (j === 4 ? -2 : value));
const b = uniforms(9, q);

async function failure(work: Promise<unknown>): Promise<LeverageError> {
  return work.then(
    () => expect.fail('it did not fail'),
    (thrown: unknown) => (thrown instanceof LeverageError ? thrown : expect.fail(String(thrown))),
  );
}

describe('the ends of a spectrum', () => {
  it('are found, the negative one too', async () => {
    for (const eigenvalues of [definite, flat, indefinite]) {
      const ends = await spectrum(matrixOf(eigenvalues), q);
      expect(ends.largest).toBeCloseTo(Math.max(...eigenvalues), 9);
      expect(Math.abs(ends.smallest - Math.min(...eigenvalues))).toBeLessThan(1e-9);
    }
  });

  it('leave a definite matrix undamped and make an indefinite one definite', () => {
    expect(automaticDamping({ largest: 10, smallest: 1 })).toBe(0);
    expect(automaticDamping({ largest: 10, smallest: -2 })).toBeGreaterThan(2);
  });
});

describe('conjugate gradients and Cholesky', () => {
  it('solve the same system to 1e-10', async () => {
    const product = matrixOf(definite);
    const { x, converged, residuals } = await conjugateGradients(product, b, {
      tolerance: 1e-13,
      maximumIterations: 100,
    });
    expect(converged).toBe(true);
    expect(residuals.at(-1)?.residual).toBeLessThan(1e-13);
    const y = solveFactored(factorise(await denseMatrix(product, q), q), b);
    expect(norm(sum(x, -1, y))).toBeLessThan(1e-10 * norm(y));
    expect(norm(sum(await product(y), -1, b))).toBeLessThan(1e-11);
  });

  it('solve a system with a flat direction for a right-hand side in its range', async () => {
    const product = matrixOf(flat);
    const inRange = await product(b);
    const { x } = await conjugateGradients(product, inRange, { tolerance: 1e-12, maximumIterations: 100 });
    const factor = factorise(await denseMatrix(product, q), q);
    expect(factor.flat).toBe(1);
    for (const solution of [x, solveFactored(factor, inRange)]) {
      expect(norm(sum(await product(solution), -1, inRange))).toBeLessThan(1e-9);
    }
  });

  it('refuse negative curvature in a sentence', async () => {
    const product = matrixOf(indefinite);
    const byGradients = await failure(conjugateGradients(product, b, { tolerance: 1e-12, maximumIterations: 100 }));
    const dense = await denseMatrix(product, q);
    const byFactor = await failure(Promise.resolve().then(() => factorise(dense, q)));
    for (const { kind, message, hint } of [byGradients, byFactor]) {
      expect([kind, message.includes('curvature is negative')]).toEqual(['numerical', true]);
      expect(hint).toContain('damping');
    }
  });
});

describe('LiSSA', () => {
  const system = (eigenvalues: readonly number[]): LissaSystem => ({
    length: q,
    rows: 100,
    full: matrixOf(eigenvalues),
    batch: () => matrixOf(eigenvalues.map((value) => 1.2 * value)),
  });

  it('reaches the error it is asked for with the scale it chose, its residual falling', async () => {
    const tuning = await tuneLissa(system(definite), 100, { depth: 10_000 });
    expect(tuning.scale).toBeGreaterThan(33);
    const { x, converged, residuals } = await lissa(system(definite), b, { tuning, tolerance: 1e-3 });
    const { x: exact } = await conjugateGradients(matrixOf(definite), b, { tolerance: 1e-14, maximumIterations: 100 });
    expect(converged).toBe(true);
    expect(norm(sum(x, -1, exact))).toBeLessThan(1.5e-3 * norm(exact));
    residuals.slice(1).forEach(({ residual }, at) => expect(residual).toBeLessThan(residuals[at].residual));
  });

  it('has the effective damping d·scale', async () => {
    const tuning = { ...(await tuneLissa(system(definite), 100, { depth: 10_000 })), damping: 0.05 };
    const { x } = await lissa(system(definite), b, { tuning, tolerance: 1e-6 });
    const damped = definite.map((value) => value + 0.05 * tuning.scale);
    const { x: exact } = await conjugateGradients(matrixOf(damped), b, { tolerance: 1e-14, maximumIterations: 100 });
    expect(norm(sum(x, -1, exact))).toBeLessThan(1e-4 * norm(exact));
  });

  it('says in a sentence that a scale is too small, for all rows and for batches', async () => {
    for (const batchSize of [100, 10]) {
      const tuning = { batchSize, scale: 10, damping: 0, depth: 2000 };
      const { kind, message, hint } = await failure(lissa(system(definite), b, { tuning, tolerance: 1e-3 }));
      expect(kind).toBe('numerical');
      expect(message).toMatch(/LiSSA diverges: after \d+ iterations with scale 10/);
      expect(hint).toContain('scale');
    }
  });

  it('takes the scale from the batches where they are steeper than the whole', async () => {
    const whole = await tuneLissa(system(definite), 100, { depth: 10 });
    const parts = await tuneLissa(system(definite), 10, { depth: 10 });
    expect(parts.scale / whole.scale).toBeGreaterThan(1.1);
  });
});
