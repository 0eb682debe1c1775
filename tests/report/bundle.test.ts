import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bundleFiles, writtenSpec } from '../../src/main/report/bundle.ts';
import type { BundleInput } from '../../src/main/report/bundle.ts';
import { csvRecord } from '../../src/shared/csv.ts';
import { parseStudySpec } from '../../src/shared/study-spec.ts';
import { sampleStudy } from './sample-study.ts';

function textOf(input: BundleInput, name: string): string {
  const file = bundleFiles(input).find((one) => one.name === name);
  if (file === undefined) throw new Error(`no ${name}`);
  if (typeof file.content === 'string') return file.content;
  if (file.content instanceof Uint8Array) return new TextDecoder().decode(file.content);
  return [...file.content].join('');
}

describe('the bundle', () => {
  it('has the files of the contract', () => {
    expect(bundleFiles(sampleStudy()).map(({ name }) => name)).toEqual([
      'study.json',
      'model.json',
      'groups.json',
      'effects.csv',
      'retraining.csv',
      'summary.json',
      'report.html',
    ]);
  });

  it('gives the same bytes for the same study', () => {
    const texts = () =>
      ['effects.csv', 'groups.json', 'summary.json', 'report.html'].map((name) => textOf(sampleStudy(), name));
    expect(texts()).toEqual(texts());
  });
});

describe('study.json', () => {
  it('writes every default out', () => {
    const study = JSON.parse(textOf(sampleStudy(), 'study.json'));
    expect(study).toEqual({
      name: 'sample study',
      dataset: { sample: 'breast-cancer' },
      model: { l2: { relative: 1e-3 }, intercept: true },
      groups: {
        constructors: [
          'random',
          'randomWithinClass',
          'sharedFeature',
          'featureClusters',
          'gradientClusters',
          'positiveInfluence',
          'negativeInfluence',
        ],
        sizes: { from: 0.0025, to: 0.25, count: 100 },
        seed: 0,
      },
      evaluate: {
        testPoints: { highestLoss: 3, random: 3 },
        quantities: ['margin', 'loss', 'selfLoss', 'meanTestLoss'],
      },
      estimators: ['influence', 'newton', 'actual'],
      tolerance: 1e-8,
    });
    expect(parseStudySpec(study)).toEqual(sampleStudy().spec);
  });

  it('names the dataset and the group files as the study file did, not as the store does', () => {
    const spec = parseStudySpec({
      dataset: { id: 'abc', standardise: true, source: { file: 'data/a.npz', standardise: true } },
      groups: [{ file: '/home/me/studies/groups/mine.json' }, { column: 'race' }],
      folder: '/home/me/studies',
    });
    const written = writtenSpec(spec);
    expect(written['dataset']).toEqual({ file: 'data/a.npz', standardise: true });
    expect(written['groups']).toEqual([{ file: 'groups/mine.json' }, { column: 'race' }]);
    expect(written).not.toHaveProperty('folder');
    expect(() => parseStudySpec(written)).not.toThrow();
  });
});

