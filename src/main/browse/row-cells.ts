/** The cells of a stretch of rows, and one row in full. */
import type { Cells } from '../../shared/browse.ts';
import type { Dataset } from '../../shared/dataset.ts';
import type { RowDetail } from '../../shared/study.ts';
import { targetColumn } from '../datasets/class-labels.ts';
import { blockFeatureName } from '../datasets/feature-layout.ts';
import { blockValues, cellText, formatNumber } from '../datasets/row-details.ts';
import type { RowValues } from './row-values.ts';

/** Letters of a text that a cell shows; the row in full has them all. */
const MOST_CELL_LETTERS = 240;
const MOST_VALUES = 400;

/** @param rows row numbers within the split of `values` */
export function cellsOf(values: RowValues, rows: Int32Array): Cells {
  if (values.kind === 'number') return { kind: 'number', values: Float64Array.from(rows, (row) => values.values[row]) };
  const { codes, levels } = values;
  return {
    kind: 'text',
    values: Array.from(rows, (row) => (codes[row] < 0 ? null : levels[codes[row]].slice(0, MOST_CELL_LETTERS))),
  };
}

/** Pixels 0…255 of rows. @param first of the split, among all rows */
export function imagesOf(dataset: Dataset, first: number, rows: Int32Array): Cells {
  return { kind: 'image', values: Array.from(rows, (row) => pixelsOf(dataset, first + row) ?? new Uint8Array(0)) };
}

/** The label of a row in words; empty when it has none. @param row among all rows */
export function labelOf(dataset: Dataset, row: number): string {
  return cellText(targetColumn(dataset), row);
}

/**
 * A row in full: every named column, whole texts, then the block's features (of a sparse one those that are not
 * zero), at most 400. Probability and loss are null.
 */
export function wholeRow(dataset: Dataset, split: 'train' | 'test', row: number): RowDetail {
  const at = split === 'train' ? row : dataset.trainRows + row;
  const values = dataset.columns
    .filter(({ role }) => role !== 'target')
    .map((column) => ({ name: column.name, value: cellText(column, at) }));
  const { block, image } = dataset;
  // An image is drawn; its numbers would say nothing more.
  if (block !== null && image === null) {
    const named = (feature: number, value: number) =>
      values.push({ name: blockFeatureName(block, image, feature), value: formatNumber(value) });
    if (block.kind === 'dense')
      blockValues(block, at, Math.min(block.columns, MOST_VALUES)).forEach((v, j) => named(j, v));
    else {
      const end = Math.min(block.indptr[at + 1], block.indptr[at] + MOST_VALUES);
      for (let entry = block.indptr[at]; entry < end; entry++)
        named(block.indices[entry], block.data[entry] * block.scale);
    }
  }
  return {
    row,
    label: labelOf(dataset, at),
    probability: null,
    loss: null,
    values,
    image: pixelsOf(dataset, at),
  };
}

function pixelsOf({ block, image }: Dataset, row: number): Uint8Array | null {
  if (block === null || image === null) return null;
  const { maximum } = image;
  return Uint8Array.from(blockValues(block, row, block.columns), (value) =>
    Math.round(255 * Math.min(1, Math.max(0, value / maximum))),
  );
}
