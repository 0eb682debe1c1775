import { describe, expect, it } from 'vitest';
import { lambdaPanels, spearmanAxis } from '../../src/renderer/views/history/lambda-curves.ts';
import { compareStudies } from '../../src/renderer/views/history/study-differences.ts';
import {
  axesOfTwo,
  commonEstimators,
  commonEvaluations,
  matchedPoints,
  matchedWords,
} from '../../src/renderer/views/history/two-studies.ts';
import { studySpec } from '../../src/shared/study-spec.ts';
import type { Agreement, EffectsTable, StudyDetail } from '../../src/shared/study.ts';

const detail = (id: string, relativeL2: number, more: Partial<StudyDetail> = {}) =>
  ({
    id,
    name: `study ${id}`,
    datasetId: 'd',
    datasetName: 'Data',
    groupCount: 3,
    estimators: ['influence', 'actual'],
    evaluations: [
      { quantity: 'loss', target: '3' },
      { quantity: 'selfLoss', target: 'self' },
    ],
    relativeL2,
    testAccuracy: 0.9,
    spec: studySpec.parse({ dataset: { id: 'd' }, model: { l2: { relative: relativeL2 } }, groups: { seed: 1 } }),
    fit: null,
    provenance: null,
    agreements: [],
    ...more,
  }) as unknown as StudyDetail;

const agreement = (quantity: Agreement['quantity'], target: string, spearman: number, more: Partial<Agreement> = {}) =>
  ({ quantity, target, estimator: 'influence', groups: 'all', count: 3, spearman, ...more }) as Agreement;

describe('what differs between two studies', () => {
  it('is what was asked differently, and nothing else', () => {
    const [a, b] = [detail('a', 1e-3), detail('b', 1e-2)];
    b.spec = studySpec.parse({ ...b.spec, groups: { seed: 1, sizes: { count: 20 } } });
    const { differing, same } = compareStudies(a, b);
    expect(differing.map(({ name, first, second }) => [name, first, second])).toEqual([
      ['λ/n', '1e−3', '1e−2'],
      ['Groups: sizes, count', '100', '20'],
    ]);
    expect(same.map(({ name }) => name)).toContain('Tolerance');
  });

  it('is also whether the groups are removed or added', () => {
    const [a, b] = [detail('a', 1e-3), detail('b', 1e-3)];
    b.spec = studySpec.parse({ ...b.spec, effect: 'add' });
    expect(compareStudies(a, b).differing.map(({ name, first, second }) => [name, first, second])).toEqual([
      ['Each group is', 'removed', 'counted once more'],
    ]);
  });

  it('is nothing for a study and itself, and what one lacks is told', () => {
    const a = detail('a', 1e-3);
    expect(compareStudies(a, a).differing).toEqual([]);
    const machine = detail('b', 1e-3, {
      provenance: {
        appVersion: '1',
        nodeVersion: 'v24',
        platform: 'linux',
        device: 'reference',
        precision: 'float64',
        threads: 1,
        libraries: {},
        datasetFingerprint: 'sha',
        datasetName: 'Data',
        seed: null,
        tolerance: 1e-8,
        preconditioner: 'full',
      },
    });
    const { differing } = compareStudies(a, machine);
    expect(differing.find(({ name }) => name === 'Device')).toMatchObject({ first: '–', second: 'reference' });
  });
});

/** value(e, s, g) = 100 e + 10 s + g + `shift`. */
function table(groupCount: number, shift: number, estimators: EffectsTable['estimators']): EffectsTable {
  const evaluations: EffectsTable['evaluations'] = [
    { quantity: 'loss', target: '3' },
    { quantity: 'selfLoss', target: 'self' },
  ];
  const values = new Float64Array(evaluations.length * estimators.length * groupCount);
  evaluations.forEach((_, e) =>
    estimators.forEach((__, s) => {
      for (let g = 0; g < groupCount; g++)
        values[(e * estimators.length + s) * groupCount + g] = 100 * e + 10 * s + g + shift;
    }),
  );
  return { groupCount, evaluations, estimators, values };
}

