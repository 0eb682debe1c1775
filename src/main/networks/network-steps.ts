/** Where a network's training steps are computed: the one thing that differs between trainers. */
import type { OutputLoss } from '../models/trainable/output-loss.ts';
import type { Split, TrainingRecipe } from '../models/trainable/trainable-model.ts';
import type { Network } from './architecture.ts';

export interface NetworkSteps {
  /** As shown to people: "TensorFlow.js · WASM · float32". */
  readonly title: string;
  readonly precision: 'float64' | 'float32';
  /** Puts θ and the optimiser's memory in place; empty memory: zeros. */
  load(theta: Float64Array, memory: Float64Array): void;
  /** One step as TrainingRecipe says, over the batch `rows` with sᵢ = weights[i]; `step` counts from 0 (Adam's bias correction). */
  step(rows: Int32Array, weights: Float64Array, learningRate: number, step: number): void;
  /** rows×outputs at the present θ. */
  logits(split: Split): Float64Array;
  /** Copies of θ and the memory: `load` of them goes on to the same numbers. */
  read(): { theta: Float64Array; memory: Float64Array };
  dispose(): void;
}

export interface StepsContext {
  network: Network;
  recipe: TrainingRecipe;
  loss: OutputLoss;
  /** Divided by n in each step. */
  penalty: Float64Array;
  rows: { train: number; test: number };
  /** Class indices. */
  targets: { train: Float64Array; test: Float64Array };
  /** Rows `first … first + count − 1` of X, dense, count×inputs. */
  features(split: Split, first: number, count: number): Float64Array;
}

export type OpenSteps = (context: StepsContext) => Promise<NetworkSteps>;

/** Adam's constants (Kingma & Ba 2015). */
export const ADAM = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;

/** Numbers the optimiser keeps, in multiples of q. */
export function memoryFactor({ optimiser }: TrainingRecipe): number {
  return optimiser === 'adam' ? 2 : optimiser === 'momentum' ? 1 : 0;
}
