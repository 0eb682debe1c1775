/** The columns of a dataset as a table shows them: its own, the features of its block, its image. */
import type { BrowseColumn } from '../../shared/browse.ts';
import type { CategoryColumn, Column, Dataset, NumberColumn } from '../../shared/dataset.ts';
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
    type: typeOf(column, rows),
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
  if (column !== undefined) return columnRows(isClassNumber(column) ? asCategory(column) : column, from, to);
  if (key.startsWith('b') && block !== null && index >= 0 && index < block.columns)
    return blockRows(block, index, from, to);
  throw new LeverageError('notFound', `${dataset.name} has no column ${key}.`, 'Choose one of its columns.');
}

function typeOf(column: Column, rows: number): BrowseColumn['type'] {
  if (isClassNumber(column)) return 'category';
  if (column.kind === 'number') return 'number';
  return isText(column, rows) ? 'text' : 'category';
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

/** Labels that are numbers are classes all the same. */
function isClassNumber(column: Column): column is NumberColumn & { role: 'target' } {
  return column.kind === 'number' && column.role === 'target';
}

function asCategory({ name, role, values }: NumberColumn): CategoryColumn {
  const distinct = new Set<number>();
  // −0 + 0 = 0: the two zeros are one class.
  for (let row = 0; row < values.length; row++) if (!Number.isNaN(values[row])) distinct.add(values[row] + 0);
  const sorted = Float64Array.from(distinct).sort();
  const codeOf = new Map<number, number>();
  sorted.forEach((value, code) => codeOf.set(value, code));
  const codes = new Int32Array(values.length);
  for (let row = 0; row < values.length; row++) codes[row] = codeOf.get(values[row] + 0) ?? -1;
  return { kind: 'category', name, role, codes, levels: Array.from(sorted, String) };
}

/** Whether the values of a column have to be gathered or computed before they can be read. */
export function isGathered(dataset: Dataset, key: string): boolean {
  const column = key.startsWith('c') ? dataset.columns[Number(key.slice(1))] : undefined;
  return column === undefined || isClassNumber(column);
}
