/**
 * The studies behind the paper's figures, for any dataset: the paper's settings where the dataset is one of its own
 * (λ of Table 1), else the nearest that makes sense. The window offers the same ones.
 */
import type { DatasetSummary } from './dataset.ts';
import type { KnownDataset, PaperFigureId, PaperScale } from './paper.ts';
import { CONSTRUCTORS } from './quantities.ts';
import type { StudySpec } from './study-spec.ts';

type StudiedDataset = Pick<
  DatasetSummary,
  'id' | 'name' | 'trainRows' | 'featureCount' | 'classes' | 'groupColumns' | 'weighted' | 'sparse' | 'image'
>;

/** Which of the paper's datasets this is, by its shape and columns; null when it is none. */
export function knownDataset(
  dataset: Pick<StudiedDataset, 'featureCount' | 'classes' | 'groupColumns'>,
): KnownDataset | null {
  const { featureCount, classes, groupColumns } = dataset;
  if (featureCount === 127 && groupColumns.includes('medical_specialty')) return 'diabetes';
  if (featureCount === 3289 && classes.length === 2) return 'enron';
  if (featureCount === 784 && classes.length === 10) return 'mnist';
  if (featureCount === 328 && groupColumns.includes('lf')) return 'cdr';
  if (featureCount === 57 && classes.length === 2) return 'spambase';
  return null;
}

/** λ/n of Table 1; spambase, which the paper has not, takes Enron's. */
const RELATIVE_L2: Record<KnownDataset, number> = {
  diabetes: 2.154434690031884e-4,
  enron: 1e-3,
  mnist: 1e-3,
  cdr: 1e-4,
  spambase: 1e-3,
};

const SWEEP = Array.from({ length: 10 }, (_, k) => Number((10 ** (-7 + k)).toPrecision(3)));
/** The column that holds the labeling function of a row. */
export const VOTER_COLUMN = 'lf';

/**
 * Every default is written out, so that the window, which has no schemas, can make a form of them.
 * @returns the studies of `figure` on `dataset`, in the order in which they are best computed; none where the figure
 *   has no meaning for it (no group column, no votes)
 */
export function paperStudies(figure: PaperFigureId, dataset: StudiedDataset, scale: PaperScale): StudySpec[] {
  if (isCounterexample(dataset)) return figure === '3' ? [scaleCounterexample(dataset)] : [];
  switch (figure) {
    case '1':
    case '2':
    case 'C.1':
    case 'C.4':
      return [manyGroups(dataset, scale)];
    case 'C.2':
      return sweep(dataset, scale);
    case 'table-1':
      return [crossValidated(dataset, scale)];
    case '4-left':
      return dataset.groupColumns.includes(VOTER_COLUMN) ? [labelingFunctions(dataset)] : [];
    case '4-right':
      return sources(dataset, scale);
    case '3':
      return [];
  }
}

/** Figure 3, right: 120 rows at four points of the plane. */
function isCounterexample({ trainRows, featureCount, name }: StudiedDataset): boolean {
  return trainRows === 120 && featureCount === 2 && name.includes('counterexample');
}

const COPIES = [40, 20, 40, 20];

/** The first m copies of each of the four points, m = 1 … count − 1. */
function scaleCounterexample(dataset: StudiedDataset): StudySpec {
  const members = COPIES.flatMap((count, point) => {
    const first = COPIES.slice(0, point).reduce((sum, copies) => sum + copies, 0);
    return Array.from({ length: count - 1 }, (_, k) => ({
      id: `point-${point + 1}-copies-${k + 1}`,
      label: `${k + 1} copies of point ${point + 1}`,
      rows: Array.from({ length: k + 1 }, (_row, copy) => first + copy),
    }));
  });
  return {
    name: 'Paper: counterexample of scale',
    dataset: { id: dataset.id },
    model: { l2: { absolute: 0.12 }, intercept: false },
    groups: { members },
    evaluate: { testPoints: { rows: [0] }, quantities: ['margin'] },
    estimators: ['influence', 'newton', 'actual'],
    tolerance: 1e-10,
  };
}

function shared(dataset: StudiedDataset): Pick<StudySpec, 'dataset' | 'tolerance'> {
  const known = knownDataset(dataset);
  const standardise = (known === null || known === 'spambase') && !dataset.sparse && dataset.image === null;
  return { dataset: { id: dataset.id, ...(standardise ? { standardise } : {}) }, tolerance: 1e-8 };
}

function relativeL2(dataset: StudiedDataset): number {
  const known = knownDataset(dataset);
  return known === null ? 1e-3 : RELATIVE_L2[known];
}

