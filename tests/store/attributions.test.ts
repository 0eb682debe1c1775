import { describe, expect, it } from 'vitest';
import { openStore } from '../../src/main/store/index.ts';
import { attributionRequest, type AttributionSummary, type PointsResult } from '../../src/shared/attribution.ts';
import { failureOf } from './failure-of.ts';
import { withStudy } from './kept-things.ts';
import { temporaryStoreFile } from './temporary-store.ts';

const request = attributionRequest.parse({ kind: 'points', dataset: 'd', estimators: ['influence'] });
const FOUND: PointsResult = {
  kind: 'points',
  request: request.kind === 'points' ? request : (undefined as never),
  model: {
    ...{ description: 'logistic', trainRows: 3, parameters: 2, lambda: 0.1, accuracy: 1, testLoss: 1 / 3 },
    classes: ['a', 'b'],
  },
  targets: [{ row: 4, loss: Infinity, label: 'a', predicted: 'b' }],
  methods: [
    {
      ...{ estimator: 'influence', title: 'Influence', cost: 'nq', seconds: NaN, bytes: 8, notes: [], failure: null },
      scores: Float64Array.of(-0, NaN, 1e-300),
    },
  ],
};

function summary(id: string, changes: Partial<AttributionSummary> = {}): AttributionSummary {
  return {
    ...{ id, dataset: 'd', kind: 'points' as const, parent: null, study: null, seconds: 1, model: 'm', asked: 'a' },
    createdAt: `2026-01-01T00:00:0${id.length}.000Z`,
    ...changes,
  };
}

describe('the attributions of a dataset', () => {
  it('come back as they were kept, bit by bit, newest first, after closing', () => {
    const file = temporaryStoreFile();
    const store = withStudy(openStore(file));
    store.attributions.keep(summary('a'), FOUND);
    store.attributions.keep(summary('bb'), FOUND);
    store.close();
    const again = openStore(file);
    expect(again.attributions.list('d').map(({ id }) => id)).toEqual(['bb', 'a']);
    const found = again.attributions.load('a') as PointsResult;
    expect(found).toEqual(FOUND);
    expect(Object.is(found.methods[0].scores![0], -0)).toBe(true);
    expect(failureOf(() => again.attributions.load('nobody')).kind).toBe('notFound');
    again.close();
  });

  it('are hidden until the next start and can be restored; with a search go its retrainings', () => {
    const store = withStudy(openStore(temporaryStoreFile()));
    store.attributions.keep(summary('a'), FOUND);
    store.attributions.keep(summary('bb', { parent: 'a', kind: 'retraining' }), FOUND);
    store.attributions.hide('a', '2026-01-02');
    expect(store.attributions.list('d')).toEqual([]);
    store.attributions.restore('a');
    expect(store.attributions.list('d')).toHaveLength(2);
    store.attributions.hide('a', '2026-01-02');
    store.attributions.eraseHidden();
    expect(failureOf(() => store.attributions.load('bb')).kind).toBe('notFound');
    store.close();
  });

  it('keep their numbers through a sweep, and go with their dataset', () => {
    const file = temporaryStoreFile();
    const store = withStudy(openStore(file));
    store.attributions.keep(summary('a'), FOUND);
    store.close();
    // Opening sweeps.
    const again = openStore(file);
    expect((again.attributions.load('a') as PointsResult).methods[0].scores).toEqual(FOUND.methods[0].scores);
    again.studies.hide('s', '2026-01-01');
    again.studies.eraseHidden();
    again.datasets.remove('d');
    expect(again.attributions.list('d')).toEqual([]);
    again.close();
  });
});
