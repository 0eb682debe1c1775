/** Values as JSON, Parquet and Arrow hold them, on their way into columns. */
import type { ColumnBuilder } from './table-columns.ts';

const DAY_MS = 86_400_000;

/**
 * Adds one value: numbers (whole ones beyond 2⁵³ as text, so that no digit is lost), texts, true and false
 * as categories, dates as days since 1970 (as a category: in ISO form), null and undefined as gaps.
 * @returns false, and adds nothing, when the value is of another kind
 */
export function addValue(builder: ColumnBuilder, value: unknown): boolean {
  if (typeof value === 'number') builder.addNumber(value);
  else if (typeof value === 'string') builder.addText(value);
  else if (value === null || value === undefined) builder.addMissing();
  else if (typeof value === 'boolean') builder.addText(value ? 'true' : 'false');
  else if (typeof value === 'bigint') {
    if (value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER) builder.addNumber(Number(value));
    else builder.addText(String(value));
  } else if (value instanceof Date) addInstant(builder, value.getTime());
  else return false;
  return true;
}

/** Milliseconds since 1970 as days. */
export function addInstant(builder: ColumnBuilder, milliseconds: number): void {
  builder.addNumber(milliseconds / DAY_MS, () => isoText(milliseconds));
}

export function isGap(value: unknown): boolean {
  return value === null || value === undefined || (typeof value === 'number' && Number.isNaN(value));
}

function isoText(milliseconds: number): string {
  const date = new Date(milliseconds);
  if (Number.isNaN(date.getTime())) return String(milliseconds);
  const text = date.toISOString();
  return milliseconds % DAY_MS === 0 ? text.slice(0, 10) : text.slice(0, 19).replace('T', ' ');
}
