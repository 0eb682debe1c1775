import { describe, expect, it } from 'vitest';
import { parseStudySpec } from '../../src/shared/study-spec.ts';

const STUDY = { dataset: { sample: 'digits' } };

describe('the analyses of a study file', () => {
  it('have every default written out', () => {
    const { analyses } = parseStudySpec({ ...STUDY, analyses: [{ kind: 'doseResponse' }, { kind: 'shapley' }] });
    expect(analyses).toEqual([
      {
        kind: 'doseResponse',
        groups: { mostInfluential: 4 },
        evaluation: { quantity: 'meanTestLoss', target: 'all' },
        weights: { from: 0, to: 2, count: 21 },
      },
      {
        kind: 'shapley',
        groups: { mostInfluential: 8 },
        evaluation: { quantity: 'meanTestLoss', target: 'all' },
        permutations: 200,
        seed: 0,
      },
    ]);
  });

  it.for([
    [{ kind: 'pairs', groups: { mostInfluential: 61 } }, 'analyses.0.groups'],
    [{ kind: 'pairs', grops: {} }, 'analyses.0.grops'],
    [{ kind: 'largestGroup' }, 'analyses.0.size'],
    [{ kind: 'shapley', evaluation: { quantity: 'selfLoss' } }, 'analyses.0.evaluation.quantity'],
  ] as const)('are refused with the path of the field: %j', ([analysis, path]) => {
    expect(() => parseStudySpec({ ...STUDY, analyses: [analysis] })).toThrow(path);
  });

  it('leave a study without them, and one that removes, as they were written', () => {
    expect(Object.keys(parseStudySpec(STUDY))).not.toContain('analyses');
    expect(Object.keys(parseStudySpec(STUDY))).not.toContain('effect');
    expect(parseStudySpec({ ...STUDY, effect: 'add' }).effect).toBe('add');
    expect(() => parseStudySpec({ ...STUDY, effect: 'double' })).toThrow('effect');
  });
});
