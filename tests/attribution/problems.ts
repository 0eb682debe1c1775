/** Trained models to attribute: the samples, the data beside the project, and small networks. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { allRows, type AttributionProblem, type Target } from '../../src/main/attribution/attribution.ts';
import { openDevice } from '../../src/main/compute/index.ts';
import { readDatasetSpec, readSample } from '../../src/main/datasets/index.ts';
import { buildDesign } from '../../src/main/features/index.ts';
import { likelihoodModel } from '../../src/main/models/trainable/likelihood-model.ts';
import type { TrainableModel, TrainingRecipe } from '../../src/main/models/trainable/trainable-model.ts';
import { mlp } from '../../src/main/networks/architecture.ts';
import { float64Steps } from '../../src/main/networks/float64-steps.ts';
import { networkModel } from '../../src/main/networks/network-model.ts';
import type { Design } from '../../src/shared/dataset.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const DATA = resolve(ROOT, '../shared/data');
const unwatched = { progress: () => undefined, cancelled: () => false };

export const BUDGET = 2 ** 31;

export type RealData = 'breast-cancer' | 'digits' | 'spambase' | 'mnist';

/** Whether the data are there: those beside the project may not be. */
export function isThere(name: RealData): boolean {
  if (name === 'spambase') return existsSync(join(DATA, 'spambase/spambase.data'));
  if (name === 'mnist') return existsSync(join(DATA, 'mnist/train-images-idx3-ubyte.gz'));
  return true;
}

export async function realDesign(name: RealData): Promise<Design> {
  if (name === 'spambase') {
    const spec = { train: join(DATA, 'spambase/spambase.data'), label: 'spam_or_not' };
    return buildDesign(await readDatasetSpec(spec, DATA, unwatched), { standardise: true });
  }
  if (name === 'mnist') {
    const files = (part: string) => ({
      images: join(DATA, `mnist/${part}-images-idx3-ubyte.gz`),
      labels: join(DATA, `mnist/${part}-labels-idx1-ubyte.gz`),
    });
    const spec = { train: files('train'), test: files('t10k'), trainRows: 5000, scale: 1 / 255 };
    return firstTestRows(buildDesign(await readDatasetSpec(spec, DATA, unwatched), { standardise: false }), 500);
  }
  const dataset = await readSample(name, join(ROOT, 'resources/samples'));
  return buildDesign(dataset, { standardise: true });
}

function firstTestRows(design: Design, count: number): Design {
  const { X, y, weights } = design.test;
  if (X.kind !== 'dense') throw new Error('dense');
  const data = X.data.subarray(0, count * X.columns);
  return { ...design, test: { X: { ...X, rows: count, data }, y: y.slice(0, count), weights } };
}

/** The test rows asked about: each alone, and their mean. */
export function someTargets(rows: readonly number[]): Target[] {
  return [
    ...rows.map((row) => ({ label: `test row ${row}`, rows: Int32Array.of(row) })),
    { label: 'these test rows', rows: Int32Array.from(rows) },
  ];
}

/** A trained model and what is asked of it: all rows, no groups, the first test rows unless changed. */
export async function problemOf(
  model: TrainableModel,
  change: Partial<AttributionProblem> = {},
): Promise<AttributionProblem> {
  const seed = change.seed ?? 0;
  return {
    model,
    trained: change.trained ?? (await model.train({ seed })),
    seed,
    targets: someTargets([0, 1, 2]),
    points: allRows(model.rows.train),
    groups: [],
    memoryBudget: BUDGET,
    ...change,
  };
}

/** Logistic or softmax regression at its optimum, λ = 1e-3·n unless told. */
export async function regression(
  design: Design,
  { lambda = 1e-3 * design.train.y.length, intercept = true } = {},
): Promise<TrainableModel & { dispose(): void }> {
  const device = await openDevice('onnx-cpu');
  return likelihoodModel(design, { lambda, intercept }, device);
}

export const RECIPE: TrainingRecipe = {
  optimiser: 'momentum',
  momentum: 0.8,
  learningRate: 0.1,
  schedule: 'cosine',
  batchSize: 8,
  epochs: 4,
  checkpointEvery: 1,
  gradientGoal: 0,
};

/** A perceptron with tanh, trained step by step in float64. */
export function perceptron(
  design: Design,
  hidden: readonly number[],
  { lambda = 0.1, ...recipe }: Partial<TrainingRecipe> & { lambda?: number } = {},
): TrainableModel {
  const outputs = design.classes.length === 2 ? 1 : design.classes.length;
  const network = mlp({ inputs: design.train.X.columns, outputs, hidden, activation: 'tanh' });
  const steps = { ...RECIPE, ...recipe };
  return networkModel({ kind: 'mlp', network, design, lambda, recipe: steps, openSteps: float64Steps });
}
