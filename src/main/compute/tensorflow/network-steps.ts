/**
 * Training steps of a network on a TensorFlow.js backend, float32: the passes are written out (no automatic derivatives), so
 * that they are plain products, selections and element-wise formulas, which every backend has. Products with a transposed
 * side are 15 times slower than plain ones on the WASM backend: sides are transposed first.
 */
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { GELU_CUBIC, GELU_SCALE } from '../../networks/activations.ts';
import { denseLayers, type Activation, type DenseLayer, type Layer } from '../../networks/architecture.ts';
import { ADAM, memoryFactor, type NetworkSteps, type StepsContext } from '../../networks/network-steps.ts';
import type { Split } from '../../models/trainable/trainable-model.ts';
import { floats, type OpenRuntime, type Tensorflow } from './runtime.ts';

type SelectLayer = Extract<Layer, { kind: 'select' }>;

/** W (inputs×outputs) and b of one dense layer. */
interface Parameters {
  W: Tensor2D;
  b: Tensor1D;
}

/** Indices of a selection, and of its transpose, on the device. */
interface Selection {
  forward: Tensor1D;
  backward: Tensor1D;
  /** Uses of each input, at most; shorter lists are filled up with the index of a zero. */
  uses: number;
}

/** Rows that go through the network side by side when nothing is learnt. */
const CHUNK = 256;

