/** Summaries of a dataset and of its columns, for the library and for browsing. */
import type { Column, ColumnSummary, Dataset, DatasetSummary, FeatureBlock } from '../../shared/dataset.ts';
import { classLabels } from './class-labels.ts';
import { blockFeatureName, featureLayout } from './feature-layout.ts';
import { isQuantity } from './quantity.ts';

const BINS = 20;
const TOP_LEVELS = 20;
const MAX_BLOCK_FEATURES = 300;

/**
 * One summary per column over the training rows, then one per feature of the block (the first 300 of them).
 * A numeric label is summarised both as numbers and by its most frequent values.
 */
export function summariseColumns(dataset: Dataset): ColumnSummary[] {
  const { trainRows, block } = dataset;
  const summaries = dataset.columns.map((column) => summariseColumn(column, trainRows));
  if (block === null) return summaries;
  const shown = Math.min(block.columns, MAX_BLOCK_FEATURES);
  for (let feature = 0; feature < shown; feature++) {
    summaries.push({
      name: blockFeatureName(block, dataset.image, feature),
      role: 'feature',
      kind: 'number',
      ...summariseNumbers(blockColumn(block, trainRows, feature)),
      top: null,
    });
  }
  return summaries;
}

/** The dataset in one line of the library; `featureCount` is the width of the design matrix. */
export function summariseDataset(
  dataset: Dataset,
): Omit<DatasetSummary, 'id' | 'fingerprint' | 'sample' | 'importedAt' | 'bytes'> {
  const { classes, index } = isQuantity(dataset) ? { classes: [], index: new Int32Array(0) } : classLabels(dataset);
  const classCounts = classes.map(() => 0);
  for (let row = 0; row < index.length && row < dataset.trainRows; row++)
    if (index[row] >= 0) classCounts[index[row]] += 1;
  return {
    name: dataset.name,
    source: dataset.source,
    trainRows: dataset.trainRows,
    testRows: dataset.testRows,
    featureCount: featureLayout(dataset).width,
    classes,
    classCounts,
    groupColumns: groupColumns(dataset),
    weighted: dataset.columns.some((column) => column.role === 'weight'),
    sparse: dataset.block?.kind === 'sparse',
    image: dataset.image,
    notes: [...dataset.notes],
  };
}

/** Columns that make natural groups: those chosen for it first, then categorical features, then identifiers that repeat. */
function groupColumns(dataset: Dataset): string[] {
  const names = (wanted: (column: Column) => boolean): string[] =>
    dataset.columns.filter(wanted).map((column) => column.name);
  return [
    ...names((column) => column.role === 'group'),
    ...names((column) => column.role === 'feature' && column.kind === 'category'),
    ...names((column) => column.role === 'id' && repeats(column, dataset.trainRows)),
  ];
}

function repeats(column: Column, trainRows: number): boolean {
  const values = (column.kind === 'number' ? column.values : column.codes).subarray(0, trainRows);
  return new Set(values).size < trainRows;
}

function summariseColumn(column: Column, trainRows: number): ColumnSummary {
  const { name, role, kind } = column;
  if (column.kind === 'number') {
    const values = column.values.slice(0, trainRows);
    const top = role === 'target' ? topValues(values) : null;
    return { name, role, kind, ...summariseNumbers(values), top };
  }
  const counts = column.levels.map(() => 0);
  let missing = 0;
  for (let row = 0; row < trainRows; row++) {
    if (column.codes[row] < 0) missing += 1;
    else counts[column.codes[row]] += 1;
  }
  const present = counts.map((_, code) => code).filter((code) => counts[code] > 0);
  // Sorting is stable and levels are sorted: equal counts stay in the order of levels.
  present.sort((a, b) => counts[b] - counts[a]);
  const top = present.slice(0, TOP_LEVELS).map((code) => ({ level: column.levels[code], count: counts[code] }));
  return { name, role, kind, missing, distinct: present.length, numeric: null, top };
}

function topValues(values: Float64Array): { level: string; count: number }[] {
  const counts = new Map<number, number>();
  for (const value of values) if (!Number.isNaN(value)) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts]
    .sort((a, b) => b[1] - a[1] || a[0] - b[0])
    .slice(0, TOP_LEVELS)
    .map(([value, count]) => ({ level: String(value), count }));
}

/** @param values owned by this function: sorted in place (NaN last) */
function summariseNumbers(values: Float64Array): Pick<ColumnSummary, 'missing' | 'distinct' | 'numeric'> {
  values.sort();
  let end = values.length;
  while (end > 0 && Number.isNaN(values[end - 1])) end -= 1;
  const missing = values.length - end;
  if (end === 0) return { missing, distinct: 0, numeric: null };
  const present = values.subarray(0, end);
  let distinct = 1;
  let sum = 0;
  for (let i = 0; i < end; i++) {
    if (i > 0 && present[i] !== present[i - 1]) distinct += 1;
    sum += present[i];
  }
  const mean = sum / end;
  let squares = 0;
  for (const value of present) squares += (value - mean) ** 2;
  const minimum = present[0];
  const maximum = present[end - 1];
  const histogram = new Array<number>(BINS).fill(0);
  const width = (maximum - minimum) / BINS;
  for (const value of present) {
    const bin = width > 0 && Number.isFinite(width) ? Math.floor((value - minimum) / width) : 0;
    histogram[Math.min(BINS - 1, bin)] += 1;
  }
  return { missing, distinct, numeric: { minimum, maximum, mean, deviation: Math.sqrt(squares / end), histogram } };
}

function blockColumn(block: FeatureBlock, rows: number, feature: number): Float64Array {
  const values = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    if (block.kind === 'dense') {
      values[row] = block.data[row * block.columns + feature] * block.scale;
    } else {
      const at = entryAt(block.indices, block.indptr[row], block.indptr[row + 1], feature);
      if (at >= 0) values[row] = block.data[at] * block.scale;
    }
  }
  return values;
}

/** Position of `column` among the ascending indices from `start` to `end` − 1, or −1. */
function entryAt(indices: Int32Array, start: number, end: number, column: number): number {
  let low = start;
  let high = end - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    if (indices[middle] === column) return middle;
    if (indices[middle] < column) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}
