/** Logistic and softmax regression as a TrainableModel: the app's exact fit (../optimise.ts) behind the one interface. */
import type { Design } from '../../../shared/dataset.ts';
import type { Device } from '../../compute/device.ts';
import { optimise } from '../optimise.ts';
import { placeRows } from '../model-on-device.ts';
import { curvePoint, throwIfCancelled, type ConvexOptions } from './convex-model.ts';
import { linearModel } from './linear-model.ts';
import { logisticLoss, softmaxLoss } from './output-loss.ts';
import type { TrainableModel } from './trainable-model.ts';

/**
 * Logistic regression for two classes, softmax for more, on rows placed on `device`. Trained to ‖∇‖ ≤ 1e-10·Σs in float64;
 * softmax's θ sums to 0 over the classes. `dispose` frees the rows on the device.
 */
export async function likelihoodModel(
  design: Design,
  { lambda, intercept }: ConvexOptions,
  device: Device,
): Promise<TrainableModel & { dispose(): void }> {
  const { train, test, classes } = design;
  const outputs = classes.length === 2 ? 1 : classes.length;
  const loss = outputs === 1 ? logisticLoss : softmaxLoss(outputs);
  const weights = train.weights ?? new Float64Array(train.X.rows).fill(1);
  const linear = linearModel({
    kind: outputs === 1 ? 'logistic' : 'softmax',
    X: { train: train.X, test: test.X },
    intercept,
    targets: { train: Float64Array.from(train.y), test: Float64Array.from(test.y) },
    weights,
    lambda,
    loss,
  });
  const { placed, placedTest, working } = await placeRows(design, intercept, device);
  return {
    ...linear,
    async train(options) {
      const sample = options.weights ?? weights;
      const checkCancelled = (): void => {
        throwIfCancelled(options.signal);
        options.checkCancelled?.();
      };
      const fitting = {
        design,
        logits: outputs,
        weights: sample,
        device,
        working: working.train,
        control: { checkCancelled },
      };
      const optimum = await optimise({ placed, logits: outputs, lambda }, sample, fitting, options.from);
      const { theta, gradientNorm, iterations } = optimum;
      const checkpoint = { theta, learningRate: 0, epoch: iterations, step: iterations };
      const point = await curvePoint(linear, theta, sample, iterations);
      await options.onEpoch?.(point, {
        theta,
        memory: new Float64Array(0),
        epoch: iterations,
        step: iterations,
        checkpoints: [checkpoint],
        curve: [point],
      });
      // `optimise` throws above its limit.
      return { theta, checkpoints: [checkpoint], curve: [point], converged: true, gradientNorm };
    },
    dispose() {
      for (const matrix of new Set([placed, placedTest, working.train, working.test])) matrix.dispose();
    },
  };
}
