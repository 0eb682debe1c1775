import { describe, expect, it } from 'vitest';
import { openStore } from '../../src/main/store/index.ts';
import type { Agreement } from '../../src/shared/study.ts';
import { failureOf } from './failure-of.ts';
import { studyToKeep, withStudy } from './kept-things.ts';
import { temporaryStoreFile } from './temporary-store.ts';

const agreement = (spearman: number, more: Partial<Agreement> = {}): Agreement => ({
  quantity: 'loss',
  target: '3',
  estimator: 'influence',
  groups: 'all',
  count: 10,
  skipped: 0,
  spearman,
  pearson: spearman,
  slope: 1,
  underestimated: 0.5,
  sameSign: 1,
  ...more,
});

describe('what a person writes beside a study', () => {
  it('is empty at first', () => {
    const store = withStudy(openStore(temporaryStoreFile()));
    expect(store.studies.get('s')).toMatchObject({ tags: [], note: '', pinned: false });
    store.close();
  });

  it('is kept over a restart, and what is left out stays as it was', () => {
    const file = temporaryStoreFile();
    const store = withStudy(openStore(file));
    store.studies.annotate('s', { tags: ['baseline', 'λ sweep'], note: 'first look' });
    store.studies.annotate('s', { pinned: true });
    store.close();
    const again = openStore(file);
    expect(again.studies.list()[0]).toMatchObject({ tags: ['baseline', 'λ sweep'], note: 'first look', pinned: true });
    again.studies.annotate('s', { tags: [], pinned: false });
    expect(again.studies.get('s')).toMatchObject({ tags: [], note: 'first look', pinned: false });
    again.close();
  });

  it('has no empty tags and no tag twice, whatever its capitals', () => {
    const store = withStudy(openStore(temporaryStoreFile()));
    store.studies.annotate('s', { tags: [' Draft ', '', 'draft', 'paper'] });
    expect(store.studies.get('s').tags).toEqual(['Draft', 'paper']);
    store.close();
  });

  it('can not be written beside a study that is not there or is deleted', () => {
    const store = withStudy(openStore(temporaryStoreFile()));
    expect(failureOf(() => store.studies.annotate('none', { pinned: true }))).toMatchObject({ kind: 'notFound' });
    store.studies.hide('s', '2026-01-02T00:00:00.000Z');
    expect(failureOf(() => store.studies.annotate('s', { pinned: true }))).toMatchObject({ kind: 'notFound' });
    store.studies.unhide('s');
    store.studies.annotate('s', { pinned: true });
    expect(store.studies.get('s').pinned).toBe(true);
    store.close();
  });
});

describe('agreements in the store', () => {
  it('come back as they went in, undefined correlations included, for the groups they were computed over', () => {
    const store = withStudy(openStore(temporaryStoreFile()));
    const list = [agreement(0.98), agreement(NaN, { target: '4' })];
    expect(store.agreements.load('s', 10)).toBeNull();
    store.agreements.keep('s', 10, list);
    expect(store.agreements.load('s', 10)).toEqual(list);
    expect(store.agreements.load('s', 12)).toBeNull();
    store.close();
  });

  it('give the list of studies the range of influence’s correlation over all groups', () => {
    const store = withStudy(openStore(temporaryStoreFile()));
    store.studies.add(studyToKeep('other', 'd'));
    store.agreements.keep('s', 10, [
      agreement(0.98),
      agreement(0.91, { target: '4' }),
      agreement(NaN, { target: '5' }),
      agreement(0.2, { groups: 'random' }),
      agreement(0.1, { estimator: 'newton' }),
    ]);
    expect(store.studies.get('s').influenceSpearman).toEqual({ lowest: 0.91, highest: 0.98 });
    expect(store.studies.get('other').influenceSpearman).toBeNull();
    store.close();
  });

  it('go with their study', () => {
    const store = withStudy(openStore(temporaryStoreFile()));
    store.agreements.keep('s', 10, [agreement(0.98)]);
    store.studies.hide('s', '2026-01-02T00:00:00.000Z');
    store.studies.eraseHidden();
    store.studies.add(studyToKeep('s', 'd'));
    expect(store.agreements.load('s', 10)).toBeNull();
    store.close();
  });
});
