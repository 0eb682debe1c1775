import type { Device } from './device.ts';

/**
 * A device of two precisions: linear systems are solved on `solver` (single precision) a few digits at a time,
 * and every gradient, residual and effect that a result rests on is computed on `exact` (double precision).
 */
export function withSolver(exact: Device, solver: Device): Device {
  return {
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
