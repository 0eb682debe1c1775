/** The training loop: order of the rows, schedule, checkpoints, curve; the same for every trainer. */
import { LeverageError } from '../../shared/errors.ts';
import { openStream } from '../groups/random-stream.ts';
import { scoreOf, type OutputLoss } from '../models/trainable/output-loss.ts';
import { throwIfCancelled } from '../models/trainable/convex-model.ts';
import type {
  Checkpoint,
  CurvePoint,
  TrainingRecipe,
  TrainingState,
  TrainOptions,
} from '../models/trainable/trainable-model.ts';
import type { NetworkSteps } from './network-steps.ts';

/** Batches of one epoch: all rows in an order of (seed, epoch) alone, cut into `batchSize`; the last may be smaller. */
export function epochBatches(rows: number, { batchSize }: TrainingRecipe, seed: number, epoch: number): Int32Array[] {
  const stream = openStream(seed, 'network', 'order', epoch);
  const order = Int32Array.from({ length: rows }, (_, i) => i);
  for (let i = rows - 1; i > 0; i--) {
    const j = stream.below(i + 1);
    [order[i], order[j]] = [order[j], order[i]];
  }
  const batches: Int32Array[] = [];
  for (let first = 0; first < rows; first += batchSize) batches.push(order.subarray(first, first + batchSize));
  return batches;
}

/** η of a step. Cosine falls from η to 0 over the whole training; step divides by 10 after half and after three quarters of the epochs. */
export function learningRateAt(recipe: TrainingRecipe, step: number, stepsPerEpoch: number): number {
  const { learningRate, schedule, epochs } = recipe;
  if (schedule === 'cosine') return (learningRate / 2) * (1 + Math.cos((Math.PI * step) / (epochs * stepsPerEpoch)));
  if (schedule === 'constant') return learningRate;
  const share = Math.floor(step / stepsPerEpoch) / epochs;
  return share < 0.5 ? learningRate : share < 0.75 ? learningRate / 10 : learningRate / 100;
}

export interface Loop {
  steps: NetworkSteps;
  recipe: TrainingRecipe;
  loss: OutputLoss;
  rows: number;
  targets: { train: Float64Array; test: Float64Array };
  weights: Float64Array;
  /** θ before the first step. */
  start: Float64Array;
  /** ‖∇ objective‖/Σs in float64; asked for after each epoch when the recipe has a goal. */
  relativeGradient(theta: Float64Array): Promise<number>;
}

/** Runs the recipe, from the start or from `options.resume`. Throws `cancelled`, and `numerical` when a loss is no longer finite. */
export async function trainSteps(loop: Loop, options: TrainOptions): Promise<TrainingState> {
  const { steps, recipe, loss, rows, targets, weights } = loop;
  const perEpoch = Math.ceil(rows / recipe.batchSize);
  const point = (epoch: number): CurvePoint => {
    const train = meanLoss(loss, steps.logits('train'), targets.train, weights);
    const z = steps.logits('test');
    const test = meanLoss(loss, z, targets.test, null);
    if (!Number.isFinite(train)) throw diverged(epoch);
    return { epoch, trainLoss: train, testLoss: test, accuracy: scoreOf(loss, z, targets.test) };
  };
  let state: TrainingState;
  if (options.resume === undefined) {
    steps.load(loop.start, new Float64Array(0));
    const { theta, memory } = steps.read();
    state = { theta, memory, epoch: 0, step: 0, checkpoints: [], curve: [point(0)] };
    await options.onEpoch?.(state.curve[0], state);
  } else {
    state = options.resume;
    steps.load(state.theta, state.memory);
  }
  while (state.epoch < recipe.epochs) {
    let { step } = state;
    let rates = 0;
    const batches = epochBatches(rows, recipe, options.seed, state.epoch);
    for (const batch of batches) {
      throwIfCancelled(options.signal);
      options.checkCancelled?.();
      const learningRate = learningRateAt(recipe, step, perEpoch);
      if (options.onStep !== undefined) {
        await options.onStep({ step, epoch: state.epoch, rows: batch, learningRate, theta: steps.read().theta });
      }
      steps.step(batch, weights, learningRate, step);
      rates += learningRate;
      step++;
    }
    const epoch: number = state.epoch + 1;
    const { theta, memory } = steps.read();
    const curvePoint = point(epoch);
    const goalReached = recipe.gradientGoal > 0 && (await loop.relativeGradient(theta)) <= recipe.gradientGoal;
    const last = epoch === recipe.epochs || goalReached;
    const checkpoint: Checkpoint = { theta, learningRate: rates / batches.length, epoch, step };
    const due = last || epoch % recipe.checkpointEvery === 0;
    state = {
      theta,
      memory,
      epoch,
      step,
      checkpoints: due ? [...state.checkpoints, checkpoint] : state.checkpoints,
      curve: [...state.curve, curvePoint],
    };
    await options.onEpoch?.(curvePoint, state);
    // Lets messages in: the thread that trains also hears that it shall stop.
    await new Promise((resolve) => setImmediate(resolve));
    if (goalReached) break;
  }
  return state;
}

function meanLoss(loss: OutputLoss, z: Float64Array, targets: Float64Array, weights: Float64Array | null): number {
  let sum = 0;
  let mass = 0;
  targets.forEach((target, i) => {
    const weight = weights === null ? 1 : weights[i];
    if (weight === 0) return;
    sum += weight * loss.value(z, i * loss.outputs, target);
    mass += weight;
  });
  return sum / mass;
}

function diverged(epoch: number): LeverageError {
  return new LeverageError(
    'numerical',
    epoch === 0
      ? 'The network’s loss is not a number before the first step: the features are too large.'
      : `The training diverged in epoch ${epoch}: the loss is no longer a finite number.`,
    'Use a smaller learning rate (model.training.learningRate), or standardise the features.',
  );
}
