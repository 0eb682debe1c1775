/**
 * Passes through a network in float64, for some rows at a time: forward, backward, and Pearlmutter's R-operator of both
 * (Pearlmutter 1994), which gives exact Hessian-vector products at twice the cost of a gradient.
 * R{·} is the derivative along v in θ. Layers keep rows side by side: values of row i at [i·size, (i+1)·size).
 */
import { ACTIVATIONS } from './activations.ts';
import type { DenseLayer, Layer, Network } from './architecture.ts';

type SelectLayer = Extract<Layer, { kind: 'select' }>;

/** States of all layers for some rows: the inputs, then what each layer puts out. */
export type States = readonly Float64Array[];

/** @param x rows×inputs */
export function forward({ layers }: Network, theta: Float64Array, x: Float64Array, rows: number): States {
  const states = [x];
  for (const layer of layers) {
    const from = states[states.length - 1];
    if (layer.kind === 'dense') states.push(dense(layer, theta, from, rows, true));
    else if (layer.kind === 'activation') states.push(from.map(ACTIVATIONS[layer.of].value));
    else states.push(select(layer, from, rows));
  }
  return states;
}

/** R{states} along v; null for the inputs, which do not move. */
export function tangents(
  { layers }: Network,
  theta: Float64Array,
  v: Float64Array,
  states: States,
  rows: number,
): (Float64Array | null)[] {
  const moved: (Float64Array | null)[] = [null];
  layers.forEach((layer, l) => {
    const from = moved[l];
    if (layer.kind === 'dense') {
      // R{xW + b} = xV + R{x}W + c
      const out = dense(layer, v, states[l], rows, true);
      if (from !== null) addTo(out, dense(layer, theta, from, rows, false));
      moved.push(out);
    } else if (from === null) moved.push(null);
    else if (layer.kind === 'activation') {
      const { first } = ACTIVATIONS[layer.of];
      const x = states[l];
      moved.push(from.map((value, at) => first(x[at]) * value));
    } else moved.push(select(layer, from, rows));
  });
  return moved;
}

/**
 * Adds the gradients of Σ over outputs of dz·z: of row i to out[i·stride …], so stride 0 sums them.
 * @param dz rows×outputs: ∂/∂z of what is differentiated
 */
export function backward(
  { layers }: Network,
  theta: Float64Array,
  states: States,
  dz: Float64Array,
  rows: number,
  out: Float64Array,
  stride: number,
): void {
  let dy = dz;
  for (let l = layers.length - 1; l >= 0; l--) {
    const layer = layers[l];
    if (layer.kind === 'dense') {
      addOuter(layer, states[l], dy, rows, out, stride, true);
      if (!hasParametersBelow(layers, l)) return;
      dy = denseBack(layer, theta, dy, rows);
    } else if (layer.kind === 'activation') {
      const { first } = ACTIVATIONS[layer.of];
      const x = states[l];
      dy = dy.map((value, at) => (value === 0 ? 0 : first(x[at]) * value));
    } else dy = selectBack(layer, dy, rows);
  }
}

/**
 * Adds R{gradient} summed over the rows to `out`, given dz and R{dz}.
 * Dense: R{dW} = R{x}ᵀdy + xᵀR{dy}, R{dx} = R{dy}Wᵀ + dyVᵀ. Activation: R{dx} = φ′R{dy} + φ″R{x}dy.
 */
export function backwardAlong(
  { layers }: Network,
  theta: Float64Array,
  v: Float64Array,
  states: States,
  moved: readonly (Float64Array | null)[],
  dz: Float64Array,
  movedDz: Float64Array,
  rows: number,
  out: Float64Array,
): void {
  let dy = dz;
  let rdy = movedDz;
  for (let l = layers.length - 1; l >= 0; l--) {
    const layer = layers[l];
    const rx = moved[l];
    if (layer.kind === 'dense') {
      addOuter(layer, states[l], rdy, rows, out, 0, true);
      if (rx !== null) addOuter(layer, rx, dy, rows, out, 0, false);
      if (!hasParametersBelow(layers, l)) return;
      rdy = denseBack(layer, theta, rdy, rows);
      addTo(rdy, denseBack(layer, v, dy, rows));
      dy = denseBack(layer, theta, dy, rows);
    } else if (layer.kind === 'activation') {
      const { first, second } = ACTIVATIONS[layer.of];
      const x = states[l];
      rdy = rdy.map(
        (value, at) => first(x[at]) * value + (rx === null || dy[at] === 0 ? 0 : second(x[at]) * rx[at] * dy[at]),
      );
      dy = dy.map((value, at) => first(x[at]) * value);
    } else {
      rdy = selectBack(layer, rdy, rows);
      dy = selectBack(layer, dy, rows);
    }
  }
}

