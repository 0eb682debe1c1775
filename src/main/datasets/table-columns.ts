/**
 * Columns built cell by cell, in bounded memory: a column is taken for numbers until a
 * cell says otherwise. Texts of few distinct values are remembered beside the numbers,
 * so that the column can still become a category; a column of many distinct numbers
 * forgets them, and needs the file again if it turns out to be text.
 */
import type { CategoryColumn, Column, ColumnRole } from '../../shared/dataset.ts';
import { invalidInput } from '../../shared/errors.ts';
import { NOWHERE, placeName } from './table-head.ts';
import type { Place } from './table-head.ts';

export type ColumnKind = Column['kind'];

export interface ColumnBuilder {
  readonly name: string;
  /** A cell of a text file: numbers are spelled, gaps are written as "", "NA", "?" … */
  add(cell: string): void;
  /** A number of a typed source; `text` is how it reads where the column is a category (a date, say). NaN is a gap. */
  addNumber(value: number, text?: () => string): void;
  /** A text of a typed source, taken as it is: "" and "?" are values. */
  addText(text: string): void;
  addMissing(): void;
  /** What the cells so far say; 'unknown' when text turned up after the texts were forgotten: read again as category. */
  kind(): ColumnKind | 'unknown';
  build(role: ColumnRole): Column;
}

const MISSING_TEXTS: ReadonlySet<string> = new Set(['', '?', 'NA', 'N/A', 'NaN', 'nan', 'null', 'NULL']);
/** Distinct texts a numeric column remembers. */
const REMEMBERED_TEXTS = 4096;
const FIRST_CHUNK = 64;
const LAST_CHUNK = 1 << 16;

/** Whether a cell stands for "no value". */
export function isMissing(cell: string): boolean {
  return cell.length <= 4 && MISSING_TEXTS.has(cell);
}

/** Without surrounding white space; most cells have none. */
export function trimmed(cell: string): string {
  const last = cell.length - 1;
  return last >= 0 && (cell.charCodeAt(0) <= 32 || cell.charCodeAt(last) <= 32) ? cell.trim() : cell;
}

/** The decimal number a trimmed, non-missing cell spells exactly, or null: hexadecimal, and integers that no double spells, are text. */
export function parseNumber(cell: string): number | null {
  const value = Number(cell);
  if (Number.isNaN(value)) return null;
  if (cell.length > 1 && cell.charCodeAt(1) > 57 && cell.charCodeAt(0) === 48 && !/^0[eE]/.test(cell)) return null;
  if (cell.length > 15 && !Number.isSafeInteger(value) && /^[+-]?\d+$/.test(cell)) {
    // Digits beyond 2⁵³: a number only if the double spells the same digits, else an identifier that would lose its last ones.
    return String(value) === cell.replace(/^\+/, '') ? value : null;
  }
  return value;
}

/**
 * A builder for one column.
 * @param forced the kind, when an earlier reading found it or a person chose it; null to find out
 * @param place where the reader is, to say which cell is no number where only numbers may be
 */
export function columnBuilder(name: string, forced: ColumnKind | null, place: Place = NOWHERE): ColumnBuilder {
  let numbers: ChunkedFloats | null = forced === 'category' ? null : new ChunkedFloats();
  let texts: TextCodes | null = forced === 'number' ? null : new TextCodes();

  function addMissing(): void {
    numbers?.add(NaN);
    texts?.addMissing();
  }
  function remember(text: string): void {
    if (texts === null) return;
    texts.add(text);
    if (numbers !== null && texts.distinct > REMEMBERED_TEXTS) texts = null;
  }
  function addText(text: string, value: number | null): void {
    if (numbers !== null) {
      if (value !== null) numbers.add(value);
      else if (forced === 'number') throw notANumber(name, text, place);
      else numbers = null;
    }
    remember(text);
  }

  return {
    name,
    add(cell) {
      const text = trimmed(cell);
      if (isMissing(text)) addMissing();
      else addText(text, numbers === null ? null : parseNumber(text));
    },
    addNumber(value, text) {
      if (Number.isNaN(value)) {
        addMissing();
        return;
      }
      numbers?.add(value);
      if (texts !== null) remember(text === undefined ? String(value) : text());
    },
    addText(text) {
      // A text is no number, even where it spells one: only a person can say that it is meant as one.
      const spelled = forced === 'number' ? trimmed(text) : '';
      if (forced === 'number' && isMissing(spelled)) addMissing();
      else addText(text, forced === 'number' ? parseNumber(spelled) : null);
    },
    addMissing,
    kind: () => (numbers !== null ? 'number' : texts !== null ? 'category' : 'unknown'),
    build(role) {
      if (numbers !== null) return { kind: 'number', name, role, values: numbers.take() };
      return (texts ?? new TextCodes()).build(name, role);
    },
  };
}

