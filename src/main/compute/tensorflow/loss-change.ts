/** Sums of loss changes over a placed matrix: see PlacedMatrix.lossChange. */
import type { Tensor } from '@tensorflow/tfjs-core';
import { rowLossChange } from '../stable-change.ts';
import * as formulas from './formulas.ts';
import { floats, type Runtime } from './runtime.ts';
import {
  addAt,
  eachCell,
  logisticLossBase,
  ownClasses,
  partsOf,
  softmaxBase,
  type Slab,
  type SlabMatrix,
} from './slabs.ts';

/** As PlacedMatrix.lossChange with sharing "shared". */
export function sharedLossChange(
  matrix: SlabMatrix,
  base: Float64Array,
  y: Int32Array,
  weights: Float64Array,
  delta: Float64Array,
  logits: number,
): Float64Array {
  const { runtime, rows: n, columns: p, slabs } = matrix;
  const { tf } = runtime;
  const groups = delta.length / (logits * p);
  const slices = weights.length / n;
  const out = new Float64Array(groups * slices);
  const changes = slabs.map((slab) =>
    logits === 1
      ? logisticChangeOf(runtime, logisticLossBase(base, y, slab), slab)
      : softmaxChangeOf(runtime, softmaxBase(base, slab, logits, n), ownClasses(y, slab, logits), slab, logits),
  );
  const sliceWeights = slabs.map((slab) => transposedColumns(weights, n, slab));
  eachCell(matrix, partsOf(groups, logits, runtime), delta, logits, (parameters, part, slab, cell) => {
    const at = cell % slabs.length;
    const change = changes[at](tf.matMul(parameters, slab.XT), part.groups);
    const sums = tf.matMul(change, runtime.upload(sliceWeights[at], [slab.rows, slices]));
    addAt(out, part.from * slices, floats(sums));
  });
  return out;
}

/** From G·L×m steps to G×m loss changes. */
type ChangeOf = (steps: Tensor, groups: number) => Tensor;

function logisticChangeOf(runtime: Runtime, base: ReturnType<typeof logisticLossBase>, { rows: m }: Slab): ChangeOf {
  return (steps) =>
    formulas.logisticLossChange(runtime.tf, steps, {
      wrong: runtime.upload(base.wrong, [1, m]),
      before: runtime.upload(base.before, [1, m]),
      minusSign: runtime.upload(base.minusSign, [1, m]),
      minusMargin: runtime.upload(base.minusMargin, [1, m]),
    });
}

function softmaxChangeOf(
  runtime: Runtime,
  base: ReturnType<typeof softmaxBase>,
  own: Float32Array,
  { rows: m }: Slab,
  classes: number,
): ChangeOf {
  const cube = [1, classes, m];
  return (steps, groups) =>
    formulas.softmaxLossChange(runtime.tf, runtime.tf.reshape(steps, [groups, classes, m]), {
      q: runtime.upload(base.q, cube),
      logq: runtime.upload(base.logq, cube),
      own: runtime.upload(own, cube),
    });
}

/** A slab's columns of S×n weights, as rows×S. */
function transposedColumns(weights: Float64Array, n: number, { start, rows }: Slab): Float32Array {
  const slices = weights.length / n;
  const out = new Float32Array(rows * slices);
  for (let s = 0; s < slices; s++) for (let i = 0; i < rows; i++) out[i * slices + s] = weights[s * n + start + i];
  return out;
}

/**
 * As PlacedMatrix.lossChange with sharing "own". Each group weighs its own few rows: only those are gone
 * through, here and in float64, so that the cost follows the group's size.
 */
export function ownLossChange(
  { rows: n, columns: p, data }: Pick<SlabMatrix, 'rows' | 'columns' | 'data'>,
  base: Float64Array,
  y: Int32Array,
  weights: Float64Array,
  delta: Float64Array,
  logits: number,
): Float64Array {
  const out = new Float64Array(delta.length / (logits * p));
  const changeOf = rowLossChange(base, y, logits);
  const steps = new Float64Array(logits);
  for (let g = 0; g < out.length; g++) {
    for (let i = 0; i < n; i++) {
      const weight = weights[g * n + i];
      if (weight === 0) continue;
      for (let k = 0; k < logits; k++) {
        const offset = (g * logits + k) * p;
        let step = 0;
        for (let j = 0; j < p; j++) step += data[i * p + j] * delta[offset + j];
        steps[k] = step;
      }
      out[g] += weight * changeOf(i, steps);
    }
  }
  return out;
}
