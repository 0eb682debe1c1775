/** Sets of training rows: how they were chosen, and how a new choice is joined to the one before. Pure. */

export interface RowSelection {
  /** Ascending, each once. */
  rows: Int32Array;
  /** How they were chosen, in words: "outline in loss and influence", "group “random 12”". */
  how: string;
}

export const NO_ROWS: RowSelection = { rows: new Int32Array(0), how: '' };

export const COMBINATIONS = ['replace', 'add', 'remove', 'keep'] as const;
/** keep: only the rows that are in both. */
export type Combination = (typeof COMBINATIONS)[number];

export function combined(base: RowSelection, next: RowSelection, how: Combination): RowSelection {
  if (how === 'replace' || (how === 'add' && base.rows.length === 0)) return next;
  const inNext = new Set(next.rows);
  const inBase = new Set(base.rows);
  const [rows, word] =
    how === 'add'
      ? [[...base.rows, ...next.rows.filter((row) => !inBase.has(row))], 'with']
      : how === 'remove'
        ? [[...base.rows].filter((row) => !inNext.has(row)), 'without']
        : [[...base.rows].filter((row) => inNext.has(row)), 'and in'];
  return { rows: Int32Array.from(rows).sort(), how: shortened(`${base.how} ${word} ${next.how}`) };
}

export function sameSelection(a: RowSelection, b: RowSelection): boolean {
  return a.rows.length === b.rows.length && a.rows.every((row, k) => row === b.rows[k]);
}

const MOST_LETTERS = 160;

function shortened(text: string): string {
  return text.length <= MOST_LETTERS ? text : `${text.slice(0, MOST_LETTERS - 1)}…`;
}

/** "3–5, 9" of ascending rows; at most `most` ranges, then "…". */
export function rowRanges(rows: Int32Array, most = 40): string {
  const parts: string[] = [];
  for (let k = 0; k < rows.length;) {
    let end = k;
    while (end + 1 < rows.length && rows[end + 1] === rows[end]! + 1) end++;
    parts.push(end === k ? String(rows[k]) : `${rows[k]}–${rows[end]}`);
    if (parts.length === most && end + 1 < rows.length) return `${parts.join(', ')}, …`;
    k = end + 1;
  }
  return parts.join(', ');
}
