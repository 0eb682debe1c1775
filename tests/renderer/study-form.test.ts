import { describe, expect, it } from 'vitest';
import { emptyForm, formOfSpec, parseRows, problemsOf, specOfForm } from '../../src/renderer/state/study-form.ts';
import { SAMPLES, sampleStudy } from '../../src/renderer/state/samples.ts';
import { parseStudySpec } from '../../src/shared/study-spec.ts';
import { CANCER, DIABETES, DIGITS } from './fake-data.ts';

describe('the study form', () => {
  it('starts as the 1,700-group study of the paper', () => {
    const spec = parseStudySpec(specOfForm(emptyForm(CANCER)));
    expect(spec.groups).toEqual(parseStudySpec({ dataset: { id: 'x' } }).groups);
    expect(spec.evaluate).toEqual(parseStudySpec({ dataset: { id: 'x' } }).evaluate);
    expect(spec.dataset).toEqual({ id: CANCER.id, standardise: true });
  });

  it('does not standardise pixels', () => {
    expect(emptyForm(DIGITS).standardise).toBe(false);
  });

  it.each([
    { model: { l2: { relative: 2.154e-4 }, intercept: false } },
    { model: { l2: { absolute: 0.12 } } },
    { model: { l2: { crossValidate: { folds: 4, from: 1e-5, to: 1, count: 6 } } } },
    { groups: { constructors: ['random' as const], sizes: { from: 0.01, to: 0.2, count: 7 }, seed: 3 } },
    { groups: { column: 'race', minimumSize: 5 } },
    { evaluate: { testPoints: { rows: [12, 7] }, quantities: ['loss' as const] } },
    { evaluate: { quantities: ['meanTestLoss' as const], slices: ['class', 'race'] } },
    { estimators: ['influence' as const, 'newtonLinear' as const], tolerance: 1e-10 },
  ])('gives back the study it was filled from: %j', (part) => {
    const spec = parseStudySpec({ name: 'a', dataset: { id: DIABETES.id, standardise: false }, ...part });
    const form = formOfSpec(spec, DIABETES);
    form.datasetId = DIABETES.id;
    expect(problemsOf(form)).toEqual({});
    expect(parseStudySpec(specOfForm(form))).toEqual({ ...spec, name: 'a, edited' });
  });

  it('names every field that has to be corrected', () => {
    const form = emptyForm(CANCER);
    Object.assign(form, { name: ' ', lambda: 'x', constructors: [], sizeTo: '0.1', tolerance: '0', quantities: [] });
    expect(Object.keys(problemsOf(form)).sort()).toEqual([
      'constructors',
      'lambda',
      'name',
      'quantities',
      'sizeTo',
      'tolerance',
    ]);
  });

  it('reads test rows with commas, spaces and repeats, and nothing else', () => {
    expect(parseRows('12, 7 104;7')).toEqual([12, 7, 104]);
    expect(parseRows('12, -1')).toBeNull();
    expect(parseRows('1.5')).toBeNull();
    expect(parseRows('')).toBeNull();
  });
});

it('the samples’ one-click studies are valid, and each finds its dataset', () => {
  for (const sample of SAMPLES) expect(() => parseStudySpec(sampleStudy(sample))).not.toThrow();
  expect(
    SAMPLES.map((sample) => [CANCER, DIGITS, DIABETES].filter(sample.matches).map((dataset) => dataset.id)),
  ).toEqual([['d-cancer'], ['d-digits']]);
});
