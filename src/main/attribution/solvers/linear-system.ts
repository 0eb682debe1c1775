/** What a solver knows of a symmetric system A x = b, and what it tells about its solution. */
import { LeverageError } from '../../../shared/errors.ts';

/** v → A v. */
export type Product = (v: Float64Array) => Promise<Float64Array>;

export interface ResidualPoint {
  iteration: number;
  /** Products with all rows so far; a product with a part of the rows counts as its share. */
  products: number;
  /** ‖b − A x‖ / ‖b‖; of stochastic iterations measured with all rows. */
  residual: number;
}

export interface Solution {
  x: Float64Array;
  converged: boolean;
  /** The residual as the iterations went: a curve to show. */
  residuals: ResidualPoint[];
}

/** Told about each residual as it is known. Throws to stop. */
export interface SolverWatch {
  onResidual?(point: ResidualPoint): void;
  checkCancelled?(): void;
}

export function negativeCurvature(where: string): LeverageError {
  return new LeverageError(
    'numerical',
    `${where}: the curvature is negative in some direction, so that the inverse Hessian is not defined.`,
    'Use the Gauss–Newton form, raise the damping, or train closer to a minimum.',
  );
}
