/** The last stage of a study: its analyses, each kept when it is done, so that a resumed run goes on with the next. */
import type { AnalysisSpec } from '../../shared/analysis-spec.ts';
import type { Dataset } from '../../shared/dataset.ts';
import { invalidInput } from '../../shared/errors.ts';
import type { Evaluation } from '../../shared/quantities.ts';
import { computeAnalysis } from '../analyses/index.ts';
import { solveFullHessian } from '../estimators/influence-directions.ts';
import { createEvaluationSet, type Slice } from '../evaluation/evaluation-set.ts';
import type { ModelOnDevice } from '../models/model-on-device.ts';
import { testSlices } from './choose-evaluations.ts';
import type { AnalysisDone, StudyGroups } from './study-run.ts';

export interface AnalysesRun {
  analyses: readonly AnalysisSpec[];
  model: ModelOnDevice;
  dataset: Dataset;
  groups: StudyGroups;
  tolerance: number;
  /** Positions kept already. */
  done: ReadonlySet<number>;
  keep(result: AnalysisDone): Promise<void>;
  checkCancelled(): void;
  progress(position: number, done: number, total: number): void;
}

export async function runAnalyses(run: AnalysesRun): Promise<void> {
  const { analyses, model, groups, tolerance, checkCancelled } = run;
  for (const [position, spec] of analyses.entries()) {
    if (run.done.has(position)) continue;
    checkCancelled();
    run.progress(position, 0, 0);
    const slices = slicesFor(spec.evaluation, model, run.dataset);
    const evaluations = await createEvaluationSet(model, [spec.evaluation], slices);
    const direction = await solveFullHessian(model, evaluations.gradients, checkCancelled);
    const result = await computeAnalysis(
      {
        model,
        groups: groups.groups,
        evaluations,
        direction,
        tolerance,
        sideBySide: groups.batchSizes.reduce((most, size) => Math.max(most, size), SIDE_BY_SIDE),
        checkCancelled,
        progress: (done, total) => run.progress(position, done, total),
      },
      spec,
    );
    await run.keep({ position, result });
  }
}

/** When the study has fewer groups than a batch could hold. */
const SIDE_BY_SIDE = 16;

/** Everything that can be said before the first group is computed. @throws LeverageError 'invalidInput' */
export function checkAnalyses(
  analyses: readonly AnalysisSpec[],
  model: ModelOnDevice,
  dataset: Dataset,
  { groups }: StudyGroups,
): void {
  const ids = new Set(groups.map(({ id }) => id));
  const { design, classes } = model.fitted;
  analyses.forEach((spec, position) => {
    const where = `analyses.${position}`;
    const { quantity, target } = spec.evaluation;
    if (quantity === 'margin' && classes.length > 2)
      throw invalidInput(
        `${where}: the margin is defined for two classes; there are ${classes.length}.`,
        'Use the loss.',
      );
    if (quantity === 'meanTestLoss') slicesFor(spec.evaluation, model, dataset);
    else if (!/^\d+$/.test(target) || Number(target) >= design.test.y.length)
      throw invalidInput(
        `${where}: evaluation.target "${target}" is not a test row; there are ${design.test.y.length}, numbered from 0.`,
        'Name a test row, or use the mean test loss.',
      );
    if (spec.kind === 'largestGroup' && spec.size >= design.train.y.length)
      throw invalidInput(
        `${where}: a group of ${spec.size} rows is asked for; the dataset has ${design.train.y.length} training rows.`,
        'Ask for fewer.',
      );
    const unknown = 'groups' in spec && 'ids' in spec.groups ? spec.groups.ids.find((id) => !ids.has(id)) : undefined;
    if (unknown !== undefined)
      throw invalidInput(
        `${where}: the study has no group with the id "${unknown}".`,
        'The ids are in the bundle’s groups.json.',
      );
  });
}

function slicesFor({ quantity, target }: Evaluation, { fitted }: ModelOnDevice, dataset: Dataset): Slice[] {
  if (quantity !== 'meanTestLoss') return [];
  const name = target.slice(0, Math.max(0, target.indexOf('=')));
  const { design } = fitted;
  const slices = testSlices(dataset, design.classes, design.test.y, name === '' ? [] : [name]);
  const slice = slices.find((one) => one.target === target);
  if (slice === undefined) {
    throw invalidInput(
      `analyses: no test row is in the slice "${target}".`,
      `Use "all"${name === '' ? ' or a slice such as "class=1"' : ` or one of ${slices.map((one) => `"${one.target}"`).join(', ')}`}.`,
    );
  }
  return [slice];
}
