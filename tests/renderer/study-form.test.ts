import { describe, expect, it } from 'vitest';
import {
  emptyForm,
  formOfSpec,
  parseRows,
  problemsOf,
  specOfForm,
  withDataset,
} from '../../src/renderer/state/study-form.ts';
import { storedGroups } from '../../src/renderer/state/stored-groups.ts';
import { suggestScaling } from '../../src/renderer/state/suggest-scaling.ts';
import { sourceWords } from '../../src/renderer/views/study/source-words.ts';
import { SAMPLES, sampleStudy } from '../../src/renderer/state/samples.ts';
import type { Call } from '../../src/renderer/bridge/bridge.ts';
import type { StudyDetail } from '../../src/shared/study.ts';
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
    { model: { kind: 'softmax' as const } },
    { model: { kind: 'ridge' as const, l2: { absolute: 3 }, intercept: false } },
    { model: { kind: 'smoothHinge' as const, temperature: 0.01 } },
    {
      model: {
        kind: 'mlp' as const,
        hidden: [32, 16],
        activation: 'gelu' as const,
        damping: 0.01,
        training: { optimiser: 'adam' as const, learningRate: 0.001, epochs: 7, seed: 4, device: 'float64' as const },
      },
    },
    {
      model: { kind: 'cnn' as const, channels: [4], hidden: [], training: { schedule: 'step' as const, momentum: 0 } },
    },
    { groups: { constructors: ['random' as const], sizes: { from: 0.01, to: 0.2, count: 7 }, seed: 3 } },
    { groups: { column: 'race', minimumSize: 5 } },
    { groups: { leaveOneOut: true as const } },
    { groups: { leaveOneOut: { from: 5 } } },
    { groups: { leaveOneOut: { from: 0, to: 9 } } },
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

  it.each([
    { groups: [{ column: 'race' }, { constructors: ['random' as const] }] },
    { groups: { members: [{ id: 'a', label: 'A', rows: [1, 2] }] } },
  ])('keeps group sources that it has no fields for: %j', (part) => {
    const spec = parseStudySpec({ name: 'a', dataset: { id: DIABETES.id }, ...part });
    const form = formOfSpec(spec, DIABETES);
    expect(form.groups).toBe('kept');
    expect(problemsOf(form)).toEqual({});
    expect(parseStudySpec(specOfForm(form)).groups).toEqual(spec.groups);
    expect(form.kept?.map(sourceWords).join(' ')).not.toBe('');
    // Another dataset has other rows.
    const moved = withDataset(form, DIABETES, CANCER);
    expect([moved.groups, moved.kept]).toEqual(['constructed', null]);
  });

  it('does not start a study whose groups file it does not have', () => {
    const spec = parseStudySpec({ name: 'a', dataset: { id: DIABETES.id }, groups: { file: 'mine.json' } });
    expect(Object.keys(problemsOf(formOfSpec(spec, DIABETES)))).toEqual(['kept']);
  });

  it('wants whole numbers where a number field was emptied', () => {
    const form = emptyForm(CANCER);
    Object.assign(form, { sizeCount: null, highestLoss: undefined, random: 1.5 });
    expect(Object.keys(problemsOf(form)).sort()).toEqual(['highestLoss', 'random', 'sizeCount']);
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

describe('the groups of a study that is duplicated', () => {
  const groups = [
    { index: 0, id: 'r1', origin: 'random', label: 'Random' },
    { index: 1, id: 'g1', origin: 'file', label: 'worker 17' },
    { index: 2, id: 'g2', origin: 'natural', label: 'g2' },
  ];
  const call = (async (method: string, input: { index?: number }) =>
    method === 'studies.groups'
      ? groups
      : { ...groups[input.index ?? 0], members: Int32Array.of(input.index ?? 0, 9) }) as unknown as Call;
  const study = (part: object) =>
    ({ id: 's', spec: parseStudySpec({ dataset: { id: 'd' }, ...part }) }) as unknown as StudyDetail;

  it('are read from the store where they came from a file', async () => {
    const kept = await storedGroups(call, study({ groups: [{ constructors: ['random'] }, { file: 'mine.json' }] }));
    expect(kept?.slice(1)).toEqual([
      {
        members: [
          { id: 'g1', label: 'worker 17', rows: [1, 9] },
          { id: 'g2', label: 'g2', rows: [2, 9] },
        ],
      },
    ]);
  });

  it('are left as they are where no file is named', async () => {
    const spec = study({ groups: { column: 'race' } });
    expect(await storedGroups(call, spec)).toEqual([{ column: 'race' }]);
  });
});

describe('the suggestion to standardise', () => {
  const spread = (deviation: number) => ({
    ...DIABETES.columns[0]!,
    role: 'feature' as const,
    numeric: { minimum: 0, maximum: 3, mean: 0, deviation, histogram: [] },
  });

  it('is made for features of different scales only', () => {
    expect(
      suggestScaling({ ...DIABETES, source: 'a.csv', columns: [spread(1), spread(200), spread(0)] }),
    ).toMatchObject({
      standardise: true,
      why: expect.stringContaining('200'),
    });
    expect(suggestScaling({ ...DIABETES, columns: [spread(1), spread(2)] }).standardise).toBe(false);
    expect(suggestScaling(DIGITS).standardise).toBe(false);
    const prepared = { ...DIABETES, source: 'a.npz', columns: [spread(1), spread(200)] };
    expect(suggestScaling(prepared).standardise).toBe(false);
  });
});
