/** Training on a part of the rows, and which rows a model is right about. */
import type { Split, TrainableModel, TrainedModel } from '../models/trainable/trainable-model.ts';
import type { AttributionProblem } from './attribution.ts';

/** Trains on these rows alone. Linear models start at θ̂: their optimum does not depend on it. */
export function trainOn(
  { model, trained, signal }: AttributionProblem,
  rows: Int32Array,
  seed: number,
): Promise<TrainedModel> {
  const weights = new Float64Array(model.rows.train);
  for (const row of rows) weights[row] = model.weights[row];
  return model.train({ weights, seed, signal, from: model.recipe === null ? trained.theta : undefined });
}

/** 1 where the largest logit is the target's (one output: where its sign is), else 0. */
export async function rightRows(
  model: Pick<TrainableModel, 'logits' | 'targets' | 'outputs' | 'kind'>,
  theta: Float64Array,
  split: Split,
): Promise<Uint8Array> {
  const targets = model.targets[split];
  const predicted = predictedClasses(await model.logits(theta, split), model.outputs);
  // Ridge regression of two classes writes the first as −1.
  return Uint8Array.from(targets, (target, i) => (predicted[i] === Math.max(0, target) ? 1 : 0));
}

/** Class per row of rows×K logits: the largest; of one logit 1 where it is positive. */
export function predictedClasses(logits: Float64Array, outputs: number): Int32Array {
  return Int32Array.from({ length: logits.length / outputs }, (_, i) => {
    if (outputs === 1) return logits[i] > 0 ? 1 : 0;
    let best = 0;
    for (let k = 1; k < outputs; k++) if (logits[i * outputs + k] > logits[i * outputs + best]) best = k;
    return best;
  });
}
