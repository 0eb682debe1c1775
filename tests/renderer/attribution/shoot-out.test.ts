import { describe, expect, it } from 'vitest';
import { intervalWords, shootOutReading } from '../../../src/renderer/views/attribution/shoot-out-export.ts';
import { attributionRequest, type ShootOutMethod, type ShootOutResult } from '../../../src/shared/attribution.ts';

function method(estimator: string, r: number, seconds: number): ShootOutMethod {
  const interval = { estimate: r, low: r - 0.1, high: r };
  return {
    ...{
      estimator,
      title: estimator,
      cost: 'n',
      seconds,
      bytes: 1,
      notes: [],
      failure: null,
      groupRule: 'own' as const,
    },
    points: { compared: 9, pearson: interval, spearman: interval },
    ...{ groups: null, lds: null, mislabelArea: null, foundAt15: null },
  };
}

function result(...methods: ShootOutMethod[]): ShootOutResult {
  const request = attributionRequest.parse({ kind: 'shootOut', dataset: 'd', estimators: ['influence'] });
  if (request.kind !== 'shootOut') throw new Error('the schema gave another kind');
  const numbers = { trainRows: 1, parameters: 1, lambda: 1, accuracy: 1, testLoss: 1 };
  const model = { description: '', classes: [], ...numbers };
  return { kind: 'shootOut', request, model, truthSeconds: 8, truthDescription: '', methods };
}

describe('the reading of a shoot-out', () => {
  it('names the quickest of those about as good as the best, and leaves retraining itself out', () => {
    const words = shootOutReading(
      result(
        method('leaveOneOut', 1, 9),
        method('slow', 0.985, 4),
        method('quick', 0.98, 0.4),
        method('poor', 0.5, 0.1),
      ),
    );
    expect(words).toContain('Best value: quick, r = .980');
    expect(words).toContain('(slow has .985)');
    expect(words).toContain('20 times as fast');
  });

  it('says that retraining is no slower where it is', () => {
    expect(shootOutReading(result(method('influence', 0.95, 9)))).toContain('took no longer here (8.0 s)');
  });

  it('says so when nothing was compared', () => {
    expect(shootOutReading(result({ ...method('influence', 1, 1), points: null }))).toContain('No approximation');
  });

  it('shows bounds only where there are some', () => {
    expect(intervalWords({ estimate: 0.5, low: 0.25, high: 0.75 })).toEqual({ value: '.500', bounds: '.250 … .750' });
    expect(intervalWords({ estimate: 0.5, low: NaN, high: NaN }).bounds).toBe('');
    expect(intervalWords(null).value).toBe('–');
  });
});
