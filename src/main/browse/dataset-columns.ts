/** The columns of a dataset as a table shows them: its own, the features of its block, its image. */
import type { BrowseColumn } from '../../shared/browse.ts';
import type { CategoryColumn, Column, Dataset } from '../../shared/dataset.ts';
import { LeverageError } from '../../shared/errors.ts';
import { blockFeatureName } from '../datasets/feature-layout.ts';
import { blockRows, columnRows, type RowValues } from './row-values.ts';

/** Of a wide block only these features are listed. */
export const MOST_BLOCK_FEATURES = 2000;
/** A category of which most values are different, or long, is text. */
const MANY_DIFFERENT = 0.5;
const LONG_TEXT_LETTERS = 40;
const LEVELS_JUDGED = 200;

/** Row number first, then the image, the label, the other columns, the block's features. */
export function datasetColumns(dataset: Dataset): BrowseColumn[] {
  const { columns, block, image, trainRows, testRows } = dataset;
  const rows = trainRows + testRows;
  const own = columns.map((column, index): BrowseColumn => ({
    key: `c${index}`,
    name: column.name,
    type: column.kind === 'number' ? 'number' : isText(column, rows) ? 'text' : 'category',
    role: column.role,
    about: null,
  }));
  const features = Array.from(
    { length: Math.min(block?.columns ?? 0, MOST_BLOCK_FEATURES) },
    (_, feature): BrowseColumn => ({
      key: `b${feature}`,
      name: block === null ? '' : blockFeatureName(block, image, feature),
      type: 'number',
      role: 'feature',
      about: null,
    }),
  );
  const isTarget = ({ role }: BrowseColumn): boolean => role === 'target';
  return [
    { key: 'row', name: 'row', type: 'number', role: 'row', about: 'Row number within its split, from 0' },
    ...(block === null || image === null
      ? []
      : [{ key: 'image', name: 'image', type: 'image', role: 'feature', about: null } as const]),
    ...own.filter(isTarget),
    ...own.filter((column) => !isTarget(column)),
    ...features,
  ];
}

/**
 * The values of a column over one split.
 * @throws LeverageError 'notFound' for a key that names none
 */
export function datasetValues(dataset: Dataset, split: 'train' | 'test', key: string): RowValues {
  const { columns, block, trainRows, testRows } = dataset;
  const [from, to] = split === 'train' ? [0, trainRows] : [trainRows, trainRows + testRows];
  if (key === 'row') {
    const values = new Float64Array(to - from);
    for (let row = 0; row < values.length; row++) values[row] = row;
    return { kind: 'number', values };
  }
  const index = /^[cb]\d+$/.test(key) ? Number(key.slice(1)) : -1;
  const column = key.startsWith('c') ? columns[index] : undefined;
  if (column !== undefined) return columnRows(column, from, to);
  if (key.startsWith('b') && block !== null && index >= 0 && index < block.columns)
    return blockRows(block, index, from, to);
  throw new LeverageError('notFound', `${dataset.name} has no column ${key}.`, 'Choose one of its columns.');
}

function isText(column: Column, rows: number): boolean {
  return column.kind === 'category' && column.levels.length > 0 && (readsLong(column) || variesMuch(column, rows));
}

function variesMuch({ levels, role }: CategoryColumn, rows: number): boolean {
  return role !== 'target' && levels.length > 50 && levels.length > MANY_DIFFERENT * rows;
}

function readsLong({ levels }: CategoryColumn): boolean {
  const judged = levels.slice(0, LEVELS_JUDGED);
  return judged.reduce((sum, level) => sum + level.length, 0) > LONG_TEXT_LETTERS * judged.length;
}
