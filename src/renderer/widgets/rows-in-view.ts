/** Which rows of a long table are in the page. Pure. */

/** Rows kept ready above and below the view, so that scrolling meets no gap. */
const MARGIN = 12;

/**
 * The rows to draw, from `first` up to but not including `end`.
 *
 * @param scroll pixels scrolled away at the top
 * @param height pixels of the view
 * @param rowHeight pixels of a row
 * @param count rows of the whole table; when they have become fewer than were scrolled past, the last ones are drawn
 */
export function rowsInView(
  scroll: number,
  height: number,
  rowHeight: number,
  count: number,
): { first: number; end: number } {
  const inView = Math.ceil(height / rowHeight);
  const top = Math.min(Math.floor(scroll / rowHeight), Math.max(0, count - inView));
  return { first: Math.max(0, top - MARGIN), end: Math.min(count, top + inView + MARGIN) };
}
