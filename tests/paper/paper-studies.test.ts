import { describe, expect, it } from 'vitest';
import type { DatasetSummary } from '../../src/shared/dataset.ts';
import { PAPER_FIGURES } from '../../src/shared/paper.ts';
import { knownDataset, paperStudies } from '../../src/shared/paper-studies.ts';
import { parseStudySpec } from '../../src/shared/study-spec.ts';

function dataset(changes: Partial<DatasetSummary> = {}): DatasetSummary {
  return {
    id: 'd',
    name: 'some data',
    fingerprint: '',
    source: '',
    sample: false,
    trainRows: 20_000,
    testRows: 1000,
    featureCount: 12,
    classes: ['0', '1'],
    classCounts: [1, 1],
    groupColumns: [],
    weighted: false,
    sparse: false,
    image: null,
    bytes: 0,
    importedAt: '',
    notes: [],
    ...changes,
  };
}

const DIABETES = dataset({ featureCount: 127, groupColumns: ['race', 'age', 'medical_specialty', 'payer_code'] });
const VOTES = dataset({ groupColumns: ['lf'] });
const COPIES = dataset({ name: 'Generated: counterexample of scale', trainRows: 120, featureCount: 2 });

describe('the studies of the paper’s figures', () => {
  it.each(PAPER_FIGURES)('of %s have every default written out', (figure) => {
    const specs = [DIABETES, VOTES, COPIES, dataset()].flatMap((one) =>
      (['quick', 'full'] as const).flatMap((scale) => paperStudies(figure, one, scale)),
    );
    expect(specs.length).toBeGreaterThan(0);
    for (const spec of specs) expect(parseStudySpec(spec)).toEqual(spec);
  });

  it('take λ of Table 1 on the paper’s data', () => {
    expect(knownDataset(DIABETES)).toBe('diabetes');
    const [study] = paperStudies('1', DIABETES, 'full');
    expect(study.model.l2).toEqual({ relative: expect.closeTo(2.154e-4, 7) });
  });

  it('make 1,700 groups in full: 5 × 100 sizes and 2 × 6 test points × 100', () => {
    const [{ groups, evaluate }] = paperStudies('1', DIABETES, 'full');
    if (Array.isArray(groups) || !('constructors' in groups)) throw new Error('constructed groups');
    expect(groups.sizes.count).toBe(100);
    expect(groups.constructors).toHaveLength(7);
    expect(evaluate.testPoints).toEqual({ highestLoss: 3, random: 3 });
  });

  it('sweep ten λ/n from 1e-7 to 1e2 over the same test rows', () => {
    const sweep = paperStudies('C.2', dataset(), 'full');
    const lambdas = sweep.map(({ model }) => ('relative' in model.l2 ? model.l2.relative : NaN));
    expect(lambdas).toEqual([1e2, 1e1, 1, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7]);
    expect(new Set(sweep.map(({ evaluate }) => JSON.stringify(evaluate.testPoints))).size).toBe(1);
  });

  it('are none where a dataset has no votes or no groups', () => {
    expect(paperStudies('4-left', dataset(), 'quick')).toEqual([]);
    expect(paperStudies('4-right', dataset(), 'quick')).toEqual([]);
  });

  it('share the study of Figures 1, 2, C.1 and C.4', () => {
    const [one] = paperStudies('1', DIABETES, 'full');
    for (const figure of ['2', 'C.1', 'C.4'] as const) expect(paperStudies(figure, DIABETES, 'full')).toEqual([one]);
  });
});
