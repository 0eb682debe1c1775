/** From a dataset and a spec to a trained model with everything that is asked of it. */
import type { Dataset, Design } from '../../shared/dataset.ts';
import { isNetwork, isTrainable } from '../../shared/study-spec.ts';
import { openDevice } from '../compute/index.ts';
import { buildDesign } from '../features/index.ts';
import { openStream } from '../groups/random-stream.ts';
import { fitModel } from '../models/fit.ts';
import { likelihoodModel } from '../models/trainable/likelihood-model.ts';
import type { TrainableModel, TrainedModel } from '../models/trainable/trainable-model.ts';
import { studyModel } from '../networks/study-model.ts';
import { openTrainer } from '../networks/trainers.ts';
import { allRows, checkCancelled, type AttributionProblem, type Retrainer } from './attribution.ts';
import type { AttributionSpec } from './attribution-spec.ts';
import { batchedRetrainer } from './batched-retrainer.ts';

export interface OpenAttribution {
  problem: AttributionProblem;
  /** 1 per training row whose label was flipped; null without flips. */
  flipped: Float64Array | null;
  /** Names of the classes; one or none where the label is a number. */
  classes: string[];
  /** Of the label's numbers rather than of classes. */
  regression: boolean;
  /** "softmax regression, λ = 1.35, test accuracy 96.2 %". */
  description: string;
  dispose(): Promise<void>;
}

/** @param relabelled class that a training row gets instead of its own, after the flips */
export async function openAttribution(
  dataset: Dataset,
  spec: AttributionSpec,
  device: string | null,
  signal?: AbortSignal,
  relabelled: ReadonlyMap<number, number> = new Map(),
): Promise<OpenAttribution> {
  const standardise = 'standardise' in spec.dataset && spec.dataset.standardise === true;
  const label = spec.model.kind === 'ridge' ? 'numbers' : 'classes';
  const given = buildDesign(dataset, { standardise, label });
  const { design: before, flipped } = withFlippedLabels(given, spec);
  const y = before.train.y.map((label, row) => relabelled.get(row) ?? label);
  const design = relabelled.size === 0 ? before : { ...before, train: { ...before.train, y } };
  const { model, trained, retrainer, seed, dispose } = await trainedModel(dataset, design, spec, device, signal);
  const { train, test } = model.rows;
  const draw = (purpose: string, of: number, count: number): Int32Array =>
    openStream(spec.seed, 'attribution', purpose).sample(allRows(of), Math.min(of, count));
  const testRows = draw('targets', test, spec.testPoints);
  const groupSize = Math.max(1, Math.round(spec.groupShare * train));
  const problem: AttributionProblem = {
    model,
    trained,
    seed,
    targets: [
      ...Array.from(testRows, (row) => ({ label: `test row ${row}`, rows: Int32Array.of(row) })),
      { label: `mean of ${test} test rows`, rows: allRows(test) },
    ],
    points: draw('points', train, spec.points),
    groups: Array.from({ length: spec.groups }, (_, g) => draw(`group ${g}`, train, groupSize)),
    retrainer,
    memoryBudget: spec.memory * 2 ** 30,
    signal,
  };
  const { accuracy, testLoss } = trained.curve[trained.curve.length - 1];
  const score = model.kind === 'ridge' && design.quantity !== undefined ? 'R²' : 'test accuracy';
  const description = `${model.kind}, ${train} training rows, ${model.parameterCount} parameters, ${score} ${accuracy.toFixed(3)}, test loss ${testLoss.toFixed(4)}`;
  const regression = design.quantity !== undefined;
  return { problem, flipped, classes: design.classes, regression, description, dispose };
}

/** Another class for a share of the training rows, drawn by the seed. */
function withFlippedLabels(
  design: Design,
  { flip, seed }: AttributionSpec,
): { design: Design; flipped: Float64Array | null } {
  const K = design.classes.length;
  if (flip === 0 || K < 2) return { design, flipped: null };
  const { y } = design.train;
  const stream = openStream(seed, 'attribution', 'flips');
  const flipped = new Float64Array(y.length);
  const labels = y.slice();
  for (const row of stream.sample(allRows(y.length), Math.round(flip * y.length))) {
    labels[row] = (y[row] + 1 + stream.below(K - 1)) % K;
    flipped[row] = 1;
  }
  return { design: { ...design, train: { ...design.train, y: labels } }, flipped };
}

interface Opened {
  model: TrainableModel;
  trained: TrainedModel;
  retrainer: Retrainer | undefined;
  seed: number;
  dispose(): Promise<void>;
}

async function trainedModel(
  dataset: Dataset,
  design: Design,
  spec: AttributionSpec,
  deviceName: string | null,
  signal: AbortSignal | undefined,
): Promise<Opened> {
  if (isTrainable(spec.model)) {
    const trainer = isNetwork(spec.model)
      ? await openTrainer(spec.model.training.device === 'auto' ? null : spec.model.training.device)
      : null;
    const model = studyModel(spec.model, design, dataset.image, trainer?.openSteps);
    const seed = isNetwork(spec.model) ? spec.model.training.seed : spec.seed;
    const trained = await model.train({ seed, signal });
    return { model, trained, retrainer: undefined, seed, dispose: async () => trainer?.close() };
  }
  const { l2, intercept } = spec.model;
  const device = await openDevice(deviceName);
  const fit = await fitModel(design, { l2, intercept }, device, { checkCancelled: () => checkCancelled({ signal }) });
  const model = await likelihoodModel(design, { lambda: fit.objective.lambda, intercept }, device);
  const trained = await model.train({ seed: spec.seed, from: fit.fitted.coefficients, signal });
  return {
    model,
    trained,
    retrainer: batchedRetrainer(fit),
    seed: spec.seed,
    async dispose() {
      fit.dispose();
      model.dispose();
      await device.dispose();
    },
  };
}
