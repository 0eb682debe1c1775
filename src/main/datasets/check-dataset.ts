/** What every dataset must satisfy before anything is stored or fitted. */
import { invalidInput } from '../../shared/errors.ts';
import type { Dataset, FeatureBlock } from '../../shared/dataset.ts';
import { requireClasses, rowName } from './class-labels.ts';
import { blockFeatureName } from './feature-layout.ts';
import { isQuantity, targetNumbers } from './quantity.ts';

/**
 * Checks lengths, labels, features and weights.
 * @returns the same dataset
 * @throws LeverageError 'invalidInput' naming the first offence
 */
export function checkDataset(dataset: Dataset): Dataset {
  if (dataset.trainRows < 1) throw invalidInput(`${dataset.source} has no training rows.`, 'Check the file.');
  if (dataset.testRows < 1) throw invalidInput(`${dataset.source} has no test rows.`, 'Check the file.');
  if (dataset.block === null && !dataset.columns.some((column) => column.role === 'feature')) {
    throw invalidInput(`${dataset.source} has no feature column.`, 'Give at least one column the role feature.');
  }
  // A quantity is what ridge regression fits; a study with a classifier refuses it.
  if (isQuantity(dataset)) targetNumbers(dataset);
  else requireClasses(dataset);
  checkFeatures(dataset);
  checkWeights(dataset);
  return dataset;
}

/** Refuses NaN and infinity in the block, infinity in numeric features, and missing numbers without a choice of stand-in. */
export function checkFeatures(dataset: Dataset): void {
  if (dataset.block !== null) checkBlock(dataset, dataset.block);
  for (const column of dataset.columns) {
    if (column.role !== 'feature' || column.kind !== 'number') continue;
    const infinite = column.values.findIndex((value) => value === Infinity || value === -Infinity);
    if (infinite >= 0) {
      throw invalidInput(
        `Column "${column.name}" of ${dataset.source} is infinite in ${rowName(dataset, infinite)}.`,
        'Replace it by a finite number or leave the cell empty.',
      );
    }
    if (dataset.missingNumbers === undefined && column.values.some(Number.isNaN)) {
      throw missingNumbersFailure(dataset, column.name);
    }
  }
}

/** The refusal of a numeric feature with missing values where nothing says what stands in for them. */
export function missingNumbersFailure(dataset: Dataset, column: string): Error {
  return invalidInput(
    `Column "${column}" of ${dataset.source} is a number with missing values, and nothing says what stands in for them.`,
    'Set "missingNumbers" in the study\'s dataset to "mean", "median", "zero" or "dropRow", or put the column under "ignore".',
  );
}

/** Weights of the training rows are numbers ≥ 0, not all zero. */
export function checkWeights(dataset: Dataset): void {
  const weights = dataset.columns.filter((column) => column.role === 'weight');
  if (weights.length > 1) {
    throw invalidInput(`${dataset.source} has ${weights.length} weight columns.`, 'Keep one of them.');
  }
  for (const column of weights) {
    if (column.kind !== 'number') {
      throw invalidInput(
        `The weight column "${column.name}" of ${dataset.source} is not numeric.`,
        'Choose a column of numbers.',
      );
    }
    const train = column.values.subarray(0, dataset.trainRows);
    const bad = train.findIndex((value) => !(value >= 0 && value < Infinity));
    if (bad >= 0) {
      const what = Number.isNaN(train[bad]) ? 'missing' : String(train[bad]);
      throw invalidInput(
        `The weight of training row ${bad} of ${dataset.source} (column "${column.name}") is ${what}.`,
        'Weights must be finite numbers of at least 0.',
      );
    }
    if (train.every((value) => value === 0)) {
      throw invalidInput(
        `All weights of ${dataset.source} (column "${column.name}") are 0.`,
        'Give some rows a weight.',
      );
    }
  }
}

function checkBlock(dataset: Dataset, block: FeatureBlock): void {
  if (!(block.data instanceof Float64Array) && !(block.data instanceof Float32Array)) return;
  const at = block.data.findIndex((value) => !Number.isFinite(value));
  if (at < 0) return;
  let row = Math.floor(at / block.columns);
  let column = at % block.columns;
  if (block.kind === 'sparse') {
    row = block.indptr.findIndex((end) => end > at) - 1;
    column = block.indices[at];
  }
  throw invalidInput(
    `The features of ${dataset.source} hold ${block.data[at]} in ${rowName(dataset, row)}, column ${column} ("${blockFeatureName(block, dataset.image, column)}").`,
    'Replace it by a finite number and save the file again.',
  );
}
