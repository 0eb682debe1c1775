/** What is asked of attribution, as typed, and the way to a request. Pure. */
import type { Input } from '../../../shared/contract.ts';
import type { AttributionKind } from '../../../shared/attribution.ts';
import type { FormModelKind } from '../../state/study-form-model.ts';

export type AttributionInput = Input<'attribution.run'>['request'];

export interface AskForm {
  /** A finished study whose model is taken; null: the model below. */
  study: string | null;
  model: FormModelKind;
  standardise: boolean;
  estimators: string[];
  /** Test rows, as typed: "3, 17". */
  testRows: string;
  highestLoss: number;
  /** Percent of the labels. */
  flip: number;
  points: number;
  groups: number;
  testPoints: number;
  seed: number;
}

/** Quick enough for every training row of a dataset of thousands. */
const QUICK = ['influence', 'rescaled', 'representer', 'tracin'];
/** A network has no factor of its Hessian: what takes a solve per row would take hours. */
const QUICK_OF_NETWORKS = ['influence', 'representer', 'tracin', 'tracinLastLayer'];

/** What is ticked at first. */
export function firstMethods(kind: AttributionKind, network: boolean): string[] {
  const quick = network ? QUICK_OF_NETWORKS : QUICK;
  if (kind !== 'shootOut') return [...quick];
  return network
    ? ['leaveOneOut', ...quick]
    : ['leaveOneOut', 'influence', 'rescaled', 'secondOrder', 'newton', 'representer', 'tracin'];
}

export function emptyAskForm(kind: AttributionKind, study: string | null): AskForm {
  return {
    study,
    model: 'regression',
    standardise: false,
    estimators: firstMethods(kind, false),
    testRows: '',
    highestLoss: 6,
    flip: 0,
    points: 100,
    groups: 40,
    testPoints: 5,
    seed: 0,
  };
}

/** Row numbers of a typed list; null where a part is no row number. */
export function typedRows(text: string): number[] | null {
  const parts = text.split(/[\s,;]+/).filter((part) => part !== '');
  const rows = parts.map(Number);
  return rows.every((row) => Number.isInteger(row) && row >= 0) ? [...new Set(rows)] : null;
}

/** The first thing that is wrong, or null. @param testRows of the dataset */
export function askProblem(form: AskForm, kind: AttributionKind, testRows: number): string | null {
  if (form.estimators.length === 0) return 'Choose at least one method.';
  if (kind === 'points') {
    const rows = typedRows(form.testRows);
    if (rows === null) return 'Test rows are row numbers, such as 3, 17.';
    const beyond = rows.find((row) => row >= testRows);
    if (beyond !== undefined) return `There is no test row ${beyond}: they count from 0 to ${testRows - 1}.`;
    if (rows.length > 20) return 'At most 20 test rows at once.';
    if (!(form.highestLoss >= 0 && form.highestLoss <= 20)) return 'Between 0 and 20 rows of highest loss.';
    if (rows.length + form.highestLoss === 0) return 'Name a test row, or ask for those of highest loss.';
    return null;
  }
  if (!(form.flip >= 0 && form.flip < 50)) return 'Less than 50 % of the labels can be flipped.';
  if (kind === 'shootOut' && (!(form.points >= 2) || !(form.groups >= 3) || !(form.testPoints >= 1)))
    return 'At least 2 rows, 3 groups and 1 test row are needed for correlations.';
  return null;
}

/** Of a form without a problem. @param model, standardise of the study, where one is chosen */
export function requestOf(
  form: AskForm,
  kind: AttributionKind,
  dataset: string,
  { model, standardise }: Pick<AttributionInput, 'model' | 'standardise'>,
): AttributionInput {
  const { study, estimators, seed } = form;
  const common = { dataset, study, model, standardise, estimators, seed };
  const flip = form.flip / 100;
  if (kind === 'points')
    return { kind, ...common, testRows: typedRows(form.testRows) ?? [], highestLoss: form.highestLoss };
  if (kind === 'clean') return { kind, ...common, flip };
  return { kind, ...common, flip, points: form.points, groups: form.groups, testPoints: form.testPoints };
}
