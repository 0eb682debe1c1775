/** How a number stands in the table of rows. Pure. */
import { formatCount, formatNumber } from '../../../shared/format.ts';

/** Whole numbers in full, for rounded a row number or a code would be another one; others to `digits` digits. */
export function cellNumber(value: number, digits = 4): string {
  if (Number.isNaN(value)) return '';
  return Number.isInteger(value) && Math.abs(value) < 1e9 ? formatCount(value) : formatNumber(value, digits);
}
