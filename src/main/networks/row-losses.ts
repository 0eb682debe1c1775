/** ℓ of every row at a kept θ, at once and without opening a trainer: what browsing a study needs. */
import type { Design, ImageShape } from '../../shared/dataset.ts';
import type { Matrix } from '../../shared/matrix.ts';
import { isNetwork } from '../../shared/study-spec.ts';
import { featureRows } from '../models/trainable/feature-rows.ts';
import {
  logisticLoss,
  smoothHingeLoss,
  softmaxLoss,
  squaredLoss,
  type OutputLoss,
} from '../models/trainable/output-loss.ts';
import { inputRows, inputScale } from './input-rows.ts';
import { forward } from './passes.ts';
import { networkOf, type TrainableSpec } from './study-model.ts';

const CHUNK = 128;

/** Per split, unweighted; `design` as for studyModel. */
export function rowLosses(
  spec: TrainableSpec,
  design: Design,
  image: ImageShape | null,
  theta: Float64Array,
): { train: Float64Array; test: Float64Array } {
  const ofSplit = (split: 'train' | 'test'): Float64Array => {
    const { X, y } = design[split];
    const loss = lossOf(spec, design);
    const z = isNetwork(spec) ? networkOutputs(spec, design, image, X, theta) : linearOutputs(X, spec.intercept, theta);
    const numbers = design.quantity?.[split];
    return Float64Array.from({ length: X.rows }, (_, i) => {
      const target = numbers !== undefined ? numbers[i] : spec.kind === 'ridge' ? 2 * y[i] - 1 : y[i];
      return loss.value(z, i * loss.outputs, target);
    });
  };
  return { train: ofSplit('train'), test: ofSplit('test') };
}

function lossOf(spec: TrainableSpec, { classes }: Design): OutputLoss {
  if (spec.kind === 'ridge') return squaredLoss;
  if (spec.kind === 'smoothHinge') return smoothHingeLoss(spec.temperature);
  return classes.length === 2 ? logisticLoss : softmaxLoss(classes.length);
}

function linearOutputs(X: Matrix, intercept: boolean, theta: Float64Array): Float64Array {
  const rows = featureRows(X, intercept);
  return Float64Array.from({ length: X.rows }, (_, i) => rows.dot(i, theta, 0));
}

function networkOutputs(
  spec: Extract<TrainableSpec, { kind: 'mlp' | 'cnn' }>,
  design: Design,
  image: ImageShape | null,
  X: Matrix,
  theta: Float64Array,
): Float64Array {
  const network = networkOf(spec, design, image);
  const rows = inputRows(X, inputScale(design.train.X));
  const out = new Float64Array(X.rows * network.outputs);
  for (let first = 0; first < X.rows; first += CHUNK) {
    const size = Math.min(CHUNK, X.rows - first);
    const x = new Float64Array(size * network.inputs);
    for (let at = 0; at < size; at++) rows.copy(first + at, x, at * network.inputs);
    const states = forward(network, theta, x, size);
    out.set(states[states.length - 1], first * network.outputs);
  }
  return out;
}
