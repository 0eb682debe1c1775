/** Solves with the curvature of a TrainableModel at θ̂: of all rows, and of all but a group's. */
import { LeverageError } from '../../shared/errors.ts';
import { conjugateSolve } from '../models/trainable/conjugate-solve.ts';
import type { CurvatureForm, TrainableModel } from '../models/trainable/trainable-model.ts';

export interface TrainableCurvature {
  /** (C_λ)⁻¹b over the training rows with these weights; q. Notes where the solver stopped short. */
  solve(weights: Float64Array, b: Float64Array): Promise<Float64Array>;
}

export interface CurvatureOptions {
  form: CurvatureForm;
  /** Added to every coordinate, absolute. */
  damping: number;
  tolerance: number;
  maximumIterations: number;
  checkCancelled(): void;
  note(text: string): void;
}

/** C_λ = Σ wᵢ C(ℓᵢ) + diag(penalty) + damping·I at θ̂, C the Hessian or the Gauss–Newton matrix; by conjugate gradients. */
export function trainableCurvature(
  model: TrainableModel,
  theta: Float64Array,
  options: CurvatureOptions,
): TrainableCurvature {
  const { form, damping, tolerance, maximumIterations, checkCancelled, note } = options;
  const { penalty } = model;
  let precondition: ((r: Float64Array) => Float64Array) | undefined;
  return {
    async solve(weights, b) {
      precondition ??= model.precondition?.(theta);
      const rows = present(weights);
      const scale = Float64Array.from(rows, (i) => weights[i]);
      const product = async (v: Float64Array): Promise<Float64Array> => {
        const out = await model.curvatureProduct(theta, rows, scale, v, form);
        for (let j = 0; j < out.length; j++) out[j] += (penalty[j] + damping) * v[j];
        return out;
      };
      const solved = await conjugateSolve(product, b, { tolerance, maximumIterations, precondition, checkCancelled });
      if (solved.negativeCurvature) {
        throw new LeverageError(
          'numerical',
          'The curvature at the fit is not positive definite: influence and Newton are not defined there.',
          'Use a larger λ or, for a network, a larger damping (model.damping).',
        );
      }
      if (solved.residual > 100 * tolerance) {
        note(
          `A solve for influence or Newton stopped after ${solved.iterations} conjugate-gradient iterations at a relative residual of ${solved.residual.toExponential(1)}; a larger λ or damping makes it easier.`,
        );
      }
      return solved.x;
    },
  };
}

/** Rows of positive weight. */
function present(weights: Float64Array): Int32Array {
  const rows: number[] = [];
  weights.forEach((weight, i) => weight !== 0 && rows.push(i));
  return Int32Array.from(rows);
}
