import { describe, expect, it } from 'vitest';
import { openStore } from '../../src/main/store/index.ts';
import type { PairEffects, LargestGroup } from '../../src/shared/analyses.ts';
import { withStudy } from './kept-things.ts';
import { temporaryStoreFile } from './temporary-store.ts';

const PAIRS: PairEffects = {
  kind: 'pairs',
  evaluation: { quantity: 'meanTestLoss', target: 'all' },
  groups: [{ index: 3, id: 'g3', label: 'a “group”', size: 5 }],
  single: { influence: Float64Array.of(0.1), newton: Float64Array.of(-0), actual: Float64Array.of(Infinity) },
  both: { influence: Float64Array.of(NaN), newton: Float64Array.of(1 / 3), actual: Float64Array.of(-1e-300) },
  shared: Float64Array.of(2),
  notes: ['one'],
  seconds: 0.25,
  retrainings: 1,
};
const LARGEST: LargestGroup = {
  kind: 'largestGroup',
  evaluation: { quantity: 'loss', target: '4' },
  size: 2,
  direction: 'lower',
  sizes: Int32Array.of(1, 2),
  lists: [
    {
      by: 'newton',
      rows: Int32Array.of(7, 1),
      influence: Float64Array.of(1, 2),
      newton: Float64Array.of(3, 4),
      actual: Float64Array.of(5, 6),
    },
  ],
  common: 0,
  notes: [],
  seconds: 1,
  retrainings: 2,
};

describe('the analyses of a study', () => {
  it('come back as they were kept, bit by bit, in the order of the study, after closing', () => {
    const file = temporaryStoreFile();
    const store = withStudy(openStore(file));
    store.analyses.keep('s', 1, LARGEST);
    store.analyses.keep('s', 0, PAIRS);
    store.close();
    const again = openStore(file);
    expect(again.analyses.done('s')).toEqual(new Set([0, 1]));
    const [pairs, largest] = again.analyses.list('s');
    expect(pairs).toEqual(PAIRS);
    expect(Object.is((pairs as PairEffects).single.newton[0], -0)).toBe(true);
    expect(largest).toEqual(LARGEST);
    again.close();
  });

  it('are replaced by a later result at the same place, and go with their study', () => {
    const store = withStudy(openStore(temporaryStoreFile()));
    store.analyses.keep('s', 0, PAIRS);
    store.analyses.keep('s', 0, { ...PAIRS, seconds: 9 });
    expect(store.analyses.list('s')).toEqual([{ ...PAIRS, seconds: 9 }]);
    store.studies.hide('s', '2026-01-01');
    store.studies.eraseHidden();
    expect(store.analyses.list('s')).toEqual([]);
    store.close();
  });
});
