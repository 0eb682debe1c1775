/** The theory of one stored study: its model is put on a device once, and every question is answered from there. */
import { LeverageError } from '../../shared/errors.ts';
import type { StudyTheory } from '../../shared/theory.ts';
import { openDevice } from '../compute/index.ts';
import { createEvaluationSet } from '../evaluation/evaluation-set.ts';
import { buildDesign } from '../features/index.ts';
import { placeModel, type ModelOnDevice } from '../models/model-on-device.ts';
import { columnDeviations, namedDirections } from '../theory/direction-features.ts';
import { removalSpectrum } from '../theory/removal-spectrum.ts';
import { studyTheory } from '../theory/study-theory.ts';
import { testSlices } from './choose-evaluations.ts';
import type { StudyRequest } from './study-run.ts';
import type { TheoryOfGroup } from './theory-messages.ts';

export interface TheoryOfStudy {
  study(checkCancelled: () => void): Promise<StudyTheory>;
  /** @throws LeverageError 'notFound' when the study has no such group */
  group(index: number, checkCancelled: () => void): Promise<TheoryOfGroup>;
  dispose(): Promise<void>;
}

/** Few systems are solved here: a preconditioner that takes long to build would not pay. */
const EXPECTED_SOLVES = 16;

/** @throws LeverageError 'notFound' before the study has a model and groups */
export async function openTheory(
  { spec, dataset, state }: StudyRequest,
  deviceName: string | null,
  checkCancelled: () => void,
): Promise<TheoryOfStudy> {
  const { fit, groups } = state;
  if (fit === null || groups === null) {
    throw new LeverageError(
      'notFound',
      `The study “${spec.name}” has no fitted model and groups yet.`,
      'Run it first.',
    );
  }
  const device = await openDevice(deviceName);
  let model: ModelOnDevice | null = null;
  try {
    const standardise = 'standardise' in spec.dataset && spec.dataset.standardise === true;
    const design = buildDesign(dataset, { standardise });
    const placed = await placeModel(fit, design, device, { expectedGroups: EXPECTED_SOLVES, checkCancelled });
    model = placed;
    const slices = testSlices(dataset, design.classes, design.test.y, spec.evaluate.slices ?? []);
    const set = await createEvaluationSet(placed, groups.evaluations, slices);
    const deviations = columnDeviations(design.train.X);
    return {
      study: (cancelled) => studyTheory(placed, set, slices, groups.groups, { checkCancelled: cancelled }),
      group: async (index, cancelled) => {
        const group = groups.groups[index];
        if (group === undefined) {
          throw new LeverageError('notFound', `The study “${spec.name}” has no group number ${index}.`);
        }
        const begun = performance.now();
        const spectrum = await removalSpectrum(placed, set, group.members, { checkCancelled: cancelled });
        const { method, eigenvalues, groupAlignment, groupNorm, testAlignment, testNorm } = spectrum;
        const { contributions, influence, newtonLinear, residual } = spectrum;
        return {
          index,
          method,
          parameters: fit.coefficients.length,
          eigenvalues,
          groupAlignment,
          groupNorm,
          testAlignment,
          testNorm,
          contributions,
          influence,
          newtonLinear,
          residual,
          named: namedDirections(placed, deviations, spectrum),
          seconds: (performance.now() - begun) / 1000,
        };
      },
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
