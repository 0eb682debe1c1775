import { describe, expect, it } from 'vitest';
import {
  askProblem,
  emptyAskForm,
  firstMethods,
  requestOf,
  typedRows,
} from '../../../src/renderer/views/attribution/ask-form.ts';
import { attributionRequest } from '../../../src/shared/attribution.ts';

describe('the form of an attribution', () => {
  it.each(['points', 'clean', 'shootOut'] as const)('begins with a request of %s that the engine takes', (kind) => {
    const form = emptyAskForm(kind, null);
    expect(askProblem(form, kind, 10)).toBeNull();
    const request = requestOf(form, kind, 'd', { model: {}, standardise: false });
    expect(attributionRequest.parse(request)).toMatchObject({ kind, estimators: form.estimators });
  });

  it('offers a network no method at first that solves for every row', () => {
    expect(firstMethods('points', false)).toContain('rescaled');
    for (const kind of ['points', 'clean', 'shootOut'] as const)
      expect(firstMethods(kind, true).filter((name) => /rescaled|newton|secondOrder|pbrf/.test(name))).toEqual([]);
  });

  it('reads row numbers as they are typed', () => {
    expect(typedRows(' 3, 17;4  3')).toEqual([3, 17, 4]);
    expect(typedRows('')).toEqual([]);
    expect(typedRows('3, x')).toBeNull();
    expect(typedRows('-1')).toBeNull();
  });

  it('says the first thing that is wrong', () => {
    const form = emptyAskForm('points', null);
    expect(askProblem({ ...form, testRows: '10' }, 'points', 10)).toContain('no test row 10');
    expect(askProblem({ ...form, highestLoss: 0 }, 'points', 10)).toContain('Name a test row');
    expect(askProblem({ ...form, estimators: [] }, 'points', 10)).toContain('at least one method');
    expect(askProblem({ ...form, flip: 50 }, 'clean', 10)).toContain('50 %');
  });
});
