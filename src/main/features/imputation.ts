/** What stands in for missing values of numeric features, computed on the training rows. */
import type { Dataset } from '../../shared/dataset.ts';
import type { FeatureLayout } from '../datasets/feature-layout.ts';

/** One stand-in per feature of the layout; 0 where nothing is missing. Adds a note for each column that needs one. */
export function imputations(dataset: Dataset, layout: FeatureLayout, notes: string[]): Float64Array {
  const choice = dataset.missingNumbers;
  return Float64Array.from(layout.features, ({ column }) => {
    if (column.kind === 'category') return 0;
    const missing = column.values.reduce((count, value) => count + (Number.isNaN(value) ? 1 : 0), 0);
    if (missing === 0 || choice === undefined) return 0;
    const present = column.values.subarray(0, dataset.trainRows).filter((value) => !Number.isNaN(value));
    const value = present.length === 0 || choice === 'zero' ? 0 : choice === 'mean' ? mean(present) : median(present);
    const name = choice === 'zero' ? '0' : `the training ${choice} ${Number(value.toPrecision(6))}`;
    notes.push(
      present.length === 0
        ? `"${column.name}": no training row has a value; 0 stands in everywhere.`
        : `"${column.name}": ${missing} missing values replaced by ${name}.`,
    );
    return value;
  });
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** @param values sorted in place */
function median(values: Float64Array): number {
  values.sort();
  const middle = values.length >> 1;
  return values.length % 2 === 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}
