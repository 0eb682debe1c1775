/** Which columns of the design matrix a dataset's features become: the block first, then columns in order. */
import type { CategoryColumn, Dataset, FeatureBlock, ImageShape, NumberColumn } from '../../shared/dataset.ts';

/** A numeric feature: one design column. */
export interface NumberFeature {
  column: NumberColumn;
}

/** A categorical feature: one design column per kept level, one-hot. */
export interface CategoryFeature {
  column: CategoryColumn;
  /** Design column (within this feature) per level code; −1 where the level has none (dropped, or unknown in training). */
  slotOfCode: Int32Array;
  /** Likewise for a missing value. */
  slotOfMissing: number;
  names: string[];
  /** Test rows whose level occurs in no training row: all zeros. */
  unknownTestRows: number;
}

export interface FeatureLayout {
  blockColumns: number;
  features: (NumberFeature | CategoryFeature)[];
  /** d: all design columns. */
  width: number;
}

const MISSING = '(missing)';

/** Lays the features out: categories one-hot in sorted order of their training levels, the first dropped when there are exactly two. */
export function featureLayout(dataset: Dataset): FeatureLayout {
  const blockColumns = dataset.block?.columns ?? 0;
  let width = blockColumns;
  const features = dataset.columns
    .filter((column) => column.role === 'feature')
    .map((column) => {
      if (column.kind === 'number') {
        width += 1;
        return { column };
      }
      const feature = categoryFeature(column, dataset.trainRows);
      width += feature.names.length;
      return feature;
    });
  return { blockColumns, features, width };
}

function categoryFeature(column: CategoryColumn, trainRows: number): CategoryFeature {
  const { codes, levels } = column;
  const counts = new Int32Array(levels.length);
  let missing = 0;
  for (let row = 0; row < trainRows; row++) {
    if (codes[row] < 0) missing += 1;
    else counts[codes[row]] += 1;
  }
  const order = levels.map((_, code) => code).filter((code) => counts[code] > 0);
  order.sort((a, b) => (levels[a] < levels[b] ? -1 : 1));
  // A missing value is a category of its own, after the named ones.
  const present: (number | 'missing')[] = missing > 0 ? [...order, 'missing'] : order;
  const kept = present.length === 2 ? present.slice(1) : present;
  const slotOfCode = new Int32Array(levels.length).fill(-1);
  let slotOfMissing = -1;
  kept.forEach((level, slot) => {
    if (level === 'missing') slotOfMissing = slot;
    else slotOfCode[level] = slot;
  });
  let unknownTestRows = 0;
  for (let row = trainRows; row < codes.length; row++) {
    if (codes[row] < 0 ? missing === 0 : counts[codes[row]] === 0) unknownTestRows += 1;
  }
  const names = kept.map((level) => `${column.name}=${level === 'missing' ? MISSING : levels[level]}`);
  return { column, slotOfCode, slotOfMissing, names, unknownTestRows };
}

/** Names of the block's columns: its own, else pixels by row and column, else x0, x1 … */
export function blockFeatureName(block: FeatureBlock, image: ImageShape | null, column: number): string {
  if (block.names !== null) return block.names[column];
  if (image !== null) return `pixel_${Math.floor(column / image.width)}_${column % image.width}`;
  return `x${column}`;
}
