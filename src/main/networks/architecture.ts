/**
 * Networks as lists of layers over one row's values, and where each layer's parameters are in θ.
 * Images are height × width × channels, channels last; a convolution is a selection of patches and a dense layer at every
 * position, so that dense layers are the only ones with parameters.
 */
import { invalidInput } from '../../shared/errors.ts';
import { openStream } from '../groups/random-stream.ts';

export type Activation = 'relu' | 'tanh' | 'gelu';

export type Layer =
  /** y = xW + b at each of `positions` places; W is inputs×outputs row-major at θ[weight], b at θ[bias]. */
  | { kind: 'dense'; positions: number; inputs: number; outputs: number; weight: number; bias: number }
  | { kind: 'activation'; of: Activation; size: number }
  /** yⱼ = mean over t < window of x[index[j·window + t]]; an index of −1 is a 0 beyond the image's edge. */
  | { kind: 'select'; inputs: number; size: number; window: number; index: Int32Array };

export type DenseLayer = Extract<Layer, { kind: 'dense' }>;

export interface Network {
  /** Values per row. */
  inputs: number;
  outputs: number;
  layers: readonly Layer[];
  /** q */
  parameterCount: number;
  activation: Activation;
}

export interface MlpShape {
  inputs: number;
  outputs: number;
  /** Units of each hidden layer; none is a linear model. */
  hidden: readonly number[];
  activation: Activation;
}

/** Dense layers with the activation between them. */
export function mlp({ inputs, outputs, hidden, activation }: MlpShape): Network {
  const build = builder(activation);
  let width = inputs;
  for (const units of hidden) {
    build.dense(1, width, units);
    build.activate(units);
    width = units;
  }
  build.dense(1, width, outputs);
  return build.network(inputs, outputs);
}

export interface CnnShape extends Omit<MlpShape, 'inputs'> {
  image: { height: number; width: number };
  /** Filters of each 3×3 convolution; each is followed by the activation and a 2×2 mean pooling. */
  channels: readonly number[];
}

/**
 * Convolutions (3×3, stride 1, zeros beyond the edge), each with the activation and 2×2 mean pooling, then dense layers.
 * Mean rather than maximum: pooling is then linear, and the Hessian exists wherever the activation's does.
 */
export function cnn({ image, channels, hidden, outputs, activation }: CnnShape): Network {
  const build = builder(activation);
  let { height, width } = image;
  let depth = 1;
  for (const filters of channels) {
    if (height < 2 || width < 2) {
      throw invalidInput(
        `Images of ${image.height} × ${image.width} are too small for ${channels.length} convolutions with pooling.`,
        'Use fewer convolutions (model.channels).',
      );
    }
    build.select(height * width * depth, patches(height, width, depth), 1);
    build.dense(height * width, 9 * depth, filters);
    build.activate(height * width * filters);
    build.select(height * width * filters, poolings(height, width, filters), 4);
    [height, width, depth] = [height >> 1, width >> 1, filters];
  }
  let size = height * width * depth;
  for (const units of hidden) {
    build.dense(1, size, units);
    build.activate(units);
    size = units;
  }
  build.dense(1, size, outputs);
  return build.network(image.height * image.width, outputs);
}

/** The layers with parameters, in the order of θ. */
export function denseLayers({ layers }: Network): DenseLayer[] {
  return layers.filter((layer) => layer.kind === 'dense');
}

/** Coordinates of θ that are weights, not biases: those that are regularised. */
export function isWeight(network: Network): Uint8Array {
  const weights = new Uint8Array(network.parameterCount);
  for (const { weight, bias } of denseLayers(network)) weights.fill(1, weight, bias);
  return weights;
}

/** Where the last linear layer is in θ. */
export function lastLayer(network: Network): { offset: number; length: number } {
  const { weight } = denseLayers(network)[denseLayers(network).length - 1];
  return { offset: weight, length: network.parameterCount - weight };
}

/**
 * Weights normal with variance gain/inputs, biases 0: gain 2 for ReLU and GELU (He et al. 2015), 1 for tanh (LeCun et al.
 * 1998) and the last layer. Each layer has a stream of its own. The numbers are single-precision ones, so that every trainer
 * starts at the same θ.
 */
export function initialise(network: Network, seed: number): Float64Array {
  const theta = new Float64Array(network.parameterCount);
  const layers = denseLayers(network);
  layers.forEach(({ inputs, weight, bias }, at) => {
    const stream = openStream(seed, 'network', 'initialisation', at);
    const gain = at < layers.length - 1 && network.activation !== 'tanh' ? 2 : 1;
    const deviation = Math.sqrt(gain / inputs);
    for (let j = weight; j < bias; j += 2) {
      // Box–Muller: two normals of two uniforms.
      const radius = deviation * Math.sqrt(-2 * Math.log(1 - stream.unit()));
      const angle = 2 * Math.PI * stream.unit();
      theta[j] = Math.fround(radius * Math.cos(angle));
      if (j + 1 < bias) theta[j + 1] = Math.fround(radius * Math.sin(angle));
    }
  });
  return theta;
}

function builder(activation: Activation) {
  const layers: Layer[] = [];
  let q = 0;
  return {
    dense(positions: number, inputs: number, outputs: number): void {
      layers.push({ kind: 'dense', positions, inputs, outputs, weight: q, bias: q + inputs * outputs });
      q += (inputs + 1) * outputs;
    },
    activate: (size: number): void => void layers.push({ kind: 'activation', of: activation, size }),
    select: (inputs: number, index: Int32Array, window: number): void =>
      void layers.push({ kind: 'select', inputs, size: index.length / window, window, index }),
    network: (inputs: number, outputs: number): Network => ({ inputs, outputs, layers, parameterCount: q, activation }),
  };
}

/** Of every pixel the 3×3 neighbourhood, row by row, channels last. */
function patches(height: number, width: number, depth: number): Int32Array {
  const index = new Int32Array(height * width * 9 * depth);
  let to = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let dy = -1; dy <= 1; dy++) {
        for (let dx = -1; dx <= 1; dx++) {
          const inside = y + dy >= 0 && y + dy < height && x + dx >= 0 && x + dx < width;
          for (let c = 0; c < depth; c++) index[to++] = inside ? ((y + dy) * width + x + dx) * depth + c : -1;
        }
      }
    }
  }
  return index;
}

/** Of every 2×2 block and channel its four places; a last odd row or column is left out. */
function poolings(height: number, width: number, depth: number): Int32Array {
  const [h, w] = [height >> 1, width >> 1];
  const index = new Int32Array(h * w * depth * 4);
  let to = 0;
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      for (let c = 0; c < depth; c++) {
        for (const [dy, dx] of [
          [0, 0],
          [0, 1],
          [1, 0],
          [1, 1],
        ]) {
          index[to++] = ((2 * y + dy) * width + 2 * x + dx) * depth + c;
        }
      }
    }
  }
  return index;
}
