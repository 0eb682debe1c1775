/** Labels that are numbers to be predicted, not classes. */
import { invalidInput } from '../../shared/errors.ts';
import type { Dataset } from '../../shared/dataset.ts';
import { MAX_CLASSES, MAX_FRACTIONAL_CLASSES, rowName, targetColumn } from './class-labels.ts';

/** A label of two values is two classes, whatever they are. */
const FEWEST_VALUES = 3;

/**
 * The label's numbers, training rows first, where regression can fit them: a column of numbers with at least three
 * different values in the training rows; else null.
 * @throws LeverageError 'invalidInput' for a row without a number
 */
export function targetNumbers(dataset: Dataset): Float64Array | null {
  const target = targetColumn(dataset);
  if (target.kind !== 'number' || distinctValues(target.values, dataset.trainRows) < FEWEST_VALUES) return null;
  const missing = target.values.findIndex((value) => !Number.isFinite(value));
  if (missing >= 0) {
    throw invalidInput(
      `The label column "${target.name}" of ${dataset.source} has no finite number in ${rowName(dataset, missing)}.`,
      'Remove the rows without a label, or choose another column.',
    );
  }
  return target.values;
}

/**
 * Whether the label can only be a quantity: fractions of many values, more integers than there can be classes, or many
 * integers of which test rows have others than training rows.
 */
export function isQuantity(dataset: Dataset): boolean {
  const target = targetColumn(dataset);
  if (target.kind !== 'number') return false;
  const values = target.values.filter((value) => !Number.isNaN(value));
  const distinct = distinctValues(target.values, dataset.trainRows);
  if (distinct <= MAX_FRACTIONAL_CLASSES) return false;
  if (distinct > MAX_CLASSES || values.some((value) => !Number.isInteger(value))) return true;
  return distinctValues(target.values, target.values.length) > distinct;
}

function distinctValues(values: Float64Array, rows: number): number {
  const seen = new Set<number>();
  for (let row = 0; row < rows; row++) if (!Number.isNaN(values[row])) seen.add(values[row] + 0);
  return seen.size;
}
