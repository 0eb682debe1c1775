/** Opens a table of whichever format: the rest of the way does not ask. */
import type { ColumnType } from '../../shared/column-types.ts';
import { openCsv } from './csv-head.ts';
import { openJsonLines } from './jsonl-table.ts';
import type { SourceFile } from './source-file.ts';
import type { TableHead } from './table-head.ts';

export const TABLE_FORMATS = ['csv', 'jsonl', 'parquet', 'arrow'] as const;
export type TableFormat = (typeof TABLE_FORMATS)[number];

export function isTableFormat(format: string): format is TableFormat {
  return (TABLE_FORMATS as readonly string[]).includes(format);
}

/**
 * @param expected column names that the caller knows of: a first line of CSV holding one is a header
 * @param types what a person chose, by column name
 * @throws LeverageError 'invalidInput' naming file and place
 */
export async function openTable(
  file: SourceFile,
  format: TableFormat,
  expected: readonly string[],
  types: ReadonlyMap<string, ColumnType>,
): Promise<TableHead> {
  if (format === 'csv') return openCsv(file, expected, types);
  if (format === 'jsonl') return openJsonLines(file, types);
  // The libraries of these formats are loaded when a file needs them.
  if (format === 'parquet') return (await import('./parquet-table.ts')).openParquet(file, types);
  return (await import('./arrow-table.ts')).openArrow(file, types);
}
