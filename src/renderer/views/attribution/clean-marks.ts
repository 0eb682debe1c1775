/** Decisions about suspect rows: dropped (null) or given another class. Immutable; pure. */
import type { CleanResult, Ranking, RowMark } from '../../../shared/attribution.ts';

export type Marks = ReadonlyMap<number, number | null>;

export const NO_MARKS: Marks = new Map();

/** `label` undefined: the row is kept as it is. A row's own class is no change. */
export function marked(marks: Marks, row: number, label: number | null | undefined, own: number): Marks {
  const next = new Map(marks);
  if (label === undefined || label === own) next.delete(row);
  else next.set(row, label);
  return next;
}

/** The first `count` suspects: dropped, or given the class that the model sees, where that is another. */
export function markFirst(
  marks: Marks,
  order: Int32Array,
  count: number,
  how: 'drop' | 'relabel',
  { labels, predicted }: Pick<CleanResult, 'labels' | 'predicted'>,
): Marks {
  const next = new Map(marks);
  for (const row of order.subarray(0, count)) {
    if (how === 'drop') next.set(row, null);
    else if (predicted[row] !== labels[row]) next.set(row, predicted[row]!);
  }
  return next;
}

/** Rows most suspect first, equal ones by row number. */
export function suspectOrder({ suspicion }: Pick<Ranking, 'suspicion'>): Int32Array {
  if (suspicion === null) return new Int32Array(0);
  return Int32Array.from(suspicion.keys()).sort((a, b) => suspicion[b]! - suspicion[a]! || a - b);
}

export function sameMarks(a: Marks, b: Marks): boolean {
  return a.size === b.size && [...a].every(([row, label]) => b.has(row) && b.get(row) === label);
}

export function marksToSend(marks: Marks): RowMark[] {
  return [...marks].sort(([a], [b]) => a - b).map(([row, label]) => ({ row, label }));
}

export function marksOf(sent: readonly RowMark[]): Marks {
  return new Map(sent.map(({ row, label }) => [row, label]));
}

export function countMarks(marks: Marks): { dropped: number; relabelled: number } {
  const dropped = [...marks.values()].filter((label) => label === null).length;
  return { dropped, relabelled: marks.size - dropped };
}

/** Of the marks of each run while the window is open: leaving the view loses none. */
export const marksByRun = new Map<string, Marks>();
