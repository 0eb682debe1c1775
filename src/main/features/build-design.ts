/** Dataset → the numbers a model is fitted to: X, y and weights of both splits. */
import { invalidInput } from '../../shared/errors.ts';
import type { Dataset, Design, DesignSplit } from '../../shared/dataset.ts';
import { checkFeatures, checkWeights } from '../datasets/check-dataset.ts';
import { requireClasses } from '../datasets/class-labels.ts';
import { blockFeatureName, featureLayout } from '../datasets/feature-layout.ts';
import type { FeatureLayout } from '../datasets/feature-layout.ts';
import { targetNumbers } from '../datasets/quantity.ts';
import { denseRows } from './dense-rows.ts';
import { imputations } from './imputation.ts';
import { sparseRows } from './sparse-rows.ts';
import { standardiseDense, standardiseSparse } from './standardise.ts';

export interface DesignOptions {
  /** Mean 0 and standard deviation 1 (population) over the training rows; constant columns become 0; a sparse X is only scaled. */
  standardise: boolean;
  /** 'numbers': a label of at least three numbers is kept as `quantity`, without classes, for regression. */
  label?: 'classes' | 'numbers';
}

/** A block emptier than this stays sparse. */
const SPARSE_DENSITY = 0.2;
/** Above this, one-hot columns are kept sparse when they are mostly empty. */
const WIDE_BYTES = 256 * 2 ** 20;
const MAX_BYTES = 16 * 2 ** 30;

/**
 * Builds the design: the block's columns, then the feature columns in order; categories one-hot over the
 * levels of the training rows (sorted; the first dropped when there are exactly two), missing values of
 * numbers replaced as the dataset says (computed on the training rows).
 * @returns dense float64 matrices (n×d, row-major), or sparse ones for a block less than 20 % full; classes sorted;
 *   `notes` says what was imputed, which columns were constant, and which levels only test rows have.
 *   Weights are those of the training rows (null when all are 1 or none are given); test rows have none.
 * @throws LeverageError 'invalidInput' for NaN or infinity in X, missing numbers without a choice, bad weights,
 *   fewer than two classes, a test label unseen in training, or a matrix beyond memory
 */
export function buildDesign(dataset: Dataset, { standardise, label }: DesignOptions): Design {
  const numbers = label === 'numbers' ? targetNumbers(dataset) : null;
  const { classes, index } =
    numbers === null ? requireClasses(dataset) : { classes: [], index: new Int32Array(numbers.length) };
  checkFeatures(dataset);
  checkWeights(dataset);
  const { trainRows, testRows, block } = dataset;
  const layout = featureLayout(dataset);
  if (layout.width === 0)
    throw invalidInput(`${dataset.name} has no features.`, 'Give at least one column the role feature.');
  const notes: string[] = [];
  for (const feature of layout.features) {
    if ('unknownTestRows' in feature && feature.unknownTestRows > 0) {
      notes.push(
        `"${feature.column.name}": ${feature.unknownTestRows} test ${feature.unknownTestRows === 1 ? 'row has' : 'rows have'} a value that no training row has; its columns are 0 there.`,
      );
    }
  }
  const stand = imputations(dataset, layout, notes);
  const sparse = staysSparse(dataset, layout);
  const rows = trainRows + testRows;
  if (!sparse) checkMemory(dataset, layout, rows);
  const make = sparse ? sparseRows : denseRows;
  let train = make(dataset, layout, stand, 0, trainRows);
  let test = make(dataset, layout, stand, trainRows, rows);
  if (standardise) {
    if (train.kind === 'dense' && test.kind === 'dense') standardiseDense(train, test, notes);
    else if (train.kind === 'sparse' && test.kind === 'sparse') [train, test] = standardiseSparse(train, test, notes);
  }
  const featureNames: string[] = [];
  if (block !== null) {
    for (let column = 0; column < block.columns; column++)
      featureNames.push(blockFeatureName(block, dataset.image, column));
  }
  for (const feature of layout.features)
    featureNames.push(...('names' in feature ? feature.names : [feature.column.name]));
  const split = (X: DesignSplit['X'], from: number, to: number, weights: Float64Array | null): DesignSplit => ({
    X,
    y: index.slice(from, to),
    weights,
  });
  return {
    train: split(train, 0, trainRows, trainWeights(dataset)),
    test: split(test, trainRows, rows, null),
    classes,
    featureNames,
    ...(numbers === null
      ? {}
      : { quantity: { train: numbers.slice(0, trainRows), test: numbers.slice(trainRows, rows) } }),
    notes,
  };
}

function trainWeights(dataset: Dataset): Float64Array | null {
  const column = dataset.columns.find((candidate) => candidate.role === 'weight');
  if (column?.kind !== 'number') return null;
  const weights = column.values.slice(0, dataset.trainRows);
  return weights.every((weight) => weight === 1) ? null : weights;
}

function staysSparse(dataset: Dataset, layout: FeatureLayout): boolean {
  const rows = dataset.trainRows + dataset.testRows;
  // At most one entry per row of every feature column; a number may be 0, which only overstates.
  const entriesBeside = rows * layout.features.length;
  const { block } = dataset;
  if (block?.kind === 'sparse') {
    return (block.data.length + entriesBeside) / (rows * layout.width) < SPARSE_DENSITY;
  }
  return (
    block === null && 8 * rows * layout.width > WIDE_BYTES && layout.features.length / layout.width < SPARSE_DENSITY
  );
}

function checkMemory(dataset: Dataset, layout: FeatureLayout, rows: number): void {
  const bytes = 8 * rows * layout.width;
  if (bytes <= MAX_BYTES) return;
  const widest = layout.features.reduce<{ name: string; levels: number }>(
    (best, feature) =>
      'names' in feature && feature.names.length > best.levels
        ? { name: feature.column.name, levels: feature.names.length }
        : best,
    { name: '', levels: 0 },
  );
  throw invalidInput(
    `The design matrix of ${dataset.name} would be ${rows} × ${layout.width} (${Math.round(bytes / 2 ** 30)} GB).`,
    widest.levels > 1
      ? `The column "${widest.name}" alone has ${widest.levels} categories: ignore it or make it a group column.`
      : 'Use fewer rows or features.',
  );
}
