/** Networks on TensorFlow.js's WASM backend: the suite of every trainer, and agreement with float64. */
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { tensorflowSteps } from '../../src/main/compute/tensorflow/network-steps.ts';
import { openWasmRuntime } from '../../src/main/compute/tensorflow/open-wasm.ts';
import { cnn, type Activation } from '../../src/main/networks/architecture.ts';
import { float64Steps } from '../../src/main/networks/float64-steps.ts';
import { networkModel } from '../../src/main/networks/network-model.ts';
import type { OpenSteps } from '../../src/main/networks/network-steps.ts';
import { distance, norm } from '../models/trainable/model-suite.ts';
import { RECIPE, trainsBySteps } from '../networks/training-suite.ts';
import { randomDesign } from '../numerics/problems.ts';

const onWasm: OpenSteps = async (context) => tensorflowSteps(await openWasmRuntime(), context);

describe('training on TensorFlow.js, WASM', () => {
  trainsBySteps(onWasm, 1e-5);

  it.each<Activation>(['relu', 'tanh', 'gelu'])(
    'trains a convolutional network with %s as float64 does',
    async (activation) => {
      const design = randomDesign({ rows: 24, features: 30, classes: 3, seed: 6 });
      const network = cnn({ image: { height: 5, width: 6 }, channels: [3, 2], hidden: [4], outputs: 3, activation });
      const train = (openSteps: OpenSteps) =>
        networkModel({ kind: 'cnn', network, design, lambda: 0.1, recipe: RECIPE, openSteps }).train({ seed: 1 });
      const single = await train(onWasm);
      const double = await train(float64Steps);
      expect(distance(single.theta, double.theta)).toBeLessThan(1e-5 * norm(double.theta));
      expect(single.curve[5].testLoss).toBeCloseTo(double.curve[5].testLoss, 5);
    },
  );

  it('leaves no tensor behind', async () => {
    const open = await openWasmRuntime();
    const { numTensors } = tf.memory();
    const design = randomDesign({ rows: 24, features: 30, classes: 2, seed: 6 });
    const network = cnn({ image: { height: 5, width: 6 }, channels: [2], hidden: [], outputs: 1, activation: 'relu' });
    const recipe = { ...RECIPE, optimiser: 'adam' as const };
    await networkModel({ kind: 'cnn', network, design, lambda: 0.1, recipe, openSteps: onWasm }).train({ seed: 1 });
    expect(tf.memory().numTensors).toBe(numTensors);
    open.close();
  });
});