describe('two studies’ effects', () => {
  const first = table(4, 0, ['influence', 'newton', 'actual']);
  const second = table(3, 0.5, ['influence', 'actual']);
  const matches = { pairs: Int32Array.of(3, 0, 1, 2), onlyFirst: 2, onlySecond: 1 };

  it('are set against each other where both have them', () => {
    expect(commonEstimators(first, second)).toEqual(['influence', 'actual']);
    expect(commonEvaluations(first, { ...second, evaluations: [{ quantity: 'loss', target: '9' }] })).toEqual([]);
  });

  it('are those of the same groups, whatever their places in either study', () => {
    const points = matchedPoints(first, second, matches, { quantity: 'selfLoss', target: 'self' }, 'actual');
    // In the first study actual is the third estimator, in the second the second one.
    expect([...points.x]).toEqual([123, 121]);
    expect([...points.y]).toEqual([110.5, 112.5]);
    expect([...points.group]).toEqual([3, 1]);
  });

  it('leave out groups that one of them has no effect of', () => {
    const holed = { ...second, values: second.values.map((value, k) => (k === 0 ? NaN : value)) };
    const points = matchedPoints(first, holed, matches, { quantity: 'loss', target: '3' }, 'influence');
    expect([...points.group]).toEqual([1]);
  });

  it('are told in words, and a study against itself agrees fully', () => {
    const all = { pairs: Int32Array.of(0, 0, 1, 1, 2, 2, 3, 3), onlyFirst: 0, onlySecond: 0 };
    const points = matchedPoints(first, first, all, { quantity: 'loss', target: '3' }, 'actual');
    expect(matchedWords(points).replaceAll('\u00a0', ' ')).toMatch(
      /^ρ = 1\.000 · r = 1\.000 · slope 1\.00 · .* · 4 groups$/,
    );
    expect(matchedWords({ x: new Float64Array(), y: new Float64Array(), group: new Int32Array() })).toContain(
      'no group',
    );
  });
});

describe('ρ against λ', () => {
  const studies = [
    detail('strong', 1e-1, { agreements: [agreement('loss', '3', 0.999), agreement('loss', '7', 0.9)] }),
    detail('weak', 1e-4, {
      agreements: [
        agreement('loss', '3', 0.8),
        agreement('loss', '3', 0.1, { groups: 'random' }),
        agreement('loss', '3', 0.95, { estimator: 'newton' }),
        agreement('selfLoss', 'self', NaN),
      ],
    }),
  ];

  it('is a curve per estimator, by λ ascending, over all groups', () => {
    const [panel, ...others] = lambdaPanels(studies, undefined);
    expect(others).toEqual([]);
    expect(panel?.curves.map(({ estimator, points }) => [estimator, points.map((point) => point.spearman)])).toEqual([
      ['influence', [0.8, 0.999]],
      ['newton', [0.95]],
    ]);
  });

  it('is drawn for the targets that all studies have', () => {
    const other = detail('c', 1e-2, { evaluations: [{ quantity: 'selfLoss', target: 'self' }] });
    expect(lambdaPanels([...studies, other], '3').map(({ quantity }) => quantity)).not.toContain('loss');
  });

  it('has an axis that holds every value and ends at 1', () => {
    const { range, step } = spearmanAxis(lambdaPanels(studies, undefined));
    expect(range[0]).toBeLessThanOrEqual(0.8);
    expect(range[1]).toBe(1);
    expect((range[1] - range[0]) / step).toBeCloseTo(Math.round((range[1] - range[0]) / step), 9);
  });
});

describe('the axes of two studies', () => {
  it('say removal where both remove, adding where both add, and each its own where they differ', () => {
    expect(axesOfTwo('loss')).toEqual({
      axis: 'change of test loss when the group is removed',
      sign: 'Positive means that removing the group raises it.',
    });
    expect(axesOfTwo('loss', 'add', 'add')).toEqual({
      axis: 'change of test loss when the group is counted once more',
      sign: 'Positive means that counting the group once more raises it.',
    });
    const mixed = axesOfTwo('selfLoss', 'add', 'remove');
    expect(mixed.axis).toBe(
      'A: change of the group’s own loss when it is counted once more; B: change of the group’s own loss when it is removed',
    );
    expect(mixed.sign).toContain('opposite signs');
  });
});