describe('model.json', () => {
  it('has one row of coefficients and one intercept for two classes', () => {
    expect(JSON.parse(textOf(sampleStudy(), 'model.json'))).toEqual({
      lambda: 0.1,
      classes: ['benign', 'malignant'],
      featureNames: ['mean radius', 'mean "texture"'],
      coefficients: [[1.5, -2.25]],
      intercept: [1 / 3],
      gradientNorm: 1e-12,
      iterations: 9,
      trainAccuracy: 0.975,
      testAccuracy: 0.9649122807017544,
      testLoss: 0.08333333333333333,
      crossValidation: null,
    });
  });

  it('has a row per class for more, and zero intercepts for a model without', () => {
    const input = sampleStudy();
    const fit = {
      ...input.fit,
      summary: { ...input.fit.summary, intercept: false },
      coefficients: Float64Array.of(1, 2, 3, 4, 5, 6),
      logits: 3,
      classes: ['0', '1', '2'],
    };
    const model = JSON.parse(textOf({ ...input, fit }, 'model.json'));
    expect(model.coefficients).toEqual([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    expect(model.intercept).toEqual([0, 0, 0]);
  });
});

describe('groups.json', () => {
  it('has id, constructor, label, members and the parameters of each group', () => {
    const groups = JSON.parse(textOf(sampleStudy(), 'groups.json'));
    expect(groups).toHaveLength(21);
    expect(groups[2]).toEqual({
      id: 'random-2',
      constructor: 'random',
      label: 'random of 3 rows',
      members: [0, 2, 4],
      parameters: { size: 3 },
    });
  });

  it('is an empty list for a study without groups', () => {
    const input = sampleStudy({ groupsPerConstructor: 0 });
    expect(JSON.parse(textOf(input, 'groups.json'))).toEqual([]);
    expect(textOf(input, 'effects.csv')).toBe('group,constructor,size,quantity,target,influence,newton,actual\n');
    expect(textOf(input, 'report.html')).toContain('nothing to compare');
  });
});

describe('effects.csv', () => {
  it('has one row per group, quantity and target, and one column per estimator asked for', () => {
    const lines = textOf(sampleStudy(), 'effects.csv').trimEnd().split('\n');
    expect(lines[0]).toBe('group,constructor,size,quantity,target,influence,newton,actual');
    expect(lines).toHaveLength(1 + 21 * 5);
    expect(lines[1]).toMatch(/^random-0,random,1,margin,7,/);
    expect(lines[5]).toMatch(/^random-0,random,1,meanTestLoss,class=1,/);
  });

  it('orders the columns as the contract does, whatever the order asked for', () => {
    const input = sampleStudy({ estimators: ['newtonLinear', 'actual', 'influence', 'influenceOnParameters'] });
    const [head, first] = parse(textOf(input, 'effects.csv'), { to_line: 2 }) as string[][];
    expect(head.slice(5)).toEqual(['influence', 'actual', 'influenceOnParameters', 'newtonLinear']);
    const n = input.groups.length;
    expect(first.slice(5).map(Number)).toEqual([2, 1, 3, 0].map((s) => input.effects.values[s * n]));
  });

  it('reads back to the same doubles, bit for bit', () => {
    fc.assert(
      fc.property(fc.array(fc.double(), { minLength: 63, maxLength: 63 }), (values) => {
        const input = sampleStudy({ evaluations: [{ quantity: 'loss', target: '3' }] });
        const effects = { ...input.effects, values: Float64Array.from(values) };
        const csv = [...(bundleFiles({ ...input, effects })[3].content as Iterable<string>)].join('');
        const rows = parse(csv, { from_line: 2 }) as string[][];
        const n = input.groups.length;
        rows.forEach((row, g) => {
          row.slice(5).forEach((cell, s) => {
            const value = values[s * n + g];
            // −0 and 0 are the same effect.
            if (Number.isNaN(value)) expect(cell).toBe('');
            else expect(Number(cell)).toBe(value + 0);
          });
        });
      }),
      { numRuns: 30 },
    );
  });

  it('keeps any group id through a CSV reader: commas, quotes, line breaks, formulas, blanks', () => {
    const awkward = fc.oneof(
      fc.constantFrom(
        'a,b',
        'say "x"',
        'two\nlines',
        'two\r\nlines',
        '=1+1',
        '@SUM(A1)',
        '-2',
        '+3',
        ' padded ',
        "'",
        '""',
        ',',
      ),
      fc.string({ minLength: 1, unit: 'binary' }),
    );
    fc.assert(
      fc.property(fc.array(awkward, { minLength: 3, maxLength: 3 }), (labels) => {
        const input = sampleStudy({ labels, evaluations: [{ quantity: 'loss', target: '3' }] });
        const rows = parse(textOf(input, 'effects.csv'), { from_line: 2, columns: false }) as string[][];
        expect(rows.map(([id]) => id)).toEqual(input.groups.map(({ id }) => id));
        const certificates = parse(textOf(input, 'retraining.csv'), { columns: true }) as { group: string }[];
        expect(certificates.map(({ group }) => group)).toEqual(input.groups.map(({ id }) => id));
      }),
      { numRuns: 40 },
    );
  });

  it('quotes only what needs it', () => {
    expect(csvRecord(['a', 'b,c', 'd"e', 'f\ng', ' h', 1e-300, NaN, Infinity, true])).toBe(
      'a,"b,c","d""e","f\ng"," h",1e-300,,Infinity,true\n',
    );
  });
});

describe('retraining.csv', () => {
  it('has a certificate per retrained group', () => {
    const lines = textOf(sampleStudy(), 'retraining.csv').trimEnd().split('\n');
    expect(lines[0]).toBe('group,newtonSteps,gradientNorm,relativeGradientNorm,converged,effectBound,seconds');
    expect(lines).toHaveLength(22);
    const input = sampleStudy();
    const first = input.retraining[0];
    expect(lines[1].split(',')).toEqual([
      'random-0',
      '5',
      String(first?.gradientNorm),
      String(first?.relativeGradientNorm),
      'true',
      '3.25e-9',
      '0.00625',
    ]);
    expect(lines[5].split(',')[4]).toBe('false');
  });

  it('has only its head when nothing was retrained', () => {
    const input = sampleStudy({ estimators: ['influence', 'newton'] });
    expect(textOf(input, 'retraining.csv').split('\n')).toHaveLength(2);
  });
});

describe('summary.json', () => {
  it('tells the device, precision, versions, dataset hash, seed, seconds and agreements', () => {
    const input = sampleStudy();
    const summary = JSON.parse(textOf(input, 'summary.json'));
    expect(summary).toMatchObject({
      name: 'sample study',
      device: 'ONNX Runtime CPU · float64 · 2 threads',
      precision: 'float64',
      versions: { leverage: '0.1.0', node: 'v24.21.0', platform: 'linux x64', 'onnxruntime-node': '1.30.0' },
      datasetHash: 'ab'.repeat(32),
      seed: 0,
      secondsPerStage: { load: 0.1, fit: 0.25, retrain: 3.5 },
      groups: 21,
      retraining: { groups: 21, converged: 20 },
    });
    // 5 evaluations × 2 estimators × (all groups and 7 constructors).
    expect(summary.agreements).toHaveLength(5 * 2 * 8);
    expect(Object.keys(summary.agreements[0])).toEqual(
      expect.arrayContaining([
        'quantity',
        'target',
        'estimator',
        'groups',
        'count',
        'spearman',
        'pearson',
        'slope',
        'underestimated',
        'sameSign',
      ]),
    );
    expect(summary.agreements[0]).toEqual(input.agreements[0]);
  });
});
