/** Everything decided before the first batch: test points, evaluations, groups, and how the groups are batched. */
import { freemem } from 'node:os';
import type { Dataset, Design } from '../../shared/dataset.ts';
import type { Group } from '../../shared/group.ts';
import type { Matrix } from '../../shared/matrix.ts';
import type { GroupSource, StudySpec } from '../../shared/study-spec.ts';
import { rowInfluence, solveFullHessian } from '../estimators/influence-directions.ts';
import { bytesPerGroup, lostClassesOf } from '../estimators/removal-batch.ts';
import { createEvaluationSet, rowWithIntercept } from '../evaluation/evaluation-set.ts';
import { formGroups } from '../groups/form-groups.ts';
import { chooseTestPoints } from '../groups/test-points.ts';
import type { ModelOnDevice } from '../models/model-on-device.ts';
import { lossResiduals } from '../models/objective.ts';
import { chooseEvaluations, testSlices } from './choose-evaluations.ts';
import type { StudyGroups } from './study-run.ts';

export interface FormingControl {
  fileGroups: Record<number, Group[]>;
  checkCancelled(): void;
}

export async function formStudyGroups(
  spec: StudySpec,
  dataset: Dataset,
  design: Design,
  model: ModelOnDevice,
  control: FormingControl,
): Promise<StudyGroups> {
  const notes: string[] = [];
  const note = (text: string): void => {
    notes.push(text);
  };
  const { fitted, objective, weights, device } = model;
  const sources = groupSources(spec);
  const testPoints = chooseTestPoints(spec.evaluate.testPoints, fitted.testLoss, studySeed(spec) ?? 0);
  const residuals = lossResiduals(fitted.trainLogits, design.train.y, fitted.logits, weights);
  const groups = await formGroups(
    sources,
    {
      design,
      dataset,
      testPoints,
      gradients: async () => perRowGradients(design.train.X, residuals, fitted.logits, fitted.parametersPerLogit),
      gradientFactors: async () => ({ residuals, logits: fitted.logits, intercept: objective.placed.intercept }),
      influenceOnLoss: async (row) => {
        const evaluation = await createEvaluationSet(model, [{ quantity: 'loss', target: String(row) }], []);
        return rowInfluence(model, await solveFullHessian(model, evaluation.gradients, control.checkCancelled));
      },
      multiplyTransposed: (A, B, m, k, n) => device.multiply(A, B, m, k, n, true),
      note,
      checkCancelled: control.checkCancelled,
    },
    control.fileGroups,
  );
  const slices = testSlices(dataset, design.classes, design.test.y, spec.evaluate.slices ?? []);
  const evaluations = chooseEvaluations(spec.evaluate.quantities, testPoints, slices, design.classes.length, note);
  if (spec.effect !== 'add') noteLostClasses(groups, model, note);
  const size = groupsPerBatch(
    design.train.X.rows,
    fitted.logits,
    fitted.parametersPerLogit,
    freemem() / device.info.threads,
  );
  const width = Math.min(size, evenShare(groups.length, fitted.logits, device.info.threads));
  const batchSizes: number[] = [];
  for (let left = groups.length; left > 0; left -= width) batchSizes.push(Math.min(width, left));
  return { groups, evaluations, batchSizes, notes };
}

export function groupSources(spec: StudySpec): GroupSource[] {
  return Array.isArray(spec.groups) ? spec.groups : [spec.groups];
}

/** The seed of the first source that has one. */
export function studySeed(spec: StudySpec): number | null {
  for (const source of groupSources(spec)) if ('seed' in source) return source.seed;
  return null;
}

/** Beyond this many columns (groups × logits) a matrix product gains nothing more; progress and cancelling get coarser. */
const WIDEST_BATCH = 128;
const SMALLEST_BATCH = 4;
/** Share of the free memory that the batches computed at one time may take. */
const MEMORY_SHARE = 0.5;

export function groupsPerBatch(rows: number, logits: number, parametersPerLogit: number, freeBytes: number): number {
  const affordable = Math.floor((MEMORY_SHARE * freeBytes) / bytesPerGroup(rows, logits, parametersPerLogit));
  return Math.max(1, Math.min(Math.max(SMALLEST_BATCH, Math.floor(WIDEST_BATCH / logits)), affordable));
}

/** Batches that each thread has at least, so that none waits long for the last of another; as far as they stay wide enough. */
const BATCHES_PER_THREAD = 8;
const NARROWEST_SHARE = 32;

function evenShare(groups: number, logits: number, threads: number): number {
  const even = Math.ceil(groups / (threads * BATCHES_PER_THREAD));
  return Math.max(even, Math.ceil(NARROWEST_SHARE / logits));
}

/** ∇ℓᵢ(θ̂) with the sample weight, n × (L·p). */
function perRowGradients(X: Matrix, residuals: Float64Array, logits: number, p: number): Matrix {
  const n = X.rows;
  const data = new Float64Array(n * logits * p);
  for (let i = 0; i < n; i++) {
    const x = rowWithIntercept(X, i, p);
    for (let k = 0; k < logits; k++) {
      for (let j = 0; j < p; j++) data[(i * logits + k) * p + j] = residuals[k * n + i] * x[j];
    }
  }
  return { kind: 'dense', rows: n, columns: logits * p, data };
}

/** Removing every row of a class: with a free intercept there is then no finite optimum. */
function noteLostClasses(groups: readonly Group[], model: ModelOnDevice, note: (text: string) => void): void {
  const who = new Map<string, string[]>();
  lostClassesOf(
    model,
    groups.map(({ members }) => members),
  ).forEach((labels, at) => {
    const lost = [...labels].map((label) => model.fitted.classes[label]).join(', ');
    if (lost !== '') who.set(lost, [...(who.get(lost) ?? []), groups[at].label]);
  });
  for (const [lost, labels] of who) {
    const subject = labels.length === 1 ? `Group "${labels[0]}" removes` : `${labels.length} groups remove`;
    note(
      `${subject} every training row of class ${lost}. With a free intercept the retrained model has no finite optimum; ` +
        'its actual effects are the limits, infinite where the lost class is looked at.',
    );
  }
}
