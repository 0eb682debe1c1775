/** Rows as a person reads them: label, values, picture. */
import type { Column, Dataset, FeatureBlock } from '../../shared/dataset.ts';
import type { RowDetail } from '../../shared/study.ts';
import { invalidInput } from '../../shared/errors.ts';
import { targetColumn } from './class-labels.ts';
import { blockFeatureName } from './feature-layout.ts';

const MAX_FEATURES = 60;

/**
 * Describes rows of a dataset.
 * @param rows absolute indices, training rows first
 * @returns one per index: `row` counts within its split (as study files and targets do); values are the columns
 *   (label aside), then the block's features, at most 60 features in all; `probability` and `loss` are null
 * @throws LeverageError 'invalidInput' for a row that does not exist
 */
export function describeRows(dataset: Dataset, rows: readonly number[]): RowDetail[] {
  const target = targetColumn(dataset);
  const features = dataset.columns.filter((column) => column.role === 'feature').slice(0, MAX_FEATURES);
  const beside = dataset.columns.filter((column) => column.role !== 'feature' && column.role !== 'target');
  const shown = [...beside, ...features];
  const { block, image } = dataset;
  const blockShown = block === null ? 0 : Math.min(block.columns, MAX_FEATURES - features.length);
  return rows.map((row): RowDetail => {
    if (!Number.isInteger(row) || row < 0 || row >= dataset.trainRows + dataset.testRows) {
      throw invalidInput(
        `${dataset.name} has no row ${row}.`,
        `It has ${dataset.trainRows} training and ${dataset.testRows} test rows.`,
      );
    }
    const values = shown.map((column) => ({ name: column.name, value: cellText(column, row) }));
    if (block !== null) {
      blockValues(block, row, blockShown).forEach((value, feature) => {
        values.push({ name: blockFeatureName(block, image, feature), value: formatNumber(value) });
      });
    }
    return {
      row: row < dataset.trainRows ? row : row - dataset.trainRows,
      label: cellText(target, row),
      probability: null,
      loss: null,
      values,
      image: block !== null && image !== null ? pixels(block, row, image.maximum) : null,
    };
  });
}

/** A cell as text; empty when missing. */
export function cellText(column: Column, row: number): string {
  if (column.kind === 'number') return formatNumber(column.values[row]);
  const code = column.codes[row];
  return code < 0 ? '' : column.levels[code];
}

/** Integers in full, other numbers to 6 significant digits, NaN empty. */
export function formatNumber(value: number): string {
  if (Number.isNaN(value)) return '';
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(6)));
}

/** The first `count` values of a row of the block. */
export function blockValues(block: FeatureBlock, row: number, count: number): number[] {
  if (block.kind === 'dense') {
    const start = row * block.columns;
    return Array.from(block.data.subarray(start, start + count), (value) => value * block.scale);
  }
  const values = new Array<number>(count).fill(0);
  for (let at = block.indptr[row]; at < block.indptr[row + 1]; at++) {
    if (block.indices[at] < count) values[block.indices[at]] = block.data[at] * block.scale;
  }
  return values;
}

/** Brightness 0…maximum → 0…255. */
function pixels(block: FeatureBlock, row: number, maximum: number): Uint8Array {
  return Uint8Array.from(blockValues(block, row, block.columns), (value) =>
    Math.round(255 * Math.min(1, Math.max(0, value / maximum))),
  );
}