function hasParametersBelow(layers: readonly Layer[], l: number): boolean {
  return layers.slice(0, l).some((layer) => layer.kind === 'dense');
}

/** xW (+ b). Zeros of x, half of them after ReLU and most of an image, are passed over. */
function dense(
  { positions, inputs, outputs, weight, bias }: DenseLayer,
  theta: Float64Array,
  x: Float64Array,
  rows: number,
  withBias: boolean,
): Float64Array {
  const places = rows * positions;
  const out = new Float64Array(places * outputs);
  for (let r = 0; r < places; r++) {
    const to = r * outputs;
    if (withBias) for (let o = 0; o < outputs; o++) out[to + o] = theta[bias + o];
    for (let i = 0; i < inputs; i++) {
      const value = x[r * inputs + i];
      if (value === 0) continue;
      const from = weight + i * outputs;
      for (let o = 0; o < outputs; o++) out[to + o] += value * theta[from + o];
    }
  }
  return out;
}

/** dyWᵀ */
function denseBack(
  { positions, inputs, outputs, weight }: DenseLayer,
  theta: Float64Array,
  dy: Float64Array,
  rows: number,
): Float64Array {
  const places = rows * positions;
  const out = new Float64Array(places * inputs);
  for (let r = 0; r < places; r++) {
    const at = r * outputs;
    for (let i = 0; i < inputs; i++) {
      const from = weight + i * outputs;
      let sum = 0;
      for (let o = 0; o < outputs; o++) sum += dy[at + o] * theta[from + o];
      out[r * inputs + i] = sum;
    }
  }
  return out;
}

/** dW += xᵀdy, and db += Σ dy; of row i at out[i·stride …]. */
function addOuter(
  { positions, inputs, outputs, weight, bias }: DenseLayer,
  x: Float64Array,
  dy: Float64Array,
  rows: number,
  out: Float64Array,
  stride: number,
  withBias: boolean,
): void {
  for (let r = 0; r < rows * positions; r++) {
    const base = Math.floor(r / positions) * stride;
    const at = r * outputs;
    if (withBias) for (let o = 0; o < outputs; o++) out[base + bias + o] += dy[at + o];
    for (let i = 0; i < inputs; i++) {
      const value = x[r * inputs + i];
      if (value === 0) continue;
      const to = base + weight + i * outputs;
      for (let o = 0; o < outputs; o++) out[to + o] += value * dy[at + o];
    }
  }
}

function select({ inputs, size, window, index }: SelectLayer, x: Float64Array, rows: number): Float64Array {
  const out = new Float64Array(rows * size);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < size; j++) {
      let sum = 0;
      for (let t = 0; t < window; t++) {
        const from = index[j * window + t];
        if (from >= 0) sum += x[i * inputs + from];
      }
      out[i * size + j] = sum / window;
    }
  }
  return out;
}

function selectBack({ inputs, size, window, index }: SelectLayer, dy: Float64Array, rows: number): Float64Array {
  const out = new Float64Array(rows * inputs);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < size; j++) {
      const value = dy[i * size + j] / window;
      if (value === 0) continue;
      for (let t = 0; t < window; t++) {
        const to = index[j * window + t];
        if (to >= 0) out[i * inputs + to] += value;
      }
    }
  }
  return out;
}

function addTo(out: Float64Array, more: Float64Array): void {
  for (let at = 0; at < out.length; at++) out[at] += more[at];
}
