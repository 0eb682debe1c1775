/**
 * Puts rows in order by columns. Radix sort on the bits of the numbers: a comparison sort of a million rows takes
 * several times as long, and this one is stable, so that ties stay as they were.
 */
import type { RowValues } from './row-values.ts';

export interface OrderBy {
  values: RowValues;
  descending: boolean;
}

/** Above this many levels their order is by code unit; below, as people count ("q2" before "q10"). */
const MOST_COLLATED_LEVELS = 20_000;
const DIGIT = 1 << 16;

/**
 * `rows` by the first of `keys`, ties by the next, at last as they were. Missing values come last in both directions.
 * @param rows row numbers; not changed
 */
export function sortRows(rows: Int32Array, keys: readonly OrderBy[]): Int32Array {
  return keys.reduceRight((order, key) => sortByOne(order, key), rows);
}

function sortByOne(rows: Int32Array, { values, descending }: OrderBy): Int32Array {
  return values.kind === 'number'
    ? sortByNumber(rows, values.values, descending)
    : sortByLevel(rows, values.codes, levelRanks(values.levels), descending);
}

/** Four passes over 16 bits each of a number's 64, made to ascend with the number. */
function sortByNumber(rows: Int32Array, values: Float64Array, descending: boolean): Int32Array {
  const present = new Int32Array(rows.length);
  const missing: number[] = [];
  let count = 0;
  const keys = new Float64Array(rows.length);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i];
    const value = values[row];
    if (Number.isNaN(value)) {
      missing.push(row);
      continue;
    }
    present[count] = row;
    // −0 + 0 = 0: the two zeros are a tie.
    keys[count++] = value + 0;
  }
  const digits = new Uint16Array(keys.buffer);
  const words = new Uint32Array(keys.buffer);
  const invert = descending ? 0xffffffff : 0;
  for (let i = 0; i < count; i++) {
    // Little-endian: the word with the sign is the second. Negative numbers ascend with their inverted bits.
    const negative = words[2 * i + 1] >>> 31 === 1;
    words[2 * i] = (words[2 * i] ^ (negative ? 0xffffffff : 0) ^ invert) >>> 0;
    words[2 * i + 1] = (words[2 * i + 1] ^ (negative ? 0xffffffff : 0x80000000) ^ invert) >>> 0;
  }
  let order = new Int32Array(count);
  let next = new Int32Array(count);
  for (let i = 0; i < count; i++) order[i] = i;
  const starts = new Int32Array(DIGIT);
  for (let part = 0; part < 4; part++) {
    starts.fill(0);
    for (let i = 0; i < count; i++) starts[digits[4 * i + part]]++;
    // Whole numbers have nothing in their lower bits: such a pass changes nothing.
    if (count > 0 && starts[digits[part]] === count) continue;
    for (let digit = 0, start = 0; digit < DIGIT; digit++) {
      const size = starts[digit];
      starts[digit] = start;
      start += size;
    }
    for (let i = 0; i < count; i++) {
      const at = order[i];
      next[starts[digits[4 * at + part]]++] = at;
    }
    [order, next] = [next, order];
  }
  const out = new Int32Array(rows.length);
  for (let i = 0; i < count; i++) out[i] = present[order[i]];
  out.set(missing, count);
  return out;
}

/** Counting sort by the rank of a row's level. */
function sortByLevel(rows: Int32Array, codes: Int32Array, ranks: Int32Array, descending: boolean): Int32Array {
  const last = ranks.length;
  const places = new Int32Array(rows.length);
  const starts = new Int32Array(last + 1);
  for (let i = 0; i < rows.length; i++) {
    const code = codes[rows[i]];
    const place = code < 0 ? last : descending ? last - 1 - ranks[code] : ranks[code];
    places[i] = place;
    starts[place]++;
  }
  for (let level = 0, start = 0; level <= last; level++) {
    const size = starts[level];
    starts[level] = start;
    start += size;
  }
  const out = new Int32Array(rows.length);
  for (let i = 0; i < rows.length; i++) out[starts[places[i]]++] = rows[i];
  return out;
}

/** Place of each level among the levels; they come sorted by code unit. */
function levelRanks(levels: readonly string[]): Int32Array {
  const order = new Int32Array(levels.length);
  for (let code = 0; code < order.length; code++) order[code] = code;
  if (levels.length > MOST_COLLATED_LEVELS) return order;
  const { compare } = new Intl.Collator('en', { numeric: true });
  order.sort((a, b) => compare(levels[a], levels[b]) || a - b);
  const ranks = new Int32Array(levels.length);
  order.forEach((code, rank) => (ranks[code] = rank));
  return ranks;
}