/** Takes the runtime over and closes it when disposed. Throws `unavailable` when the rows do not fit on the device. */
export function tensorflowSteps({ runtime, close }: OpenRuntime, context: StepsContext): NetworkSteps {
  const { tf } = runtime;
  const { network, recipe, penalty, rows: counts, targets, features } = context;
  const { layers, outputs } = network;
  const layersOfTheta = denseLayers(network);
  const resident =
    (counts.train + counts.test) * (network.inputs + outputs) + network.parameterCount * (2 + memoryFactor(recipe));
  runtime.reserve(resident);

  const upload = (split: Split): Tensor2D =>
    runtime.upload(features(split, 0, counts[split]), [counts[split], network.inputs]) as Tensor2D;
  const X = { train: upload('train'), test: upload('test') };
  const Y = runtime.upload(oneHot(targets.train, outputs), [counts.train, outputs]) as Tensor2D;
  const selections = new Map<Layer, Selection>();
  for (const layer of layers) if (layer.kind === 'select') selections.set(layer, selectionOf(tf, layer));
  let theta: Parameters[] = [];
  let memory: Parameters[][] = [];

  const replace = (before: readonly Parameters[], after: Parameters[]): Parameters[] => {
    for (const { W, b } of after) [tf.keep(W), tf.keep(b)];
    for (const { W, b } of before) [W.dispose(), b.dispose()];
    return after;
  };
  const parametersOf = (from: Float64Array, offset: number): Parameters[] =>
    layersOfTheta.map(({ weight, bias, inputs, outputs: units }) => ({
      W: runtime.upload(from.subarray(offset + weight, offset + bias), [inputs, units]) as Tensor2D,
      b: runtime.upload(from.subarray(offset + bias, offset + bias + units), [units]) as Tensor1D,
    }));

  const forward = (x: Tensor2D): Tensor[] => {
    const states: Tensor[] = [x];
    layers.forEach((layer) => {
      const from = states[states.length - 1];
      if (layer.kind === 'dense') {
        const { W, b } = theta[layersOfTheta.indexOf(layer)];
        const places = tf.reshape(from, [x.shape[0] * layer.positions, layer.inputs]);
        states.push(tf.add(tf.matMul(places, W), b));
      } else if (layer.kind === 'activation') states.push(activate(tf, layer.of, from));
      else states.push(select(tf, layer, selections.get(layer) as Selection, flat(tf, from, x.shape[0])));
    });
    return states;
  };

  /** Gradients in the order of θ's layers, without the penalty. */
  const backward = (states: readonly Tensor[], dz: Tensor, batch: number): Parameters[] => {
    const gradients = new Array<Parameters>(layersOfTheta.length);
    const first = layers.indexOf(layersOfTheta[0]);
    let dy = dz;
    for (let l = layers.length - 1; l >= first; l--) {
      const layer = layers[l];
      if (layer.kind === 'dense') {
        const at = layersOfTheta.indexOf(layer);
        const x = tf.reshape(states[l], [batch * layer.positions, layer.inputs]);
        const places = tf.reshape(dy, [batch * layer.positions, layer.outputs]);
        gradients[at] = { W: tf.matMul(tf.transpose(x), places) as Tensor2D, b: tf.sum(places, 0) as Tensor1D };
        if (l > first) dy = tf.matMul(places, tf.transpose(theta[at].W));
      } else if (layer.kind === 'activation') {
        dy = tf.mul(tf.reshape(dy, states[l].shape), slope(tf, layer.of, states[l], states[l + 1]));
      } else {
        dy = selectBack(tf, layer, selections.get(layer) as Selection, flat(tf, dy, batch));
      }
    }
    return gradients;
  };

  return {
    title: runtime.title,
    precision: 'float32',
    load(from, remembered) {
      const q = network.parameterCount;
      const kept = remembered.length === 0 ? new Float64Array(memoryFactor(recipe) * q) : remembered;
      theta = replace(theta, parametersOf(from, 0));
      for (const part of memory) replace(part, []);
      memory = Array.from({ length: memoryFactor(recipe) }, (_, part) => replace([], parametersOf(kept, part * q)));
    },
    step(rows, weights, learningRate, step) {
      runtime.run(() => {
        const batch = rows.length;
        const index = tf.tensor1d(rows, 'int32');
        const states = forward(tf.gather(X.train, index));
        const z = states[states.length - 1];
        const p = outputs === 1 ? tf.sigmoid(z) : tf.softmax(z as Tensor2D);
        const scale = tf.tensor2d(
          Float32Array.from(rows, (i) => weights[i] / batch),
          [batch, 1],
        );
        const gradients = backward(states, tf.mul(tf.sub(p, tf.gather(Y, index)), scale), batch);
        const decayed = gradients.map(({ W, b }, at) => {
          const decay = penalty[layersOfTheta[at].weight] / counts.train;
          return { W: tf.add(W, tf.mul(theta[at].W, decay)) as Tensor2D, b };
        });
        const next = update(tf, recipe, theta, memory, decayed, learningRate, step);
        theta = replace(theta, next.theta);
        memory = next.memory.map((part, at) => replace(memory[at], part));
      });
    },
    logits(split) {
      const out = new Float64Array(counts[split] * outputs);
      for (let first = 0; first < counts[split]; first += CHUNK) {
        const size = Math.min(CHUNK, counts[split] - first);
        const z = runtime.read(() => {
          const states = forward(tf.slice(X[split], [first, 0], [size, network.inputs]));
          return states[states.length - 1];
        });
        out.set(z, first * outputs);
      }
      return out;
    },
    read: () => ({
      theta: joined(layersOfTheta, network.parameterCount, [theta]),
      memory: joined(layersOfTheta, network.parameterCount, memory),
    }),
    dispose() {
      for (const part of [theta, ...memory]) replace(part, []);
      for (const tensor of [X.train, X.test, Y]) tensor.dispose();
      for (const { forward: f, backward: b } of selections.values()) [f.dispose(), b.dispose()];
      runtime.release(resident);
      close();
    },
  };
}

function update(
  tf: Tensorflow,
  { optimiser, momentum }: StepsContext['recipe'],
  theta: readonly Parameters[],
  memory: readonly Parameters[][],
  gradients: readonly Parameters[],
  learningRate: number,
  step: number,
): { theta: Parameters[]; memory: Parameters[][] } {
  const each = (make: (key: 'W' | 'b', at: number) => Tensor): Parameters[] =>
    theta.map((_, at) => ({ W: make('W', at) as Tensor2D, b: make('b', at) as Tensor1D }));
  if (optimiser === 'sgd') {
    return { theta: each((key, at) => tf.sub(theta[at][key], tf.mul(gradients[at][key], learningRate))), memory: [] };
  }
  if (optimiser === 'momentum') {
    const [v] = memory;
    const velocity = each((key, at) => tf.add(tf.mul(v[at][key], momentum), gradients[at][key]));
    return {
      theta: each((key, at) => tf.sub(theta[at][key], tf.mul(velocity[at][key], learningRate))),
      memory: [velocity],
    };
  }
  const { beta1, beta2, epsilon } = ADAM;
  const [m, u] = memory;
  const first = each((key, at) => tf.add(tf.mul(m[at][key], beta1), tf.mul(gradients[at][key], 1 - beta1)));
  const second = each((key, at) => tf.add(tf.mul(u[at][key], beta2), tf.mul(tf.square(gradients[at][key]), 1 - beta2)));
  const rate = learningRate / (1 - beta1 ** (step + 1));
  const correction = 1 / (1 - beta2 ** (step + 1));
  return {
    theta: each((key, at) => {
      const root = tf.add(tf.sqrt(tf.mul(second[at][key], correction)), epsilon);
      return tf.sub(theta[at][key], tf.div(tf.mul(first[at][key], rate), root));
    }),
    memory: [first, second],
  };
}

