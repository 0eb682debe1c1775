/**
 * Networks as trainable models. Training steps run wherever `openSteps` says (TensorFlow.js in float32, or float64);
 * losses, gradients and curvature are always float64 (passes.ts), so that an estimator is as exact on a network as on a
 * linear model.
 */
import type { Design } from '../../shared/dataset.ts';
import { logisticLoss, scoreOf, softmaxLoss } from '../models/trainable/output-loss.ts';
import { inner } from '../models/trainable/conjugate-solve.ts';
import type { ModelKind, Split, TrainableModel, TrainingRecipe } from '../models/trainable/trainable-model.ts';
import { denseLayers, initialise, isWeight, lastLayer, type Network } from './architecture.ts';
import { inputRows, inputScale } from './input-rows.ts';
import type { OpenSteps, StepsContext } from './network-steps.ts';
import { backward, backwardAlong, forward, tangents, type States } from './passes.ts';
import { trainSteps } from './train-network.ts';

export interface NetworkModelOptions {
  kind: Extract<ModelKind, 'mlp' | 'cnn'>;
  /** Of `design.train.X.columns` inputs, and 1 output for two classes, else one per class. */
  network: Network;
  design: Design;
  /** Absolute λ, on weights and not on biases. */
  lambda: number;
  recipe: TrainingRecipe;
  openSteps: OpenSteps;
}

/** Values of states that are held at one time, in rows × values. */
const STATE_BUDGET = 4e6;

