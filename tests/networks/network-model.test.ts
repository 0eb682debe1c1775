import { describe, expect, it } from 'vitest';
import {
  cnn,
  denseLayers,
  initialise,
  mlp,
  type Activation,
  type Network,
} from '../../src/main/networks/architecture.ts';
import { ACTIVATIONS } from '../../src/main/networks/activations.ts';
import { float64Steps } from '../../src/main/networks/float64-steps.ts';
import { networkModel } from '../../src/main/networks/network-model.ts';
import type { TrainingRecipe } from '../../src/main/models/trainable/trainable-model.ts';
import type { Design } from '../../src/shared/dataset.ts';
import { describesItsDerivatives, moved } from '../models/trainable/model-suite.ts';
import { randomDesign, uniforms } from '../numerics/problems.ts';

const recipe: TrainingRecipe = {
  optimiser: 'momentum',
  momentum: 0.9,
  learningRate: 0.1,
  schedule: 'cosine',
  batchSize: 8,
  epochs: 4,
  checkpointEvery: 1,
  gradientGoal: 0,
};

const three = randomDesign({ rows: 20, features: 5, classes: 3, seed: 4 });
const two = randomDesign({ rows: 20, features: 5, classes: 2, seed: 5 });
/** Images of 5 × 6. */
const images = randomDesign({ rows: 12, features: 30, classes: 3, seed: 6 });

function model(design: Design, network: Network) {
  return networkModel({ kind: 'mlp', network, design, lambda: 0.1, recipe, openSteps: float64Steps });
}

/** Away from 0 in every bias too. */
const near = (network: Network) => (): Float64Array =>
  moved(initialise(network, 1), uniforms(3, network.parameterCount), 0.2);

describe.each<Activation>(['relu', 'tanh', 'gelu'])('a perceptron with %s', (activation) => {
  const network = mlp({ inputs: 5, outputs: 3, hidden: [7, 4], activation });
  describesItsDerivatives({ model: async () => model(three, network), theta: near(network) });
});

describe('a perceptron of two classes', () => {
  const network = mlp({ inputs: 5, outputs: 1, hidden: [6], activation: 'tanh' });
  describesItsDerivatives({ model: async () => model(two, network), theta: near(network) });
});

describe('a perceptron without hidden layers', () => {
  const network = mlp({ inputs: 5, outputs: 3, hidden: [], activation: 'tanh' });
  describesItsDerivatives({ model: async () => model(three, network), theta: near(network) });
});

describe('a convolutional network', () => {
  const network = cnn({
    image: { height: 5, width: 6 },
    channels: [3, 2],
    hidden: [4],
    outputs: 3,
    activation: 'gelu',
  });
  describesItsDerivatives({ model: async () => model(images, network), theta: near(network) });

  it('convolves as the definition says', async () => {
    const single = cnn({ image: { height: 5, width: 6 }, channels: [2], hidden: [], outputs: 3, activation: 'tanh' });
    const theta = near(single)();
    const [conv, last] = denseLayers(single);
    const X = images.train.X;
    if (X.kind !== 'dense') throw new Error('dense');
    const scale = Math.sqrt(X.data.length / X.data.reduce((sum, value) => sum + value * value, 0));
    const pixel = (y: number, x: number): number => (y < 0 || y > 4 || x < 0 || x > 5 ? 0 : scale * X.data[y * 6 + x]);
    const filtered = (y: number, x: number, f: number): number => {
      let sum = theta[conv.bias + f];
      for (let dy = 0; dy < 3; dy++)
        for (let dx = 0; dx < 3; dx++)
          sum += pixel(y + dy - 1, x + dx - 1) * theta[conv.weight + (dy * 3 + dx) * 2 + f];
      return Math.tanh(sum);
    };
    const z = [0, 1, 2].map((k) => theta[last.bias + k]);
    for (let y = 0; y < 2; y++)
      for (let x = 0; x < 3; x++)
        for (let f = 0; f < 2; f++) {
          const pooled =
            (filtered(2 * y, 2 * x, f) +
              filtered(2 * y + 1, 2 * x, f) +
              filtered(2 * y, 2 * x + 1, f) +
              filtered(2 * y + 1, 2 * x + 1, f)) /
            4;
          for (let k = 0; k < 3; k++) z[k] += pooled * theta[last.weight + ((y * 3 + x) * 2 + f) * 3 + k];
        }
    const computed = await model(images, single).logits(theta, 'train', Int32Array.of(0));
    computed.forEach((value, k) => expect(value).toBeCloseTo(z[k], 12));
  });

  it('refuses images too small for its convolutions', () => {
    expect(() =>
      cnn({ image: { height: 3, width: 3 }, channels: [2, 2], hidden: [], outputs: 3, activation: 'relu' }),
    ).toThrow('Images of 3 × 3 are too small for 2 convolutions with pooling.');
  });
});

describe('activations', () => {
  it.each<Activation>(['tanh', 'gelu'])('%s has the derivatives of its values', (name) => {
    const { value, first, second } = ACTIVATIONS[name];
    for (const x of [-3, -0.7, 0, 0.4, 2.5]) {
      const h = 1e-5;
      expect((value(x + h) - value(x - h)) / (2 * h)).toBeCloseTo(first(x), 8);
      expect((first(x + h) - first(x - h)) / (2 * h)).toBeCloseTo(second(x), 8);
    }
  });

  it('gelu is x times the normal distribution to 5e-4', () => {
    // Φ(1) and Φ(2) from tables.
    expect(ACTIVATIONS.gelu.value(1)).toBeCloseTo(0.8413447, 3);
    expect(Math.abs(ACTIVATIONS.gelu.value(2) - 2 * 0.9772499)).toBeLessThan(5e-4);
  });
});

describe('initialisation', () => {
  it('depends on the seed alone and has the variance it names', () => {
    const network = mlp({ inputs: 200, outputs: 3, hidden: [150], activation: 'relu' });
    const theta = initialise(network, 5);
    expect(initialise(network, 5)).toEqual(theta);
    expect(initialise(network, 6)).not.toEqual(theta);
    const [first] = denseLayers(network);
    const weights = theta.subarray(first.weight, first.bias);
    const variance = weights.reduce((sum, value) => sum + value * value, 0) / weights.length;
    expect(variance).toBeGreaterThan(0.95 * (2 / 200));
    expect(variance).toBeLessThan(1.05 * (2 / 200));
    expect(theta.subarray(first.bias, first.bias + 150).every((value) => value === 0)).toBe(true);
  });
});
