/** As form-study-groups.ts, for a study whose model is trained through the TrainableModel interface. */
import { formGroups } from '../groups/form-groups.ts';
import { chooseTestPoints } from '../groups/test-points.ts';
import type { Dataset, Design } from '../../shared/dataset.ts';
import type { Matrix } from '../../shared/matrix.ts';
import type { StudySpec } from '../../shared/study-spec.ts';
import type { TrainableModel } from '../models/trainable/trainable-model.ts';
import { chooseEvaluations } from './choose-evaluations.ts';
import { groupSources, studySeed, type FormingControl } from './form-study-groups.ts';
import type { Slice } from '../evaluation/evaluation-set.ts';
import type { StudyGroups } from './study-run.ts';
import type { TrainableCurvature } from './trainable-curvature.ts';

export interface TrainableForming extends FormingControl {
  spec: StudySpec;
  dataset: Dataset;
  design: Design;
  model: TrainableModel;
  theta: Float64Array;
  curvature: TrainableCurvature;
  slices: readonly Slice[];
  multiplyTransposed(A: Float64Array, B: Float64Array, m: number, k: number, n: number): Promise<Float64Array>;
  /** For the study's notes, before those of the forming. */
  notes: string[];
}

/** Groups whose results are kept at one time: a network's retraining is long, each is kept at once. */
const GROUPS_PER_BATCH = 16;

export async function formTrainableGroups(forming: TrainableForming): Promise<StudyGroups> {
  const { spec, dataset, design, model, theta, curvature, slices, notes, checkCancelled } = forming;
  const note = (text: string): void => void notes.push(text);
  const testLoss = await model.losses(theta, 'test');
  const testPoints = chooseTestPoints(spec.evaluate.testPoints, testLoss, studySeed(spec) ?? 0);
  const all = Int32Array.from({ length: model.rows.train }, (_, i) => i);
  const groups = await formGroups(
    groupSources(spec),
    {
      design,
      dataset,
      testPoints,
      gradients: () => lastLayerGradients(model, theta, all),
      influenceOnLoss: async (row) => {
        const gradient = await model.gradients(theta, 'test', Int32Array.of(row));
        const direction = await curvature.solve(model.weights, gradient);
        const products = await model.gradientProducts(theta, 'train', all, direction);
        return products.map((value, i) => model.weights[i] * value);
      },
      multiplyTransposed: forming.multiplyTransposed,
      note,
      checkCancelled,
    },
    forming.fileGroups,
  );
  const { quantities } = spec.evaluate;
  // A prediction of a number has no right side.
  const asked = design.quantity === undefined ? quantities : quantities.filter((quantity) => quantity !== 'margin');
  if (asked.length < quantities.length) note('The test margin is defined for two classes; the label is a number.');
  const evaluations = chooseEvaluations(asked, testPoints, slices, design.classes.length, note);
  const size = model.recipe === null ? GROUPS_PER_BATCH : 1;
  const batchSizes: number[] = [];
  for (let left = groups.length; left > 0; left -= size) batchSizes.push(Math.min(size, left));
  return { groups, evaluations, batchSizes, notes };
}

/** ∇ℓᵢ(θ̂) with the sample weight in the coordinates of the last linear layer (of a linear model: all), n × length. */
async function lastLayerGradients(model: TrainableModel, theta: Float64Array, rows: Int32Array): Promise<Matrix> {
  const { offset, length } = model.lastLayer;
  const q = model.parameterCount;
  const data = new Float64Array(rows.length * length);
  const chunk = Math.max(1, Math.floor(4e6 / q));
  for (let first = 0; first < rows.length; first += chunk) {
    const part = rows.subarray(first, first + chunk);
    const gradients = await model.gradients(theta, 'train', part);
    part.forEach((i, at) => {
      for (let j = 0; j < length; j++) {
        data[(first + at) * length + j] = model.weights[i] * gradients[at * q + offset + j];
      }
    });
  }
  return { kind: 'dense', rows: rows.length, columns: length, data };
}
