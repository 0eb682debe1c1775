import { describe, expect, it } from 'vitest';
import { bundleFiles } from '../../src/main/report/bundle.ts';
import type { ShapleyValues } from '../../src/shared/analyses.ts';
import { sampleStudy } from './sample-study.ts';

const SHAPLEY: ShapleyValues = {
  kind: 'shapley',
  evaluation: { quantity: 'meanTestLoss', target: 'all' },
  groups: [
    { index: 0, id: 'a', label: 'first <group>', size: 3 },
    { index: 1, id: 'b', label: 'second', size: 4 },
  ],
  method: 'exact',
  permutations: null,
  values: Float64Array.of(0.25, -0.125),
  standardErrors: Float64Array.of(NaN, NaN),
  alone: Float64Array.of(0.5, 0.0625),
  total: 0.125,
  notes: [],
  seconds: 1,
  retrainings: 4,
};

function contentOf(name: string, input: Parameters<typeof bundleFiles>[0]): string | null {
  const file = bundleFiles(input).find((one) => one.name === name);
  if (file === undefined || file.content instanceof Uint8Array) return null;
  return typeof file.content === 'string' ? file.content : [...file.content].join('');
}

describe('a bundle', () => {
  it('has the analyses as JSON, with lists for arrays and null for what is not a number', () => {
    const [record] = JSON.parse(contentOf('analyses.json', { ...sampleStudy(), analyses: [SHAPLEY] })!);
    expect(record).toMatchObject({ kind: 'shapley', values: [0.25, -0.125], standardErrors: [null, null] });
    expect(contentOf('analyses.json', sampleStudy())).toBeNull();
  });

  it('tells them in the report: a sentence, a table, and what was written by a person escaped', () => {
    const page = contentOf('report.html', { ...sampleStudy(), analyses: [SHAPLEY] })!;
    expect(page).toContain('Shapley values, mean test loss');
    expect(page).toContain('Removing all 2 groups changes it by +0.1250');
    expect(page).toContain('first &lt;group&gt;');
    expect(page).not.toContain('first <group>');
  });

  it('says in the report that groups were added', () => {
    const study = sampleStudy();
    const page = contentOf('report.html', { ...study, spec: { ...study.spec, effect: 'add' } })!;
    expect(page).toContain('positive means that adding the group raises it');
    expect(page).toContain('when the group is counted once more');
    expect(page).not.toContain('when the group is removed');
  });

  it('has the cost of each estimator where it was measured', () => {
    const study = sampleStudy();
    const estimatorSeconds = { influence: 1e-4, newton: 1e-3, actual: 5e-3 };
    const summary = JSON.parse(contentOf('summary.json', { ...study, estimatorSeconds })!);
    expect(summary.estimatorSeconds).toEqual(estimatorSeconds);
    expect(contentOf('report.html', { ...study, estimatorSeconds })).toContain(
      'Cheapest within 5 % of the actual effect',
    );
    expect(contentOf('report.html', study)).not.toContain('Estimator ladder');
    expect(JSON.parse(contentOf('summary.json', study)!)).not.toHaveProperty('estimatorSeconds');
  });
});
