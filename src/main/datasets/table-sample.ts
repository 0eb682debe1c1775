/** The first rows of a typed table, as columns and as the texts that a preview shows. */
import type { ColumnType } from '../../shared/column-types.ts';
import type { Column } from '../../shared/dataset.ts';
import { cellText } from './row-details.ts';
import { columnBuilder } from './table-columns.ts';
import type { ColumnBuilder } from './table-columns.ts';
import { builtAs } from './table-reader.ts';

/** @param fill adds the first `count` values of a column */
export function sampleOf(
  names: readonly string[],
  types: ReadonlyMap<string, ColumnType>,
  file: string,
  count: number,
  fill: (builder: ColumnBuilder, name: string, index: number) => void,
): { sample: Column[]; rows: string[][] } {
  const sample = names.map((name, index) => {
    const builder = columnBuilder(name, builtAs(types.get(name)), { file, unit: 'row', number: 0 });
    fill(builder, name, index);
    return builder.build('feature');
  });
  const rows = Array.from({ length: count }, (_, row) => sample.map((column) => cellText(column, row)));
  return { sample, rows };
}
