import { describe, expect, it } from 'vitest';
import {
  headlineCorrelation,
  matchesSearch,
  shownStudies,
  tagCounts,
  whyNoCurve,
  whyNotTwo,
} from '../../src/renderer/views/history/history-rows.ts';
import type { Agreement, StudySummary } from '../../src/shared/study.ts';

const agreement = (estimator: Agreement['estimator'], groupsSet: Agreement['groups'], spearman: number) =>
  ({ estimator, groups: groupsSet, spearman }) as Agreement;

const study = (id: string, more: Partial<StudySummary> = {}) =>
  ({
    id,
    name: `Study ${id}`,
    datasetName: 'Diabetes',
    datasetId: 'd',
    status: 'done',
    tags: [],
    note: '',
    pinned: false,
    relativeL2: 1e-3,
    ...more,
  }) as unknown as StudySummary;

const ids = (studies: StudySummary[]) => studies.map(({ id }) => id).join(' ');

describe('the history', () => {
  it('shows the span of influence’s correlations over all groups', () => {
    expect(
      headlineCorrelation([
        agreement('influence', 'all', 0.9),
        agreement('influence', 'all', 0.99),
        agreement('newton', 'all', 0.1),
        agreement('influence', 'random', 0.2),
        agreement('influence', 'all', NaN),
      ]),
    ).toEqual([0.9, 0.99]);
    expect(headlineCorrelation([])).toBeNull();
  });

  it('finds by any words of name, dataset, status, tags and note', () => {
    const night = study('a', {
      name: 'Night run',
      status: 'interrupted',
      tags: ['λ sweep'],
      note: 'before the fix of the scaling',
    });
    expect(matchesSearch(night, 'diab inter')).toBe(true);
    expect(matchesSearch(night, 'sweep scaling')).toBe(true);
    expect(matchesSearch(night, 'night cancer')).toBe(false);
    expect(matchesSearch(night, '')).toBe(true);
  });

  it('lists pinned studies first and otherwise keeps the order', () => {
    const studies = [study('a'), study('b', { pinned: true }), study('c'), study('d', { pinned: true })];
    expect(ids(shownStudies(studies, '', new Set()))).toBe('b d a c');
  });

  it('keeps the studies that have every tag asked for', () => {
    const studies = [study('a', { tags: ['x', 'y'] }), study('b', { tags: ['x'] }), study('c')];
    expect(ids(shownStudies(studies, '', new Set(['x'])))).toBe('a b');
    expect(ids(shownStudies(studies, '', new Set(['x', 'y'])))).toBe('a');
    expect(tagCounts(studies)).toEqual([
      { tag: 'x', count: 2 },
      { tag: 'y', count: 1 },
    ]);
  });

  it('says why studies can not be set against each other', () => {
    const [a, b] = [study('a'), study('b', { relativeL2: 1e-2 })];
    expect(whyNotTwo([a])).toContain('two studies');
    expect(whyNotTwo([a, b])).toBeNull();
    expect(whyNoCurve([a])).toContain('two or more');
    expect(whyNoCurve([a, study('c', { datasetId: 'other' })])).toContain('different data');
    expect(whyNoCurve([a, study('c')])).toContain('same λ/n');
    expect(whyNoCurve([a, b])).toBeNull();
  });
});
