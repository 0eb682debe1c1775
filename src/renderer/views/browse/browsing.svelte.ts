/** One open table of rows: what is asked of the engine, what has come of it, and the steps between. */
import { untrack } from 'svelte';
import type { BrowseColumns, BrowsePage, Cells, ColumnHead, RowFilter, RowQuery } from '../../../shared/browse.ts';
import { toFailure, type Failure } from '../../../shared/errors.ts';
import type { StudySummary } from '../../../shared/study.ts';
import { EditHistory, edits } from '../../state/edit-history.svelte.ts';
import { route } from '../../state/route.svelte.ts';
import { session } from '../../state/session.svelte.ts';
import {
  FIRST_VIEW,
  formatView,
  parseView,
  placedColumns,
  sameView,
  type PlacedColumn,
  type TableView,
} from './table-view.ts';

/** Rows fetched at a time. */
const PAGE_ROWS = 100;
/** Pages kept; those left farthest behind go first. */
const PAGES_KEPT = 40;
/** Heads fetched at a time, so that the first ones are there at once. */
const HEADS_AT_ONCE = 12;
/** Scrolling is over when the rows in view are the same for this long. */
const SETTLED_MS = 40;

export interface BrowsedRow {
  row: number;
  label: string;
  cell(key: string): number | string | Uint8Array | null;
}

/** Made while a component starts, whose effects keep it up to date. */
export class Browsing {
  readonly dataset: string;
  view = $state.raw<TableView>(FIRST_VIEW);
  columns = $state.raw<BrowseColumns | null>(null);
  heads = $state.raw<Readonly<Record<string, ColumnHead>>>({});
  total = $state(0);
  kept = $state(0);
  failure = $state.raw<Failure | null>(null);
  /** What is shown is not yet what was asked for. */
  waiting = $state(true);
  #pages = $state.raw<ReadonlyMap<number, BrowsePage>>(new Map());
  /** Counts the questions: answers to earlier ones are not shown. */
  #asked = 0;
  #underWay = new Set<number>();
  #settle: ReturnType<typeof setTimeout> | undefined;
  #inView = { first: 0, end: PAGE_ROWS };
  /** Keys of the columns whose cells were asked for last: a column that is hidden again costs no new question. */
  #fetched: readonly string[] = [];
  readonly history: EditHistory<TableView>;

  readonly split = $derived<'train' | 'test'>(route.place.options['split'] === 'test' ? 'test' : 'train');
  /** Fitted studies of the dataset, latest first. */
  readonly studies = $derived.by((): StudySummary[] =>
    (session.studies ?? []).filter((study) => study.datasetId === this.dataset && study.testAccuracy !== null),
  );
  readonly study = $derived.by((): string | null => {
    const wanted = route.place.options['study'];
    return this.studies.some(({ id }) => id === wanted) ? (wanted ?? null) : null;
  });
  readonly point = $derived.by((): number | null => {
    const wanted = route.place.options['point'];
    return this.study !== null && wanted !== undefined && /^\d+$/.test(wanted) ? Number(wanted) : null;
  });
  readonly all = $derived.by((): PlacedColumn[] =>
    placedColumns({ ...this.view, hidden: [] }, this.columns?.columns ?? []),
  );
  /** Influence is that of training rows on a chosen test row. */
  readonly shown = $derived.by((): PlacedColumn[] =>
    placedColumns(this.view, this.columns?.columns ?? []).filter(
      ({ key }) => key !== 'influence' || (this.split === 'train' && this.point !== null),
    ),
  );
  readonly query = $derived.by((): RowQuery => ({
    dataset: this.dataset,
    split: this.split,
    filters: [...this.view.filters],
    sort: [...this.view.sort],
    study: this.study,
    point: this.point,
  }));
  readonly #queryKey = $derived(JSON.stringify(this.query));
  readonly #rowsKey = $derived(JSON.stringify({ ...this.query, sort: [] }));
  readonly #keys = $derived(this.shown.map(({ key }) => key).filter((key) => key !== 'row'));

