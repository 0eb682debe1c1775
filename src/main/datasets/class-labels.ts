/** The target column as classes: sorted names and an index per row. */
import { invalidInput } from '../../shared/errors.ts';
import type { Column, Dataset } from '../../shared/dataset.ts';

export interface ClassLabels {
  /** Classes of the training rows: numbers in numeric order (integers printed as such), strings by code unit. */
  classes: string[];
  /** Class index per row, training rows first; −1 = no label, −2 = a label that no training row has. */
  index: Int32Array;
}

const NO_LABEL = -1;
const UNSEEN = -2;
/** Softmax over more classes than this is out of reach, and such a target is a quantity or an identifier. */
export const MAX_CLASSES = 1000;
/** Fractional targets with more distinct values than this are quantities. */
export const MAX_FRACTIONAL_CLASSES = 20;

/** The one column with the role `target`. */
export function targetColumn(dataset: Dataset): Column {
  const targets = dataset.columns.filter((column) => column.role === 'target');
  if (targets.length !== 1) {
    throw invalidInput(
      `${dataset.source} has ${targets.length === 0 ? 'no label column' : `${targets.length} label columns`}.`,
      'Choose exactly one column as the label.',
    );
  }
  return targets[0];
}

/** Classes and class indices; refuses nothing (see `requireClasses`). */
export function classLabels(dataset: Dataset): ClassLabels {
  const target = targetColumn(dataset);
  if (target.kind === 'number') return numericClasses(target.values, dataset.trainRows);
  const { codes, levels } = target;
  const seen = new Uint8Array(levels.length);
  for (let row = 0; row < dataset.trainRows; row++) if (codes[row] >= 0) seen[codes[row]] = 1;
  const present = levels.map((_, code) => code).filter((code) => seen[code] === 1);
  present.sort((a, b) => (levels[a] < levels[b] ? -1 : 1));
  const classOf = new Int32Array(levels.length).fill(UNSEEN);
  present.forEach((code, index) => (classOf[code] = index));
  return {
    classes: present.map((code) => levels[code]),
    index: codes.map((code) => (code < 0 ? NO_LABEL : classOf[code])),
  };
}

function numericClasses(values: Float64Array, trainRows: number): ClassLabels {
  const distinct = new Set<number>();
  // −0 + 0 = 0: the two zeros are one class (a Set agrees), printed "0".
  for (let row = 0; row < trainRows; row++) if (!Number.isNaN(values[row])) distinct.add(values[row] + 0);
  const sorted = Float64Array.from(distinct).sort();
  const indexOf = new Map<number, number>();
  sorted.forEach((value, index) => indexOf.set(value, index));
  return {
    classes: Array.from(sorted, String),
    index: Int32Array.from(values, (value) => (Number.isNaN(value) ? NO_LABEL : (indexOf.get(value + 0) ?? UNSEEN))),
  };
}

/**
 * Classes fit for classification.
 * @throws LeverageError 'invalidInput': a row without label, fewer than 2 classes in training, a test label
 *   unseen in training, or so many values that the column is no class label
 */
export function requireClasses(dataset: Dataset): ClassLabels {
  const target = targetColumn(dataset);
  const labels = classLabels(dataset);
  const { classes, index } = labels;
  const missing = index.indexOf(NO_LABEL);
  if (missing >= 0) {
    throw invalidInput(
      `The label column "${target.name}" of ${dataset.source} is empty in ${rowName(dataset, missing)}.`,
      'Remove the rows without a label, or choose another column.',
    );
  }
  if (classes.length < 2) {
    throw invalidInput(
      `The label column "${target.name}" of ${dataset.source} has ${classes.length === 0 ? 'no class' : `only the class ${classes[0]}`} in the training rows.`,
      'A classifier needs at least two classes: choose another label column or other training rows.',
    );
  }
  const fractional = target.kind === 'number' && target.values.some((value) => !Number.isInteger(value));
  if (classes.length > (fractional ? MAX_FRACTIONAL_CLASSES : MAX_CLASSES)) {
    throw invalidInput(
      `The label column "${target.name}" of ${dataset.source} has ${classes.length} different values: a quantity or an identifier, not a class.`,
      'Fit it by ridge regression (model.kind "ridge"), choose a label column with few values, or group its values into classes.',
    );
  }
  const unseen = index.indexOf(UNSEEN);
  if (unseen >= 0) {
    const label = target.kind === 'number' ? String(target.values[unseen]) : target.levels[target.codes[unseen]];
    throw invalidInput(
      `The label ${label} of ${rowName(dataset, unseen)} (column "${target.name}") occurs in no training row of ${dataset.source}.`,
      'Remove those test rows, or add training rows of that class.',
    );
  }
  return labels;
}

/** "training row 12" or "test row 3", 0-based as in study files. */
export function rowName(dataset: Pick<Dataset, 'trainRows'>, row: number): string {
  return row < dataset.trainRows ? `training row ${row}` : `test row ${row - dataset.trainRows}`;
}
