/** What an attribution will take of memory, from shapes alone: nothing is trained. */
import type { AttributionPlan, AttributionRequest } from '../../shared/attribution.ts';
import type { Dataset } from '../../shared/dataset.ts';
import { invalidInput } from '../../shared/errors.ts';
import { isNetwork, type ModelSpec } from '../../shared/study-spec.ts';
import { classLabels } from '../datasets/class-labels.ts';
import { featureLayout } from '../datasets/feature-layout.ts';
import { cnn, mlp } from '../networks/architecture.ts';
import { ATTRIBUTION_METHODS, type ProblemSize } from './estimators/index.ts';
import { specOf } from './run-attribution.ts';

/** Throws LeverageError 'invalidInput' where the request does not fit the data. */
export function planAttribution(dataset: Dataset, request: AttributionRequest, freeBytes: number): AttributionPlan {
  const spec = specOf(request);
  const { model, estimators, memory } = spec;
  const n = dataset.trainRows;
  const { width } = featureLayout(dataset);
  const parameters = parametersOf(model, dataset, width);
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
  const rows = 2 * rowBytes(dataset, width);
  const scores = 8 * estimators.length * targets * size.points.length;
  return { parameters, bytes: rows + scores + most, freeBytes, refusals };
}

function parametersOf(model: ModelSpec, dataset: Dataset, width: number): number {
  const classes = model.kind === 'ridge' ? 1 : classLabels(dataset).classes.length;
  const outputs = classes <= 2 ? 1 : classes;
  if (!isNetwork(model)) return outputs * (width + (model.intercept ? 1 : 0));
  const { hidden, activation } = model;
  if (model.kind === 'mlp') return mlp({ inputs: width, outputs, hidden, activation }).parameterCount;
  const { image } = dataset;
  if (image === null) throw invalidInput('A convolutional network needs images.', 'Choose another model.');
  return cnn({ image, channels: model.channels, hidden, outputs, activation }).parameterCount;
}

/** A sparse block stays as it is: an index and a number per entry. */
function rowBytes({ block, trainRows, testRows }: Dataset, width: number): number {
  return block?.kind === 'sparse' ? 12 * block.indices.length : 8 * (trainRows + testRows) * width;
}