  constructor(dataset: string) {
    this.dataset = dataset;
    this.view = untrack(() => parseView(route.place.options['view']));
    this.history = new EditHistory<TableView>({
      start: untrack(() => this.view),
      apply: (view) => this.#show(view),
      same: sameView,
      inFields: false,
    });
    $effect(() => edits.open(this.history));
    this.#fetchColumns();
    $effect(() => {
      void this.#queryKey;
      void session.groupRevision;
      const keys = this.#keys;
      if (this.columns !== null && keys.length > 0) untrack(() => this.#ask(keys));
    });
    $effect(() => {
      void this.#rowsKey;
      void session.groupRevision;
      const keys = this.#keys;
      if (this.columns === null) return;
      let stale = false;
      untrack(() => void this.#fetchHeads(keys, () => stale));
      return () => (stale = true);
    });
  }

  /** A step that can be undone. */
  change(change: Partial<TableView>): void {
    this.#show({ ...this.view, ...change });
    this.history.record(this.view);
  }

  setFilter(filter: RowFilter, at: number | null): void {
    const { filters } = this.view;
    this.change({
      filters: at === null ? [...filters, filter] : filters.map((old, index) => (index === at ? filter : old)),
    });
  }

  /** The row at a position of the order; null while it is being fetched. */
  at(position: number): BrowsedRow | null {
    const page = this.#pages.get(Math.floor(position / PAGE_ROWS));
    const index = position % PAGE_ROWS;
    const row = page?.rows[index];
    if (page === undefined || row === undefined) return null;
    return {
      row,
      label: page.labels[index] ?? '',
      cell: (key) => (key === 'row' ? row : cellAt(page.cells[key], index)),
    };
  }

  /** Tells which rows are in view. */
  want(first: number, end: number): void {
    this.#inView = { first, end };
    clearTimeout(this.#settle);
    this.#settle = setTimeout(() => this.#fetchInView(), SETTLED_MS);
  }

  retry(): void {
    this.failure = null;
    if (this.columns === null) void this.#loadColumns(this.study);
    else this.#ask(this.#keys);
  }

  #show(view: TableView): void {
    this.view = view;
    route.choose({ view: formatView(view) });
  }

  #fetchColumns(): void {
    $effect(() => {
      const study = this.study;
      // Before the studies are known nobody can tell whether the one in the address is there.
      if (session.studies === null) return;
      untrack(() => void this.#loadColumns(study));
    });
  }

  async #loadColumns(study: string | null): Promise<void> {
    try {
      const found = await session.call('browse.columns', { dataset: this.dataset, study });
      if (this.study !== study) return;
      this.failure = null;
      this.columns = found;
      this.#forgetMissing(new Set(found.columns.map(({ key }) => key)));
    } catch (thrown) {
      if (this.study === study) [this.failure, this.waiting] = [toFailure(thrown), false];
    }
  }

  /** Filters and order by columns that are not there any more, such as a study's, are given up. */
  #forgetMissing(known: ReadonlySet<string>): void {
    const usable = (key: string): boolean =>
      known.has(key) && (key !== 'influence' || (this.point !== null && this.split === 'train'));
    const filters = this.view.filters.filter((filter) =>
      'column' in filter ? usable(filter.column) : filter.kind !== 'group' || this.split === 'train',
    );
    const sort = this.view.sort.filter(({ column }) => usable(column));
    if (filters.length === this.view.filters.length && sort.length === this.view.sort.length) return;
    this.#show({ ...this.view, filters, sort });
    this.history.replace(this.view);
  }

  /** What another split, study or point makes impossible is given up before anything is asked. */
  choose(changes: Record<string, string | undefined>): void {
    route.choose(changes);
    if (this.columns !== null) this.#forgetMissing(new Set(this.columns.columns.map(({ key }) => key)));
  }

  #lastQuery = '';

  #ask(keys: readonly string[]): void {
    const same = this.#lastQuery === `${this.#queryKey} ${session.groupRevision}`;
    if (same && this.failure === null && keys.every((key) => this.#fetched.includes(key))) return;
    this.#lastQuery = `${this.#queryKey} ${session.groupRevision}`;
    this.#fetched = keys;
    this.#asked += 1;
    this.#underWay.clear();
    this.waiting = true;
    this.#fetchInView();
  }

  #fetchInView(): void {
    const { first, end } = this.#inView;
    for (let page = Math.floor(first / PAGE_ROWS); page * PAGE_ROWS < Math.max(end, 1); page++) {
      const there = !this.waiting && this.#pages.has(page);
      if (!there && !this.#underWay.has(page)) void this.#fetchPage(page, this.#asked);
    }
  }

  async #fetchPage(page: number, asked: number): Promise<void> {
    this.#underWay.add(page);
    try {
      const answer = await session.call('browse.rows', {
        ...this.query,
        columns: [...this.#fetched],
        offset: page * PAGE_ROWS,
        limit: PAGE_ROWS,
      });
      if (asked !== this.#asked) return;
      // The first answer to a new question takes the place of all that was shown for the one before.
      const pages = new Map(this.waiting ? [] : this.#pages);
      pages.set(page, answer);
      for (const old of pages.keys()) {
        if (pages.size <= PAGES_KEPT) break;
        if (old !== page) pages.delete(old);
      }
      this.#pages = pages;
      [this.total, this.kept, this.failure, this.waiting] = [answer.total, answer.kept, null, false];
    } catch (thrown) {
      if (asked === this.#asked) [this.failure, this.waiting] = [toFailure(thrown), false];
    } finally {
      if (asked === this.#asked) this.#underWay.delete(page);
    }
  }

  async #fetchHeads(keys: readonly string[], stale: () => boolean): Promise<void> {
    const { sort: _order, ...rows } = this.query;
    for (let start = 0; start < keys.length && !stale(); start += HEADS_AT_ONCE) {
      try {
        const part = keys.slice(start, start + HEADS_AT_ONCE);
        const heads = await session.call('browse.heads', { ...rows, columns: part });
        if (!stale()) this.heads = { ...this.heads, ...Object.fromEntries(heads.map((head) => [head.key, head])) };
      } catch {
        // The rows of the same question say what is wrong.
        return;
      }
    }
  }
}

function cellAt(cells: Cells | undefined, index: number): number | string | Uint8Array | null {
  return cells?.values[index] ?? null;
}
