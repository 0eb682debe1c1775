/** csv-parse as this program uses it: the options of every table, and its errors in sentences. */
import type { Options } from 'csv-parse';
import { invalidInput } from '../../shared/errors.ts';
import type { LeverageError } from '../../shared/errors.ts';

/** A record longer than this means an unclosed quote, not a row. */
const MAX_RECORD_BYTES = 16 << 20;

/** Rows are as wide as the first one; blank lines are skipped; any line end, a byte order mark. */
export function csvOptions(delimiter: string): Options {
  return {
    bom: true,
    delimiter,
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: MAX_RECORD_BYTES,
  };
}

/** A row that is too short or too long. */
export function raggedRow(where: string, line: number, found: number, needed: number): LeverageError {
  return invalidInput(
    `${where}, line ${line}: ${found} ${found === 1 ? 'value' : 'values'} where ${needed} are needed.`,
    'Every row needs as many values as there are columns; quote values that contain the delimiter.',
  );
}

/**
 * An error of csv-parse as a sentence with the line number.
 * @param needed values per row, for rows that have another number
 */
export function csvFailure(error: unknown, where: string, needed: number): Error {
  const { code, lines, record } = describeCsvError(error);
  if (code === 'CSV_RECORD_INCONSISTENT_FIELDS_LENGTH') return raggedRow(where, lines ?? 0, record, needed);
  const place = lines === null ? where : `${where}, line ${lines}`;
  const sentence = SENTENCES[code];
  if (sentence !== undefined) return invalidInput(`${place}: ${sentence[0]}.`, sentence[1]);
  return error instanceof Error ? error : new Error(String(error));
}

const DOUBLE_IT = 'Double a quote that is part of a value.';
const SENTENCES: Record<string, [string, string]> = {
  CSV_QUOTE_NOT_CLOSED: ['a quote is opened and never closed', `Close it. ${DOUBLE_IT}`],
  CSV_INVALID_CLOSING_QUOTE: ['something follows a closing quote', DOUBLE_IT],
  INVALID_OPENING_QUOTE: ['a quote stands in the middle of a value', DOUBLE_IT],
  CSV_MAX_RECORD_SIZE: ['a row is longer than 16 MB', 'A quote is probably opened and never closed.'],
};

function describeCsvError(error: unknown): { code: string; lines: number | null; record: number } {
  if (typeof error !== 'object' || error === null) return { code: '', lines: null, record: 0 };
  return {
    code: 'code' in error ? String(error.code) : '',
    lines: 'lines' in error && typeof error.lines === 'number' ? error.lines : null,
    record: 'record' in error && Array.isArray(error.record) ? error.record.length : 0,
  };
}