function notANumber(name: string, text: string, place: Place): Error {
  const shown = text.length > 40 ? `${text.slice(0, 40)}…` : text;
  return invalidInput(
    `${placeName(place)}: "${shown}" in column "${name}" is not a number.`,
    'Make the column a category, or correct the cell.',
  );
}

/** A category column of given texts, null = missing. Empty strings and "?" of a typed source are values, not gaps. */
export function categoryFromStrings(name: string, role: ColumnRole, texts: readonly (string | null)[]): CategoryColumn {
  const codes = new TextCodes();
  for (const text of texts) {
    if (text === null) codes.addMissing();
    else codes.add(text);
  }
  return codes.build(name, role);
}

class ChunkedFloats {
  private readonly full: Float64Array[] = [];
  private current = new Float64Array(FIRST_CHUNK);
  private used = 0;

  add(value: number): void {
    if (this.used === this.current.length) {
      this.full.push(this.current);
      this.current = new Float64Array(nextChunk(this.current.length));
      this.used = 0;
    }
    this.current[this.used++] = value;
  }

  take(): Float64Array {
    return joined(this.full, this.current.subarray(0, this.used), (length) => new Float64Array(length));
  }
}

class TextCodes {
  private readonly codeOf = new Map<string, number>();
  private readonly full: Int32Array[] = [];
  private current = new Int32Array(FIRST_CHUNK);
  private used = 0;

  get distinct(): number {
    return this.codeOf.size;
  }

  add(text: string): void {
    let code = this.codeOf.get(text);
    if (code === undefined) {
      code = this.codeOf.size;
      this.codeOf.set(text, code);
    }
    this.push(code);
  }

  addMissing(): void {
    this.push(-1);
  }

  /** Levels sorted by code unit. */
  build(name: string, role: ColumnRole): CategoryColumn {
    const codes = joined(this.full, this.current.subarray(0, this.used), (length) => new Int32Array(length));
    const levels = [...this.codeOf.keys()].sort();
    const sortedCode = new Int32Array(levels.length);
    levels.forEach((level, code) => (sortedCode[this.codeOf.get(level) ?? 0] = code));
    for (let row = 0; row < codes.length; row++) if (codes[row] >= 0) codes[row] = sortedCode[codes[row]];
    return { kind: 'category', name, role, codes, levels };
  }

  private push(code: number): void {
    if (this.used === this.current.length) {
      this.full.push(this.current);
      this.current = new Int32Array(nextChunk(this.current.length));
      this.used = 0;
    }
    this.current[this.used++] = code;
  }
}

/** Short at first (a table may have thousands of columns), longer as the column grows. */
function nextChunk(length: number): number {
  return Math.min(LAST_CHUNK, 2 * length);
}

/** Empties `full` as it goes, so that the column is not in memory twice. */
function joined<T extends Float64Array | Int32Array>(full: T[], current: T, make: (length: number) => T): T {
  const target = make(full.reduce((sum, chunk) => sum + chunk.length, current.length));
  let offset = 0;
  full.reverse();
  for (let chunk = full.pop(); chunk !== undefined; chunk = full.pop()) {
    target.set(chunk, offset);
    offset += chunk.length;
  }
  target.set(current, offset);
  return target;
}
