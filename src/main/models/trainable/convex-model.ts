/** Ridge regression and the smooth-hinge SVM: linear models trained to their one optimum in float64. */
import { invalidInput, LeverageError } from '../../../shared/errors.ts';
import type { Design } from '../../../shared/dataset.ts';
import { solveCholesky, type Cholesky } from './cholesky.ts';
import { linearModel, type LinearModel } from './linear-model.ts';
import { factorHessian, newtonOptimum, type Optimum } from './newton-optimum.ts';
import { smoothHingeLoss, squaredLoss, type OutputLoss } from './output-loss.ts';
import type { CurvePoint, TrainableModel, TrainOptions } from './trainable-model.ts';

export interface ConvexOptions {
  /** Absolute λ. */
  lambda: number;
  intercept: boolean;
}

/**
 * Ridge regression: Σ sᵢ ½(θᵀx̃ᵢ − tᵢ)² + (λ/2)‖θ‖². Fits the design's numbers (`design.quantity`) where the label is a
 * quantity; of two classes −1 and +1 (the second class). Throws `invalidInput` for more classes.
 */
export function ridgeModel(design: Design, options: ConvexOptions): TrainableModel {
  const numbers = design.quantity;
  if (numbers !== undefined) return convexModel('ridge', design, options, squaredLoss, numbers);
  requireTwoClasses(design, 'Ridge regression fits a number or two classes');
  const signs = (y: Int32Array): Float64Array => Float64Array.from(y, (label) => (label === 1 ? 1 : -1));
  // R² says little of classes; the sign of the prediction is right or wrong.
  const loss: OutputLoss = { ...squaredLoss, right: (z, at, target) => z[at] > 0 === target > 0 };
  return convexModel('ridge', design, options, loss, { train: signs(design.train.y), test: signs(design.test.y) });
}

/** The SVM with SmoothHinge(·, temperature) of Koh & Liang 2017, section 4.2; two classes. */
export function smoothHingeModel(design: Design, options: ConvexOptions & { temperature: number }): TrainableModel {
  requireTwoClasses(design, 'The smooth hinge separates two classes');
  const targets = { train: Float64Array.from(design.train.y), test: Float64Array.from(design.test.y) };
  return convexModel('smoothHinge', design, options, smoothHingeLoss(options.temperature), targets);
}

function requireTwoClasses({ classes }: Design, what: string): void {
  if (classes.length === 2) return;
  throw invalidInput(
    `${what}; the label has ${classes.length} ${classes.length === 1 ? 'class' : 'classes'}.`,
    'Choose the model "softmax" or a network, or another label column.',
  );
}

function convexModel(
  kind: 'ridge' | 'smoothHinge',
  { train, test }: Design,
  { lambda, intercept }: ConvexOptions,
  loss: OutputLoss,
  targets: TrainableModel['targets'],
): TrainableModel {
  const weights = train.weights ?? new Float64Array(train.X.rows).fill(1);
  const linear = linearModel({ kind, X: { train: train.X, test: test.X }, intercept, targets, weights, lambda, loss });
  const preconditioner = sharedFactor(linear);
  return {
    ...linear,
    precondition(theta) {
      const factor = preconditioner(theta);
      return (r) => (factor === null ? r : solveCholesky(factor, r));
    },
    async train(options) {
      const from = options.from ?? new Float64Array(linear.parameterCount);
      const sample = options.weights ?? weights;
      // Removals start at the optimum of all rows, where one factor serves them all.
      const factor = options.from === undefined ? null : preconditioner(options.from);
      const optimum = await newtonOptimum(linear, {
        weights: sample,
        from,
        factor,
        checkCancelled: () => {
          throwIfCancelled(options.signal);
          options.checkCancelled?.();
        },
      });
      return asTrained(linear, optimum, sample, options);
    },
  };
}

/** The factor of H_λ at θ over all rows, kept for the latest θ. */
function sharedFactor(model: LinearModel): (theta: Float64Array) => Cholesky | null {
  let kept: { theta: Float64Array; factor: Cholesky | null } | null = null;
  return (theta) => {
    if (kept === null || kept.theta.some((value, j) => value !== theta[j])) {
      kept = { theta: theta.slice(), factor: factorHessian(model, theta, model.weights) };
    }
    return kept.factor;
  };
}

async function asTrained(
  model: LinearModel,
  { theta, gradientNorm, converged, iterations }: Optimum,
  weights: Float64Array,
  options: TrainOptions,
): Promise<Awaited<ReturnType<TrainableModel['train']>>> {
  const checkpoint = { theta, learningRate: 0, epoch: iterations, step: iterations };
  const point = await curvePoint(model, theta, weights, iterations);
  await options.onEpoch?.(point, {
    theta,
    memory: new Float64Array(0),
    epoch: iterations,
    step: iterations,
    checkpoints: [checkpoint],
    curve: [point],
  });
  return { theta, checkpoints: [checkpoint], curve: [point], converged, gradientNorm };
}

/** Mean training loss Σ sᵢℓᵢ/Σ sᵢ, mean test loss and the score on the test rows. */
export async function curvePoint(
  model: Omit<TrainableModel, 'train'>,
  theta: Float64Array,
  weights: Float64Array,
  epoch: number,
): Promise<CurvePoint> {
  const train = await model.losses(theta, 'train');
  const test = await model.losses(theta, 'test');
  const mass = weights.reduce((sum, weight) => sum + weight, 0);
  return {
    epoch,
    trainLoss: train.reduce((sum, value, i) => (weights[i] === 0 ? sum : sum + weights[i] * value), 0) / mass,
    testLoss: test.reduce((sum, value) => sum + value, 0) / test.length,
    accuracy: await model.score(theta, 'test'),
  };
}

export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  throw new LeverageError('cancelled', 'The training was stopped.', 'Resume it to go on from its last epoch.');
}
