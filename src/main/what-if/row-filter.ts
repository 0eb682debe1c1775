/** Training rows by conditions on the columns of the data and by their numbers: "0-99, 120". */
import { targetColumn } from '../datasets/class-labels.ts';
import { formatNumber } from '../datasets/row-details.ts';
import { invalidInput } from '../../shared/errors.ts';
import type { Column, Dataset } from '../../shared/dataset.ts';
import type { FilterColumn, RowCondition } from '../../shared/what-if.ts';

const MOST_LEVELS = 200;

/** What can be filtered by: the label first, then the columns in order, then the block's features by their names. */
export function filterColumns(dataset: Dataset, featureNames: readonly string[]): FilterColumn[] {
  const target = targetColumn(dataset);
  const columns = [target, ...dataset.columns.filter((column) => column !== target)].map((column): FilterColumn => ({
    name: column.name,
    kind: column.kind,
    levels: column.kind === 'category' ? column.levels.slice(0, MOST_LEVELS) : [],
  }));
  const named = new Set(columns.map(({ name }) => name));
  const { block } = dataset;
  if (block === null) return columns;
  const features = featureNames.slice(0, block.columns).filter((name) => !named.has(name));
  return [...columns, ...features.map((name): FilterColumn => ({ name, kind: 'number', levels: [] }))];
}

/**
 * Training rows that meet every condition and, unless `list` is empty, are in the list; ascending.
 * @param feature values of a design column by its number, for the features of the block
 * @throws LeverageError 'invalidInput' for a column that is not there, a number that is none, a row that does not exist
 */
export async function filterRows(
  dataset: Dataset,
  conditions: readonly RowCondition[],
  list: string,
  featureNames: readonly string[],
  feature: (index: number) => Promise<Float64Array>,
): Promise<Int32Array> {
  const n = dataset.trainRows;
  const chosen = list.trim() === '' ? new Uint8Array(n).fill(1) : listed(list, n);
  for (const condition of conditions) {
    const column = dataset.columns.find(({ name }) => name === condition.column);
    const index = column === undefined ? featureNames.indexOf(condition.column) : -1;
    if (column === undefined && index < 0) {
      throw invalidInput(`whatif.filter: there is no column "${condition.column}".`, 'Choose one of the list.');
    }
    const meets = column === undefined ? numberTest(condition, await feature(index)) : columnTest(condition, column);
    for (let row = 0; row < n; row++) if (chosen[row] === 1 && !meets(row)) chosen[row] = 0;
  }
  const out: number[] = [];
  for (let row = 0; row < n; row++) if (chosen[row] === 1) out.push(row);
  return Int32Array.from(out);
}

function columnTest(condition: RowCondition, column: Column): (row: number) => boolean {
  if (column.kind === 'number') return numberTest(condition, column.values);
  const { codes, levels } = column;
  if (condition.is === 'missing') return (row) => codes[row] < 0;
  if (condition.is === 'atLeast' || condition.is === 'atMost') {
    throw invalidInput(
      `whatif.filter: "${column.name}" holds text, which is not larger or smaller.`,
      'Ask for equal or different.',
    );
  }
  const code = levels.indexOf(condition.value);
  const equal = condition.is === 'equal';
  return (row) => (codes[row] === code && code >= 0) === equal;
}

function numberTest({ column, is, value }: RowCondition, values: Float64Array): (row: number) => boolean {
  if (is === 'missing') return (row) => Number.isNaN(values[row]);
  const bound = Number(value);
  if (value.trim() === '' || Number.isNaN(bound)) {
    throw invalidInput(`whatif.filter: "${value}" is no number, but "${column}" holds numbers.`, 'Write a number.');
  }
  if (is === 'atLeast') return (row) => values[row] >= bound;
  if (is === 'atMost') return (row) => values[row] <= bound;
  // As it is shown: what a person reads in the table they may type.
  const same = (row: number): boolean => values[row] === bound || formatNumber(values[row]) === formatNumber(bound);
  return is === 'equal' ? same : (row) => !Number.isNaN(values[row]) && !same(row);
}

/** "0-99, 120 7": ranges hold both their ends. */
function listed(list: string, n: number): Uint8Array {
  const chosen = new Uint8Array(n);
  for (const part of list.split(/[\s,;]+/).filter((text) => text !== '')) {
    const range = /^(\d+)(?:[-–…](\d+))?$/.exec(part);
    const from = Number(range?.[1] ?? NaN);
    const to = Number(range?.[2] ?? range?.[1] ?? NaN);
    if (!(from <= to) || to >= n) {
      throw invalidInput(
        `whatif.filter: "${part.slice(0, 40)}" names no training rows.`,
        `Rows are numbers from 0 to ${n - 1}, or ranges such as 0-99, with commas between.`,
      );
    }
    chosen.fill(1, from, to + 1);
  }
  return chosen;
}