function activate(tf: Tensorflow, of: Activation, x: Tensor): Tensor {
  if (of === 'relu') return tf.relu(x);
  if (of === 'tanh') return tf.tanh(x);
  return tf.mul(tf.mul(x, 0.5), tf.add(tf.tanh(geluInner(tf, x)), 1));
}

/** φ′(x), y = φ(x) being at hand. */
function slope(tf: Tensorflow, of: Activation, x: Tensor, y: Tensor): Tensor {
  if (of === 'relu') return tf.cast(tf.greater(x, 0), 'float32');
  if (of === 'tanh') return tf.sub(1, tf.square(y));
  // ½(1 + t) + ½x(1 − t²)u′
  const t = tf.tanh(geluInner(tf, x));
  const inner = tf.mul(tf.add(tf.mul(tf.square(x), 3 * GELU_CUBIC), 1), GELU_SCALE);
  const curved = tf.mul(tf.mul(tf.mul(x, 0.5), tf.sub(1, tf.square(t))), inner);
  return tf.add(tf.mul(tf.add(t, 1), 0.5), curved);
}

function geluInner(tf: Tensorflow, x: Tensor): Tensor {
  return tf.mul(tf.mul(x, tf.add(tf.mul(tf.square(x), GELU_CUBIC), 1)), GELU_SCALE);
}

function flat(tf: Tensorflow, x: Tensor, rows: number): Tensor2D {
  return tf.reshape(x, [rows, x.size / rows]);
}

/** Columns of `x` by index, the one after the last being 0. */
function columns(tf: Tensorflow, x: Tensor2D, index: Tensor1D): Tensor2D {
  return tf.gather(tf.concat([x, tf.zeros([x.shape[0], 1])], 1), index, 1) as Tensor2D;
}

function select(tf: Tensorflow, { size, window }: SelectLayer, { forward }: Selection, x: Tensor2D): Tensor {
  const chosen = columns(tf, x, forward);
  return window === 1 ? chosen : tf.mean(tf.reshape(chosen, [x.shape[0], size, window]), 2);
}

function selectBack(tf: Tensorflow, layer: SelectLayer, selection: Selection, dy: Tensor2D): Tensor {
  const chosen = columns(tf, dy, selection.backward);
  const sum = tf.sum(tf.reshape(chosen, [dy.shape[0], layer.inputs, selection.uses]), 2);
  return layer.window === 1 ? sum : tf.div(sum, layer.window);
}

function selectionOf(tf: Tensorflow, { inputs, size, window, index }: SelectLayer): Selection {
  const users: number[][] = Array.from({ length: inputs }, () => []);
  index.forEach((from, at) => from >= 0 && users[from].push(Math.floor(at / window)));
  const uses = Math.max(1, ...users.map((list) => list.length));
  const backward = new Int32Array(inputs * uses).fill(size);
  users.forEach((list, input) => backward.set(list, input * uses));
  return {
    forward: tf.tensor1d(
      index.map((from) => (from < 0 ? inputs : from)),
      'int32',
    ),
    backward: tf.tensor1d(backward, 'int32'),
    uses,
  };
}

function joined(layers: readonly DenseLayer[], q: number, parts: readonly Parameters[][]): Float64Array {
  const out = new Float64Array(q * parts.length);
  parts.forEach((part, p) => {
    part.forEach(({ W, b }, at) => {
      out.set(floats(W), p * q + layers[at].weight);
      out.set(floats(b), p * q + layers[at].bias);
    });
  });
  return out;
}

function oneHot(targets: Float64Array, outputs: number): Float32Array {
  if (outputs === 1) return Float32Array.from(targets);
  const out = new Float32Array(targets.length * outputs);
  targets.forEach((target, i) => (out[i * outputs + target] = 1));
  return out;
}