/** Retraining a row costs K times as much, and ten classes of 784 pixels are the paper's largest problem. */
function isLarge({ trainRows, featureCount, classes }: StudiedDataset): boolean {
  return trainRows * featureCount * classes.length > 1e8;
}

function manyGroups(dataset: StudiedDataset, scale: PaperScale): StudySpec {
  const full = isLarge(dataset) ? 20 : 100;
  const count = scale === 'full' ? full : dataset.classes.length > 2 ? 3 : 5;
  return {
    ...shared(dataset),
    name: `Paper: ${dataset.name}, seven kinds of groups`,
    model: { l2: { relative: relativeL2(dataset) }, intercept: true },
    groups: { constructors: [...CONSTRUCTORS], sizes: { from: 0.0025, to: 0.25, count }, seed: 0 },
    evaluate: { testPoints: { highestLoss: 3, random: 3 }, quantities: ['margin', 'loss', 'selfLoss'] },
    estimators: ['influence', 'newton', 'actual', 'influenceOnParameters', 'newtonLinear'],
  };
}

function sweep(dataset: StudiedDataset, scale: PaperScale): StudySpec[] {
  const few = scale === 'quick' || isLarge(dataset);
  // Where little is to be computed, not the λ at which ten classes take longest.
  const quick = dataset.classes.length > 2 ? [1e-3, 1e-1, 1e1] : [1e-5, 1e-2, 1e1];
  const values = few ? SWEEP.filter((value) => quick.includes(value)) : SWEEP;
  const count = few ? 2 : 10;
  // From the largest λ, where a fit is easiest, down.
  return values.toReversed().map((relative) => ({
    ...shared(dataset),
    name: `Paper: ${dataset.name}, λ/n = ${relative.toExponential()}`,
    model: { l2: { relative }, intercept: true },
    groups: { constructors: [...CONSTRUCTORS], sizes: { from: 0.0025, to: 0.25, count }, seed: 0 },
    // The same test rows at every λ: the highest losses would be other rows' at each.
    evaluate: { testPoints: { rows: [0, 1, 2, 3, 4, 5] }, quantities: ['margin', 'loss', 'selfLoss'] },
    estimators: ['influence', 'newton', 'actual'],
  }));
}

function crossValidated(dataset: StudiedDataset, scale: PaperScale): StudySpec {
  const size = dataset.trainRows * dataset.featureCount * (dataset.classes.length - 1);
  const count = scale === 'quick' && size > 5e5 ? 3 : isLarge(dataset) ? 4 : 10;
  return {
    ...shared(dataset),
    name: `Paper: ${dataset.name}, λ by cross-validation`,
    model: { l2: { crossValidate: { folds: 5, from: 1e-4, to: 1e-1, count } }, intercept: true },
    groups: { constructors: ['random'], sizes: { from: 0.01, to: 0.02, count: 2 }, seed: 0 },
    evaluate: { testPoints: { rows: [] }, quantities: ['meanTestLoss'] },
    estimators: ['influence'],
  };
}

function labelingFunctions(dataset: StudiedDataset): StudySpec {
  return {
    ...shared(dataset),
    name: `Paper: ${dataset.name}, labeling functions`,
    model: { l2: { relative: relativeL2(dataset) }, intercept: true },
    groups: { column: VOTER_COLUMN, minimumSize: 2 },
    evaluate: { testPoints: { rows: [] }, quantities: ['meanTestLoss'], slices: ['class'] },
    estimators: ['influence', 'newton', 'actual'],
  };
}

function sources(dataset: StudiedDataset, scale: PaperScale): StudySpec[] {
  const diabetes = knownDataset(dataset) === 'diabetes';
  const columns = diabetes
    ? ['medical_specialty', 'payer_code', 'age']
    : dataset.groupColumns.includes(VOTER_COLUMN)
      ? []
      : dataset.groupColumns.slice(0, 1);
  if (columns.length === 0) return [];
  const slice = diabetes ? 'age' : (dataset.groupColumns[1] ?? dataset.groupColumns[0]);
  const minimumSize = Math.max(2, Math.floor(dataset.trainRows / 500));
  const permutations = scale === 'full' ? 499 : 199;
  return columns.map((column) => ({
    ...shared(dataset),
    name: `Paper: ${dataset.name}, ${column} by ${slice}`,
    model: { l2: { relative: relativeL2(dataset) }, intercept: true },
    groups: { column, minimumSize, permutations },
    evaluate: { testPoints: { rows: [] }, quantities: ['meanTestLoss'], slices: [slice] },
    estimators: ['influence', 'newton', 'actual'],
  }));
}
