import { LeverageError } from '../../../shared/errors.ts';
import type { Split, TrainableModel, TrainingRecipe } from '../../models/trainable/trainable-model.ts';
import type { AttributionEstimator, AttributionProblem } from '../attribution.ts';
import { additive, checkCancelled, rowsOf } from '../attribution.ts';
import { addScaled, dot, norm } from '../solvers/vectors.ts';
import { rowProducts, targetGradients } from '../training-objective.ts';

/**
 * TracIn along the exact steps (Pruthi et al. 2020, section 3): training is followed once more, and each step adds
 * η·(sᵢ/|B|)·∇ℓᵢ(θ)ᵀ∇f(θ) to the rows of its batch. Over all rows the scores sum to f(θ₀) − f(θ_T) where steps are small
 * and there is no weight decay. Positive: the row's steps lowered the loss, removing it raises it. Additive.
 */
export const tracinAlongSteps: AttributionEstimator = async (problem) => {
  const { model, targets, trained, seed, signal } = problem;
  const recipe = requireSteps(model, 'TracIn along the steps');
  const notes = momentumNotes(recipe);
  const rows = rowsOf(problem);
  const index = new Map(Array.from(rows, (row, at) => [row, at]));
  const scores = new Float64Array(targets.length * rows.length);
  await model.train({
    seed,
    signal,
    async onStep({ rows: batch, learningRate, theta }) {
      const asked = batch.filter((row) => index.has(row));
      if (asked.length === 0) return;
      const products = await rowProducts(model, theta, asked, await targetGradients(model, theta, targets));
      const step = (learningRate * gain(recipe)) / batch.length;
      asked.forEach((row, at) => {
        for (let t = 0; t < targets.length; t++) {
          scores[t * rows.length + (index.get(row) ?? 0)] += step * products[t * asked.length + at];
        }
      });
    },
  });
  if (trained.checkpoints.length === 0) notes.push('The model has no checkpoints; its training was followed anew.');
  return { ...additive(problem, rows, scores), groupRule: 'own', suspicion: null, suspicionRule: '', notes };
};

/**
 * TracInCP: Σ over checkpoints of η·visits·(sᵢ/|B|)·∇ℓᵢᵀ∇f, visits the epochs since the last checkpoint (each visits every
 * row once), so that it estimates the same sum. `lastLayer`: the gradients of the last layer alone, (rᵢ·r_t)(xᵢ·x_t + 1), the
 * products multiplied at each checkpoint and then summed. Suspects: the same of a row with itself.
 */
export function tracinCheckpoints({ lastLayer = false } = {}): AttributionEstimator {
  return async (problem) => {
    const { model, trained, targets } = problem;
    const rows = rowsOf(problem);
    const scores = new Float64Array(targets.length * rows.length);
    const self = new Float64Array(rows.length);
    const { stops, notes } = checkpointSteps(problem);
    for (const { theta, step } of stops) {
      checkCancelled(problem);
      if (lastLayer) await addLastLayer(problem, rows, theta, step, scores, self);
      else {
        addScaled(scores, step, await rowProducts(model, theta, rows, await targetGradients(model, theta, targets)));
        addScaled(self, step, await squaredGradients(model, theta, rows));
      }
    }
    const at = new Map(Array.from(rows, (row, index) => [row, index]));
    const suspicion = Float64Array.from(problem.points, (row) => self[at.get(row) ?? 0]);
    const effects = additive(problem, rows, scores);
    if (trained.checkpoints.length < 2) notes.push('There is one checkpoint: the sum has a single term.');
    return { ...effects, groupRule: 'own', suspicion, suspicionRule: 'the same with the row itself as target', notes };
  };
}

interface Stop {
  theta: Float64Array;
  /** η × visits / |B|; 1 for a model that was solved for. */
  step: number;
}

