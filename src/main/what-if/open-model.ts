/** A fitted study with its model placed, ready for removals that nobody has planned. */
import { chooseEvaluations, testSlices } from '../studies/choose-evaluations.ts';
import { studySeed } from '../studies/form-study-groups.ts';
import type { StudyRequest } from '../studies/study-run.ts';
import { openDevice } from '../compute/index.ts';
import type { Device } from '../compute/device.ts';
import type { Slice } from '../evaluation/evaluation-set.ts';
import { buildDesign } from '../features/index.ts';
import { chooseTestPoints } from '../groups/test-points.ts';
import { placeModel, type ModelOnDevice } from '../models/model-on-device.ts';
import { invalidInput } from '../../shared/errors.ts';
import type { Dataset } from '../../shared/dataset.ts';
import type { Evaluation } from '../../shared/quantities.ts';
import { requireRegression, type StudySpec } from '../../shared/study-spec.ts';
import { measuredSet, partsByCost, type MeasuredSet } from './evaluation-parts.ts';
import { measureNewton, type NewtonCosts } from './newton-costs.ts';

export interface OpenModel {
  model: ModelOnDevice;
  device: Device;
  dataset: Dataset;
  spec: StudySpec;
  evaluations: Evaluation[];
  slices: Slice[];
  /** The study's evaluations, those of like cost together. */
  own: MeasuredSet[];
  costs: NewtonCosts;
  dispose(): Promise<void>;
}

/** @throws LeverageError 'invalidInput' while the study has no fitted model */
export async function openModel(request: StudyRequest, checkCancelled: () => void): Promise<OpenModel> {
  const { spec, dataset, state } = request;
  if (state.fit === null) {
    throw invalidInput(`The study “${spec.name}” has no fitted model yet.`, 'Run it: a What-if needs its model.');
  }
  requireRegression(spec.model, 'A What-if');
  const device = await openDevice(request.device);
  let model: ModelOnDevice | null = null;
  try {
    const standardise = 'standardise' in spec.dataset && spec.dataset.standardise === true;
    const design = buildDesign(dataset, { standardise });
    model = await placeModel(state.fit, design, device, { checkCancelled });
    const placed = model;
    const slices = testSlices(dataset, design.classes, design.test.y, spec.evaluate.slices ?? []);
    const evaluations = state.groups?.evaluations ?? evaluationsBeforeGroups(spec, model, slices);
    const own: MeasuredSet[] = [];
    for (const part of partsByCost(evaluations)) own.push(await measuredSet(model, part, slices, checkCancelled));
    const costs = await measureNewton(model, checkCancelled);
    return {
      ...{ model, device, dataset, spec, evaluations, slices, own, costs },
      dispose: async () => {
        placed.dispose();
        await device.dispose();
      },
    };
  } catch (thrown) {
    model?.dispose();
    await device.dispose();
    throw thrown;
  }
}

/** What the study will measure, as its run decides it. */
function evaluationsBeforeGroups(spec: StudySpec, { fitted }: ModelOnDevice, slices: readonly Slice[]): Evaluation[] {
  const points = chooseTestPoints(spec.evaluate.testPoints, fitted.testLoss, studySeed(spec) ?? 0);
  return chooseEvaluations(spec.evaluate.quantities, points, slices, fitted.classes.length, () => {});
}
