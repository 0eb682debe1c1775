/** Which rows a list of filters keeps: one pass over typed arrays per filter. */
import type { RowFilter } from '../../shared/browse.ts';
import { invalidInput } from '../../shared/errors.ts';
import { formatNumber } from '../datasets/row-details.ts';
import type { RowValues } from './row-values.ts';

/** Where filters find what they look at; rows are counted within one split. */
export interface RowSource {
  rows: number;
  values(column: string): Promise<RowValues>;
  /** Class index per row; negative where the label is none of `names`. */
  classes(): { names: readonly string[]; index: Int32Array };
  /** Rows of a named group. Throws 'notFound', and 'invalidInput' for test rows. */
  group(id: string): Int32Array;
}

/**
 * The rows that all of `filters` keep, ascending. Others are answered between two filters.
 * @throws LeverageError 'invalidInput' for a range of a column that holds no numbers
 */
export async function filterRows(filters: readonly RowFilter[], source: RowSource): Promise<Int32Array> {
  const kept = new Uint8Array(source.rows).fill(1);
  for (const filter of filters) {
    const holds = await conditionOf(filter, source);
    for (let row = 0; row < kept.length; row++) if (kept[row] === 1 && !holds(row)) kept[row] = 0;
    await new Promise((resolve) => setImmediate(resolve));
  }
  return rowsOf(kept);
}

/** Positions of the ones, ascending. */
export function rowsOf(mask: Uint8Array): Int32Array {
  let count = 0;
  for (let row = 0; row < mask.length; row++) count += mask[row];
  const rows = new Int32Array(count);
  for (let row = 0, at = 0; row < mask.length; row++) if (mask[row] === 1) rows[at++] = row;
  return rows;
}

async function conditionOf(filter: RowFilter, source: RowSource): Promise<(row: number) => boolean> {
  switch (filter.kind) {
    case 'range':
      return inRange(filter, await source.values(filter.column));
    case 'values': {
      const wanted = new Set(filter.values);
      return byText(await source.values(filter.column), (text) => wanted.has(text) !== filter.out);
    }
    case 'text': {
      const sought = filter.contains.toLowerCase();
      return byText(
        await source.values(filter.column),
        (text) => (text !== null && text.toLowerCase().includes(sought)) !== filter.out,
      );
    }
    case 'class': {
      const { names, index } = source.classes();
      const wanted = Uint8Array.from(names, (name) => Number(filter.classes.includes(name) !== filter.out));
      return (row) => (index[row] < 0 ? filter.out : wanted[index[row]] === 1);
    }
    case 'group': {
      const member = new Uint8Array(source.rows);
      for (const row of source.group(filter.group)) member[row] = 1;
      const wanted = filter.out ? 0 : 1;
      return (row) => member[row] === wanted;
    }
  }
}

function inRange(filter: Extract<RowFilter, { kind: 'range' }>, values: RowValues): (row: number) => boolean {
  if (values.kind !== 'number') {
    throw invalidInput(
      `The column ${filter.column} holds no numbers: it has no range.`,
      'Filter it by its values, or by text that it contains.',
    );
  }
  const numbers = values.values;
  const from = filter.from ?? -Infinity;
  const to = filter.to ?? Infinity;
  const { missing } = filter;
  return (row) => {
    const value = numbers[row];
    return Number.isNaN(value) ? missing : value >= from && value <= to;
  };
}

/** A condition on the cell's text (null: missing): asked once per level, not once per row. */
function byText(values: RowValues, holds: (text: string | null) => boolean): (row: number) => boolean {
  const ofMissing = holds(null);
  if (values.kind === 'category') {
    const { codes, levels } = values;
    const wanted = new Uint8Array(levels.length);
    for (let code = 0; code < levels.length; code++) wanted[code] = Number(holds(levels[code]));
    return (row) => (codes[row] < 0 ? ofMissing : wanted[codes[row]] === 1);
  }
  const numbers = values.values;
  return (row) => (Number.isNaN(numbers[row]) ? ofMissing : holds(formatNumber(numbers[row])));
}