function checkpointSteps({ model, trained }: AttributionProblem): { stops: Stop[]; notes: string[] } {
  const { recipe } = model;
  if (recipe === null) {
    return {
      stops: [{ theta: trained.theta, step: 1 }],
      notes: [
        'The model was solved for, not stepped to: at its optimum, with η = 1, only the ranking means something.',
      ],
    };
  }
  let epoch = 0;
  const stops = trained.checkpoints.map((checkpoint) => {
    const visits = Math.max(0, checkpoint.epoch - epoch);
    epoch = checkpoint.epoch;
    const batch = Math.min(recipe.batchSize, model.rows.train);
    return { theta: checkpoint.theta, step: (checkpoint.learningRate * gain(recipe) * visits) / batch };
  });
  return { stops: stops.filter(({ step }) => step > 0), notes: momentumNotes(recipe) };
}

/** A momentum step moves on for 1 + μ + μ² + … of a gradient. */
function gain({ optimiser, momentum }: TrainingRecipe): number {
  return optimiser === 'momentum' ? 1 / (1 - momentum) : 1;
}

function momentumNotes({ optimiser }: TrainingRecipe): string[] {
  if (optimiser === 'momentum') return ['Momentum is counted as η/(1 − μ), at the step where a row is used.'];
  if (optimiser === 'adam') return ['Adam rescales each coordinate; TracIn counts its gradients with η alone.'];
  return [];
}

export function requireSteps({ recipe, kind }: TrainableModel, who: string): TrainingRecipe {
  if (recipe !== null) return recipe;
  throw new LeverageError(
    'invalidInput',
    `${who} follows training steps, and a ${kind} model is solved for without any.`,
    'Choose a network, which may have no hidden layer.',
  );
}

const ROWS_AT_ONCE = 256;

/** sᵢ‖∇ℓᵢ‖² of the rows. */
async function squaredGradients(model: TrainableModel, theta: Float64Array, rows: Int32Array): Promise<Float64Array> {
  const q = model.parameterCount;
  const out = new Float64Array(rows.length);
  for (let start = 0; start < rows.length; start += ROWS_AT_ONCE) {
    const part = rows.subarray(start, start + ROWS_AT_ONCE);
    const gradients = await model.gradients(theta, 'train', part);
    part.forEach((row, at) => {
      out[start + at] = model.weights[row] * norm(gradients.subarray(at * q, (at + 1) * q)) ** 2;
    });
  }
  return out;
}

async function addLastLayer(
  { model, targets }: AttributionProblem,
  rows: Int32Array,
  theta: Float64Array,
  step: number,
  scores: Float64Array,
  self: Float64Array,
): Promise<void> {
  const K = model.outputs;
  const { r, inputs, width } = await lastLayerParts(model, theta, 'train', rows);
  const sides: { pulls: Float64Array[]; bias: Float64Array }[] = [];
  for (const target of targets) {
    const test = await lastLayerParts(model, theta, 'test', target.rows);
    const bias = new Float64Array(K);
    const pulls = Array.from({ length: K }, () => new Float64Array(width));
    for (let at = 0; at < target.rows.length; at++) {
      for (let k = 0; k < K; k++) {
        const share = test.r[at * K + k] / target.rows.length;
        addScaled(pulls[k], share, test.inputs.subarray(at * width, (at + 1) * width));
        bias[k] += share;
      }
    }
    sides.push({ pulls, bias });
  }
  const withBias = model.lastLayer.length / K > width ? 1 : 0;
  rows.forEach((row, at) => {
    const x = inputs.subarray(at * width, (at + 1) * width);
    const own = step * model.weights[row];
    let square = 0;
    for (let k = 0; k < K; k++) square += r[at * K + k] ** 2;
    self[at] += own * square * (dot(x, x) + withBias);
    sides.forEach(({ pulls, bias }, t) => {
      for (let k = 0; k < K; k++) {
        scores[t * rows.length + at] += own * r[at * K + k] * (dot(pulls[k], x) + withBias * bias[k]);
      }
    });
  });
}

async function lastLayerParts(model: TrainableModel, theta: Float64Array, split: Split, rows: Int32Array) {
  const r = await model.outputGradients(theta, split, rows);
  const inputs = await model.lastInputs(theta, split, rows);
  return { r, inputs, width: inputs.length / rows.length };
}