export function networkModel(options: NetworkModelOptions): TrainableModel {
  const { kind, network, design, lambda, recipe, openSteps } = options;
  const { train, test, classes } = design;
  const scale = inputScale(train.X);
  const X = { train: inputRows(train.X, scale), test: inputRows(test.X, scale) };
  const targets = { train: Float64Array.from(train.y), test: Float64Array.from(test.y) };
  const loss = network.outputs === 1 ? logisticLoss : softmaxLoss(classes.length);
  const K = network.outputs;
  const q = network.parameterCount;
  const weights = train.weights ?? new Float64Array(X.train.rows).fill(1);
  const penalty = Float64Array.from(isWeight(network), (regularised) => (regularised === 1 ? lambda : 0));
  const lastInput = network.layers.length - 1;
  const chunk = Math.max(1, Math.min(256, Math.floor(STATE_BUDGET / valuesPerRow(network))));

  const gather = (split: Split, rows: Int32Array): Float64Array => {
    const x = new Float64Array(rows.length * network.inputs);
    rows.forEach((i, at) => X[split].copy(i, x, at * network.inputs));
    return x;
  };
  /** Runs the rows through the network, some at a time. */
  const eachChunk = (
    theta: Float64Array,
    split: Split,
    rows: Int32Array,
    use: (states: States, z: Float64Array, part: Int32Array, first: number) => void,
  ): void => {
    for (let first = 0; first < rows.length; first += chunk) {
      const part = rows.subarray(first, first + chunk);
      const states = forward(network, theta, gather(split, part), part.length);
      use(states, states[states.length - 1], part, first);
    }
  };
  const all = (split: Split): Int32Array => Int32Array.from({ length: X[split].rows }, (_, i) => i);
  const residuals = (z: Float64Array, split: Split, rows: Int32Array, scale?: Float64Array): Float64Array => {
    const dz = new Float64Array(z.length);
    rows.forEach((i, at) => {
      loss.gradient(z, at * K, targets[split][i], dz);
      if (scale !== undefined) for (let k = 0; k < K; k++) dz[at * K + k] *= scale[at];
    });
    return dz;
  };
  const logits = (theta: Float64Array, split: Split, rows: Int32Array): Float64Array => {
    const out = new Float64Array(rows.length * K);
    eachChunk(theta, split, rows, (_states, z, _part, first) => out.set(z, first * K));
    return out;
  };
  const gradientSum = (theta: Float64Array, split: Split, rows: Int32Array, scale: Float64Array): Float64Array => {
    const out = new Float64Array(q);
    eachChunk(theta, split, rows, (states, z, part, first) => {
      const dz = residuals(z, split, part, scale.subarray(first, first + part.length));
      backward(network, theta, states, dz, part.length, out, 0);
    });
    return out;
  };
  const gradientNorm = (theta: Float64Array, sample: Float64Array): number => {
    const g = gradientSum(theta, 'train', all('train'), sample);
    for (let j = 0; j < q; j++) g[j] += penalty[j] * theta[j];
    return Math.sqrt(inner(g, g));
  };

  return {
    kind,
    parameterCount: q,
    rows: { train: X.train.rows, test: X.test.rows },
    targets,
    weights,
    penalty,
    outputs: K,
    lastLayer: lastLayer(network),
    recipe,
    async losses(theta, split, rows = all(split)) {
      const out = new Float64Array(rows.length);
      eachChunk(theta, split, rows, (_states, z, part, first) =>
        part.forEach((i, at) => (out[first + at] = loss.value(z, at * K, targets[split][i]))),
      );
      return out;
    },
    logits: async (theta, split, rows = all(split)) => logits(theta, split, rows),
    score: async (theta, split) => scoreOf(loss, logits(theta, split, all(split)), targets[split]),
    async outputGradients(theta, split, rows) {
      const out = new Float64Array(rows.length * K);
      eachChunk(theta, split, rows, (_states, z, part, first) => out.set(residuals(z, split, part), first * K));
      return out;
    },
    async lastInputs(theta, split, rows) {
      const layers = denseLayers(network);
      const width = layers[layers.length - 1].inputs;
      const out = new Float64Array(rows.length * width);
      eachChunk(theta, split, rows, (states, _z, _part, first) => out.set(states[lastInput], first * width));
      return out;
    },
    async gradients(theta, split, rows) {
      const out = new Float64Array(rows.length * q);
      eachChunk(theta, split, rows, (states, z, part, first) =>
        backward(network, theta, states, residuals(z, split, part), part.length, out.subarray(first * q), q),
      );
      return out;
    },
    // ∇ℓᵀv = (∂ℓ/∂z)ᵀ R{z}: one forward pass per vector.
    async gradientProducts(theta, split, rows, vectors) {
      const V = vectors.length / q;
      const out = new Float64Array(rows.length * V);
      eachChunk(theta, split, rows, (states, z, part, first) => {
        const dz = residuals(z, split, part);
        for (let v = 0; v < V; v++) {
          const moved = tangents(network, theta, vectors.subarray(v * q, (v + 1) * q), states, part.length);
          const rz = moved[moved.length - 1];
          part.forEach((_, at) => {
            let sum = 0;
            for (let k = at * K; k < (at + 1) * K; k++) sum += dz[k] * (rz?.[k] ?? 0);
            out[(first + at) * V + v] = sum;
          });
        }
      });
      return out;
    },
    async outputPullback(theta, split, rows, cotangents) {
      const out = new Float64Array(q);
      eachChunk(theta, split, rows, (states, _z, part, first) =>
        backward(network, theta, states, cotangents.slice(first * K, (first + part.length) * K), part.length, out, 0),
      );
      return out;
    },
    gradientSum: async (theta, split, rows, scale) => gradientSum(theta, split, rows, scale),
    async pullBack(theta, split, rows, dz) {
      const out = new Float64Array(q);
      eachChunk(theta, split, rows, (states, _z, part, first) =>
        backward(network, theta, states, dz.subarray(first * K, (first + part.length) * K), part.length, out, 0),
      );
      return out;
    },
    async curvatureProduct(theta, rows, scale, v, form) {
      const out = new Float64Array(q);
      eachChunk(theta, 'train', rows, (states, z, part, first) => {
        const moved = tangents(network, theta, v, states, part.length);
        const rz = moved[moved.length - 1] ?? new Float64Array(z.length);
        const rdz = new Float64Array(z.length);
        part.forEach((i, at) => {
          loss.curvature(z, at * K, targets.train[i], rz, rdz);
          for (let k = at * K; k < (at + 1) * K; k++) rdz[k] *= scale[first + at];
        });
        if (form === 'gaussNewton') backward(network, theta, states, rdz, part.length, out, 0);
        else {
          const dz = residuals(z, 'train', part, scale.subarray(first, first + part.length));
          backwardAlong(network, theta, v, states, moved, dz, rdz, part.length, out);
        }
      });
      return out;
    },
    async train(trainOptions) {
      const sample = trainOptions.weights ?? weights;
      const mass = sample.reduce((sum, weight) => sum + weight, 0);
      const context: StepsContext = {
        network,
        recipe,
        loss,
        penalty,
        rows: { train: X.train.rows, test: X.test.rows },
        targets,
        features: (split, first, count) =>
          gather(
            split,
            Int32Array.from({ length: count }, (_, at) => first + at),
          ),
      };
      const steps = await openSteps(context);
      try {
        const start = trainOptions.from ?? initialise(network, trainOptions.seed);
        const relativeGradient = async (theta: Float64Array): Promise<number> => gradientNorm(theta, sample) / mass;
        const loop = { steps, recipe, loss, rows: X.train.rows, targets, weights: sample, start, relativeGradient };
        const { theta, checkpoints, curve } = await trainSteps(loop, trainOptions);
        const norm = gradientNorm(theta, sample);
        const converged = recipe.gradientGoal > 0 && norm <= recipe.gradientGoal * mass;
        return { theta, checkpoints, curve, converged, gradientNorm: norm };
      } finally {
        steps.dispose();
      }
    },
  };
}

function valuesPerRow({ inputs, layers }: Network): number {
  return layers.reduce(
    (sum, layer) => sum + (layer.kind === 'dense' ? layer.positions * layer.outputs : layer.size),
    inputs,
  );
}
