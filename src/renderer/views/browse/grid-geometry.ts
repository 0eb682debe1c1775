/** Which part of a large table is in view, vertically and horizontally. Pure. */

/** A browser lays out no element higher than about 33 million pixels; a longer table scrolls in larger steps. */
const MOST_PIXELS = 30_000_000;
/** Rows and columns kept ready outside the view. */
const ROW_MARGIN = 8;

export interface RowWindow {
  /** Rows first … end − 1 are drawn. */
  first: number;
  end: number;
  /** Pixels from the top of the table to row `first`. */
  offset: number;
  /** Pixels of the whole table. */
  height: number;
}

/** @param view pixels of the view without the head */
export function rowWindow(scrollTop: number, view: number, rowHeight: number, count: number): RowWindow {
  const natural = count * rowHeight;
  const height = Math.min(natural, MOST_PIXELS);
  const inView = Math.ceil(view / rowHeight) + 1;
  const top = exactTop(scrollTop, view, rowHeight, count);
  const first = Math.max(0, Math.floor(top) - ROW_MARGIN);
  const end = Math.min(count, Math.floor(top) + inView + ROW_MARGIN);
  return { first, end, offset: scrollTop - (top - first) * rowHeight, height };
}

/** Where to scroll so that `row` is in view, moving as little as possible. */
export function scrollToRow(row: number, scrollTop: number, view: number, rowHeight: number, count: number): number {
  const top = exactTop(scrollTop, view, rowHeight, count);
  const visible = view / rowHeight;
  const wanted = row < top ? row : row + 1 > top + visible ? row + 1 - visible : top;
  if (wanted === top) return scrollTop;
  const most = Math.max(0, count - visible);
  const scrolls = Math.max(0, Math.min(count * rowHeight, MOST_PIXELS) - view);
  return most === 0 ? 0 : (Math.min(most, Math.max(0, wanted)) / most) * scrolls;
}

/** The row at the top of the view, with the part of it that is scrolled away. */
function exactTop(scrollTop: number, view: number, rowHeight: number, count: number): number {
  const scrolls = Math.max(0, Math.min(count * rowHeight, MOST_PIXELS) - view);
  const most = Math.max(0, count - view / rowHeight);
  if (scrolls === 0) return 0;
  return Math.min(1, Math.max(0, scrollTop / scrolls)) * most;
}

export interface ColumnWindow {
  /** Columns first … end − 1 are drawn. */
  first: number;
  end: number;
  /** Pixels of the columns before `first`, and of those from `end` on. */
  before: number;
  after: number;
}

/** @param widths of the columns that scroll */
export function columnWindow(scrollLeft: number, view: number, widths: readonly number[]): ColumnWindow {
  const margin = 200;
  let first = 0;
  let before = 0;
  while (first < widths.length && before + (widths[first] ?? 0) < scrollLeft - margin) before += widths[first++] ?? 0;
  let end = first;
  let right = before;
  while (end < widths.length && right < scrollLeft + view + margin) right += widths[end++] ?? 0;
  let after = 0;
  for (let at = end; at < widths.length; at++) after += widths[at] ?? 0;
  return { first, end, before, after };
}
