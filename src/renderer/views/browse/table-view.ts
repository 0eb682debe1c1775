/** How the table of rows is looked at: filters, order, columns. As the URL keeps it, and as undo goes through it. Pure. */
import type { BrowseColumn, RowFilter, SortKey } from '../../../shared/browse.ts';

export interface TableView {
  filters: readonly RowFilter[];
  sort: readonly SortKey[];
  /** Keys of the columns that are not shown; null: as at first. */
  hidden: readonly string[] | null;
  /** Keys of the columns that stay in view; null: as at first. */
  pinned: readonly string[] | null;
}

export const FIRST_VIEW: TableView = { filters: [], sort: [], hidden: null, pinned: null };

/** Features of a wide block that are shown at first. */
const FEATURES_AT_FIRST = 40;

export function formatView(view: TableView): string | undefined {
  const parts = Object.entries(view).filter(([, value]) => value !== null && (value as unknown[]).length > 0);
  // An emptied list of hidden or pinned columns differs from the first view.
  for (const key of ['hidden', 'pinned'] as const) if (view[key]?.length === 0) parts.push([key, []]);
  return parts.length === 0 ? undefined : JSON.stringify(Object.fromEntries(parts));
}

/** Anything unreadable leads to the first view rather than to an error. */
export function parseView(text: string | undefined): TableView {
  if (text === undefined) return FIRST_VIEW;
  try {
    const value = JSON.parse(text) as Partial<TableView> | null;
    const list = <T>(given: readonly T[] | null | undefined): readonly T[] | null =>
      Array.isArray(given) ? given : null;
    return {
      filters: list(value?.filters) ?? [],
      sort: list(value?.sort) ?? [],
      hidden: list(value?.hidden),
      pinned: list(value?.pinned),
    };
  } catch {
    return FIRST_VIEW;
  }
}

export function sameView(a: TableView, b: TableView): boolean {
  return formatView(a) === formatView(b);
}

export interface PlacedColumn extends BrowseColumn {
  pinned: boolean;
  width: number;
}

/** Row number and image stay in view at first; the pixels of an image, and features beyond the first, are hidden. */
export function hiddenKeys(view: TableView, columns: readonly BrowseColumn[]): readonly string[] {
  if (view.hidden !== null) return view.hidden;
  const image = columns.some(({ type }) => type === 'image');
  return columns
    .map(({ key }) => key)
    .filter((key) => key.startsWith('b') && (image || Number(key.slice(1)) >= FEATURES_AT_FIRST));
}

export function pinnedKeys(view: TableView): readonly string[] {
  return view.pinned ?? ['row', 'image'];
}

/** The columns that are shown, pinned ones first; what a model says comes right after the label. */
export function placedColumns(view: TableView, columns: readonly BrowseColumn[]): PlacedColumn[] {
  const hidden = new Set(hiddenKeys(view, columns));
  const pinned = new Set(pinnedKeys(view));
  const rank = ({ key, role }: BrowseColumn): number =>
    key === 'row' ? 0 : key === 'image' ? 1 : role === 'target' ? 2 : role === 'model' ? 3 : 4;
  return columns
    .filter(({ key }) => !hidden.has(key))
    .map((column) => ({ ...column, pinned: pinned.has(column.key), width: widthOf(column) }))
    .sort((a, b) => Number(b.pinned) - Number(a.pinned) || rank(a) - rank(b));
}

function widthOf({ key, type }: BrowseColumn): number {
  if (key === 'row') return 92;
  if (key === 'influence') return 164;
  return { number: 136, category: 148, text: 340, image: 84 }[type];
}

/** A click sorts by the column, ascending, then descending, then no more; with Shift beside the others. */
export function sortedBy(sort: readonly SortKey[], column: string, beside: boolean): SortKey[] {
  const known = sort.find((key) => key.column === column);
  const rest = beside ? sort.filter((key) => key.column !== column) : [];
  if (known?.descending === true && (beside || sort.length === 1)) return rest;
  const next = { column, descending: known !== undefined && (beside || sort.length === 1) && !known.descending };
  if (beside && known !== undefined) return sort.map((key) => (key.column === column ? next : key));
  return [...rest, next].slice(-4);
}
