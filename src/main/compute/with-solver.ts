import type { Device, ProductsOverEntries } from './device.ts';

/**
 * A device of two precisions: linear systems are solved on `solver` (single precision) a few digits at a time,
 * and every gradient, residual and effect that a result rests on is computed on `exact` (double precision).
 */
export function withSolver(exact: Device, solver: Device): Device {
  const overEntries = sharedOverEntries(exact, solver);
  return {
    ...(overEntries !== undefined && { overEntries }),
    info: {
      name: solver.info.name,
      title: `${solver.info.title}, certified in float64`,
      precision: 'float32',
      threads: exact.info.threads,
    },
    solver,
    place: (X, intercept) => exact.place(X, intercept),
    multiply: (A, B, m, k, n, transposeB) => exact.multiply(A, B, m, k, n, transposeB),
    async dispose() {
      await solver.dispose();
      await exact.dispose();
    },
  };
}

/** A solver on another processor does dense products so quickly that fewer entries pay. */
function sharedOverEntries({ overEntries }: Device, solver: Device): ProductsOverEntries | undefined {
  if (overEntries === undefined) return undefined;
  return { ...overEntries, share: Math.min(overEntries.share, solver.overEntries?.share ?? SHARE_BESIDE_GPU) };
}

const SHARE_BESIDE_GPU = 0.02;
