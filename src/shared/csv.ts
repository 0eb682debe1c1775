/**
 * CSV as RFC 4180 quotes it, with bare line feeds between records: every reader takes
 * them, and a program that splits lines itself finds no stray carriage return in the last
 * column. Identifiers are written exactly as they are, also where a spreadsheet would
 * take one for a formula: other programs join on them.
 */

export type CsvValue = string | number | boolean;

/** One record with its line feed. Numbers in the shortest form that reads back to the same double; NaN is empty. */
export function csvRecord(values: readonly CsvValue[]): string {
  return values.map(csvField).join(',') + '\n';
}

function csvField(value: CsvValue): string {
  if (typeof value === 'number') return Number.isNaN(value) ? '' : String(value);
  if (typeof value === 'boolean') return String(value);
  // Outer blanks are quoted as well: some readers trim bare fields.
  return /[",\r\n]|^\s|\s$/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}
