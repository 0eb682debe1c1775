/** What studies of models of the TrainableModel interface cannot do yet: refused before anything is computed. */
import { invalidInput } from '../../shared/errors.ts';
import { ESTIMATOR_TITLE, type Estimator } from '../../shared/quantities.ts';
import { isTrainable, type StudySpec } from '../../shared/study-spec.ts';

const KNOWN: readonly Estimator[] = ['influence', 'influenceOnParameters', 'newton', 'newtonLinear', 'actual'];

/** @throws LeverageError 'invalidInput' that names the field */
export function refuseBeyondTrainable({ model, estimators, effect, analyses }: StudySpec): void {
  if (!isTrainable(model)) return;
  const unknown = estimators.find((name) => !KNOWN.includes(name));
  const refuse = (what: string, field: string): never => {
    throw invalidInput(
      `${what} is computed for logistic and softmax regression only; the model of this study is "${model.kind}" (field "${field}").`,
      `Leave it out of "${field}", or choose logistic regression.`,
    );
  };
  if (unknown !== undefined) refuse(`“${ESTIMATOR_TITLE[unknown]}”`, 'estimators');
  if (effect === 'add') refuse('Adding groups instead of removing them', 'effect');
  if ((analyses?.length ?? 0) > 0) refuse('An analysis over groups', 'analyses');
}
