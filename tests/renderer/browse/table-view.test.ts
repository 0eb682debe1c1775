import { describe, expect, it } from 'vitest';
import type { BrowseColumn } from '../../../src/shared/browse.ts';
import { filterWords } from '../../../src/renderer/views/browse/filter-words.ts';
import {
  FIRST_VIEW,
  formatView,
  parseView,
  placedColumns,
  sortedBy,
  type TableView,
} from '../../../src/renderer/views/browse/table-view.ts';

const column = (key: string, role: BrowseColumn['role'], type: BrowseColumn['type'] = 'number'): BrowseColumn => ({
  ...{ key, role, type, about: null },
  name: `name of ${key}`,
});
const columns = [
  column('row', 'row'),
  column('c0', 'target', 'category'),
  column('c1', 'feature'),
  ...Array.from({ length: 60 }, (_, k) => column(`b${k}`, 'feature')),
  column('loss', 'model'),
];
const keys = (view: TableView, of = columns): string[] => placedColumns(view, of).map(({ key }) => key);

describe('the view of a table', () => {
  it('comes back from the address as it went in', () => {
    const view: TableView = {
      filters: [{ kind: 'range', column: 'c1', from: null, to: 3, missing: true }],
      sort: [{ column: 'c0', descending: true }],
      hidden: [],
      pinned: ['c1'],
    };
    expect(parseView(formatView(view))).toEqual(view);
    expect(formatView(FIRST_VIEW)).toBeUndefined();
    for (const broken of ['{', 'null', '[]', '{"filters":3}']) expect(parseView(broken)).toEqual(FIRST_VIEW);
  });

  it('shows what the model says after the label, pins to the left, and hides all but the first features of a block', () => {
    expect(keys(FIRST_VIEW).slice(0, 5)).toEqual(['row', 'c0', 'loss', 'c1', 'b0']);
    expect(keys(FIRST_VIEW)).toHaveLength(44);
    expect(keys({ ...FIRST_VIEW, hidden: ['c0'], pinned: ['b59', 'row'] }).slice(0, 3)).toEqual(['row', 'b59', 'loss']);
  });

  it('shows an image in the place of its pixels', () => {
    expect(keys(FIRST_VIEW, [...columns, column('image', 'feature', 'image')])).toEqual([
      'row',
      'image',
      'c0',
      'loss',
      'c1',
    ]);
  });

  it('sorts by one column up, down and no more, and with Shift by several', () => {
    const up = sortedBy([], 'a', false);
    expect(up).toEqual([{ column: 'a', descending: false }]);
    const down = sortedBy(up, 'a', false);
    expect(down).toEqual([{ column: 'a', descending: true }]);
    expect(sortedBy(down, 'a', false)).toEqual([]);
    const both = sortedBy(down, 'b', true);
    expect(both.map(({ column: name }) => name)).toEqual(['a', 'b']);
    expect(sortedBy(both, 'b', true)).toEqual([down[0], { column: 'b', descending: true }]);
    expect(sortedBy(both, 'c', false)).toEqual([{ column: 'c', descending: false }]);
  });
});

describe('a filter in words', () => {
  const words = (filter: Parameters<typeof filterWords>[0]) =>
    filterWords(filter, columns, [{ id: 'g', name: 'mine' }]);

  it('names the column, the limits and the values', () => {
    expect(words({ kind: 'range', column: 'c1', from: -1.5, to: 20, missing: true })).toBe(
      'name of c1 −1.5 to 20 or missing',
    );
    expect(words({ kind: 'range', column: 'c1', from: 2, to: null, missing: false })).toBe('name of c1 ≥ 2');
    expect(words({ kind: 'values', column: 'c0', values: ['a', null, '', 'b', 'c'], out: true })).toBe(
      'name of c0 is not a or missing or (empty) or 2 more',
    );
    expect(words({ kind: 'text', column: 'c0', contains: 'x', out: false })).toBe('name of c0 contains “x”');
    expect(words({ kind: 'class', classes: ['yes'], out: false })).toBe('class is yes');
    expect(words({ kind: 'group', group: 'g', out: true })).toBe('not in “mine”');
    expect(words({ kind: 'group', group: 'gone', out: false })).toBe('in “a deleted group”');
  });
});
