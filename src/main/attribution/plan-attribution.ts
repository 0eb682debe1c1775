/** What an attribution will take of memory, from shapes alone: nothing is trained. */
import type { AttributionPlan, AttributionRequest } from '../../shared/attribution.ts';
import type { Dataset, Design } from '../../shared/dataset.ts';
import { isTrainable } from '../../shared/study-spec.ts';
import { buildDesign } from '../features/index.ts';
import { studyModel } from '../networks/study-model.ts';
import { ATTRIBUTION_METHODS, type ProblemSize } from './estimators/index.ts';
import { specOf } from './run-attribution.ts';

/** Throws LeverageError 'invalidInput' where the request does not fit the data. */
export function planAttribution(dataset: Dataset, request: AttributionRequest, freeBytes: number): AttributionPlan {
  const spec = specOf(request);
  const { model, estimators, memory } = spec;
  const label = model.kind === 'ridge' ? 'numbers' : 'classes';
  const design = buildDesign(dataset, { standardise: request.standardise, label });
  const n = design.train.X.rows;
  const parameters = isTrainable(model)
    ? studyModel(model, design, dataset.image).parameterCount
    : outputsOf(design) * (design.train.X.columns + (model.intercept ? 1 : 0));
  const targets =
    request.kind === 'points'
      ? request.testRows.length + request.highestLoss
      : request.kind === 'clean'
        ? 1
        : Math.min(dataset.testRows, request.testPoints) + 1;
  const size: ProblemSize = {
    model: { parameterCount: parameters, rows: { train: n } },
    targets: { length: targets },
    points: { length: request.kind === 'shootOut' ? Math.min(n, request.points) : n },
    groups: { length: request.kind === 'shootOut' ? request.groups : 0 },
  };
  const refusals: AttributionPlan['refusals'] = [];
  let most = 0;
  for (const name of estimators) {
    const { title, needsSteps, bytes } = ATTRIBUTION_METHODS[name];
    const planned = bytes(size);
    const gigabytes = (amount: number): string => `${(amount / 2 ** 30).toPrecision(2)} GiB`;
    if (needsSteps === true && !(model.kind === 'mlp' || model.kind === 'cnn')) {
      refusals.push({ title, reason: 'follows training steps; this model is solved for without any' });
    } else if (planned > memory * 2 ** 30) {
      refusals.push({ title, reason: `would take ${gigabytes(planned)}, more than the ${memory} GiB allowed` });
    } else most = Math.max(most, planned);
  }
  // The rows, once as they are and once placed on the device; the scores that are kept.
  const rows = 2 * 8 * (n + design.test.X.rows) * design.train.X.columns;
  const scores = 8 * estimators.length * targets * size.points.length;
  return { parameters, bytes: rows + scores + most, freeBytes, refusals };
}

function outputsOf({ classes }: Design): number {
  return classes.length === 2 ? 1 : classes.length;
}
