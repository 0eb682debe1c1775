/** Fingerprints, summaries, row details, samples and study specs. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  describeRows,
  deserialiseDataset,
  fingerprintDataset,
  readDatasetSpec,
  readSample,
  SAMPLE_SPLIT,
  SAMPLES,
  serialiseDataset,
  summariseColumns,
  summariseDataset,
} from '../../src/main/datasets/index.ts';
import { seededTestRows } from '../../src/main/datasets/row-selection.ts';
import type { Dataset } from '../../src/shared/dataset.ts';
import type { DatasetSpec } from '../../src/shared/study-spec.ts';
import { npz, numberNpy, smallArrays } from './npy-writer.ts';
import { anyDataset } from './sample-datasets.ts';
import { categories, fileWith, numbers, quiet, readContent, refusal, scratchFolder } from './scratch.ts';

const samplesFolder = resolve(import.meta.dirname, '../../resources/samples');

function small(type: 'f4' | 'f8' | 'i8' | 'u1'): Promise<Dataset> {
  return readContent(
    'a.npz',
    npz({
      ...smallArrays(),
      X_train: numberNpy(type, [4, 2], [1, 0, 3, 4, 5, 6, 7, 8]),
      X_test: numberNpy(type, [2, 2], [9, 10, 11, 12]),
    }),
  );
}

describe('the fingerprint', () => {
  it('is the same for the same content in any element type, file name, compression, and after the store', async () => {
    const first = fingerprintDataset(await small('u1'));
    expect(first).toMatch(/^[0-9a-f]{64}$/);
    for (const type of ['f4', 'f8', 'i8'] as const) expect(fingerprintDataset(await small(type))).toBe(first);
    const text = 'a,b,y\n1,x,0\n2,y,1\n3,x,0\n4,y,1\n5,x,1\n6,x,0\n';
    const plain = fingerprintDataset(await readContent('one.csv', text));
    expect(
      fingerprintDataset(await readContent('two.csv.gz', gzipSync(text.replaceAll(',', ';').replaceAll('\n', '\r\n')))),
    ).toBe(plain);
    fc.assert(
      fc.property(anyDataset, (dataset) => {
        const { meta, arrays } = serialiseDataset(dataset);
        expect(fingerprintDataset(deserialiseDataset(meta, arrays))).toBe(fingerprintDataset(dataset));
        expect(fingerprintDataset({ ...dataset, name: 'x', source: 'y', notes: ['z'] })).toBe(
          fingerprintDataset(dataset),
        );
      }),
      { numRuns: 30 },
    );
  });

  it('does not depend on the density of the block', async () => {
    const dense = await small('f8');
    const values = Array.from(dense.block?.data ?? []);
    const filled = values.flatMap((value, at) => (value === 0 ? [] : [at]));
    const indptr = Int32Array.from({ length: 7 }, (_, row) => filled.filter((at) => at < 2 * row).length);
    const sparse: Dataset = {
      ...dense,
      block: {
        kind: 'sparse',
        columns: 2,
        names: null,
        scale: 1,
        data: Float64Array.from(filled, (at) => values[at]),
        indices: Int32Array.from(filled, (at) => at % 2),
        indptr,
      },
    };
    expect(fingerprintDataset(sparse)).toBe(fingerprintDataset(dense));
  });

  it('changes with a value, a role, a name, a level, a split and the choice for missing numbers', async () => {
    const base = await readContent('a.csv', 'a,b,y\n1,x,0\n2,y,1\n3,x,0\n4,y,1\n5,x,1\n6,x,0\n', {
      test: { fraction: 0.34, seed: 0 },
    });
    const [a, b, y] = base.columns;
    if (a.kind !== 'number' || b.kind !== 'category') throw new Error('kinds');
    const variants: Dataset[] = [
      base,
      { ...base, columns: [{ ...a, values: a.values.with(0, 9) }, b, y] },
      { ...base, columns: [{ ...a, role: 'group' }, b, y] },
      { ...base, columns: [{ ...a, name: 'c' }, b, y] },
      { ...base, columns: [a, { ...b, levels: ['x', 'z'] }, y] },
      { ...base, columns: [b, a, y] },
      { ...base, trainRows: base.trainRows - 1, testRows: base.testRows + 1 },
      { ...base, missingNumbers: 'mean' },
    ];
    expect(new Set(variants.map(fingerprintDataset)).size).toBe(variants.length);
  });
});

describe('summaries', () => {
  it('count, average and bin the training rows, as computed by hand', async () => {
    const dataset = await readContent(
      'a.npz',
      npz({ ...smallArrays(), X_train: numberNpy('f8', [4, 2], [0, 5, 10, 5, 20, 5, 0.5, 5]) }),
    );
    const [y, x0, x1] = summariseColumns(dataset);
    expect(y).toMatchObject({
      name: 'y',
      role: 'target',
      distinct: 2,
      top: [
        { level: '0', count: 2 },
        { level: '1', count: 2 },
      ],
    });
    expect(x0).toMatchObject({
      name: 'x0',
      missing: 0,
      distinct: 4,
      numeric: { minimum: 0, maximum: 20, mean: 7.625 },
    });
    // ((7.625² + 2.375² + 12.375² + 7.125²) / 4)^½
    expect(x0.numeric?.deviation).toBeCloseTo(8.1805791, 6);
    expect(x0.numeric?.histogram).toEqual([2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    expect(x1.numeric).toMatchObject({ minimum: 5, maximum: 5, deviation: 0 });
    expect(x1.numeric?.histogram[0]).toBe(4);
  });

  it('name categories by frequency, gaps, and the width of the design', async () => {
    const rows = ['1,b,0', '2,a,1', ',a,0', '4,,1', '5,c,1', '6,a,0', '7,b,1', '8,a,0'];
    const files = `n,c,y\n${rows.join('\n')}\n`;
    const dataset = await readContent('a.csv', files, { test: { fraction: 0.01, seed: 3 } });
    const column = categories(dataset, 'c');
    const summary = summariseColumns(dataset).find((entry) => entry.name === 'c');
    const counts = column.levels.map((level, code) => ({
      level,
      count: column.codes.slice(0, 7).filter((c) => c === code).length,
    }));
    expect(summary?.top?.reduce((total, { count }) => total + count, summary.missing)).toBe(7);
    expect(summary?.top).toEqual(counts.filter(({ count }) => count > 0).sort((p, q) => q.count - p.count));
    expect(summariseDataset(dataset)).toMatchObject({
      trainRows: 7,
      testRows: 1,
      groupColumns: ['c'],
      sparse: false,
      weighted: false,
    });
  });
});

describe('row details', () => {
  it('name the row within its split, its label, its values and its picture', async () => {
    const dataset = await readSample('digits', samplesFolder);
    const [first, test] = describeRows(dataset, [0, dataset.trainRows + 2]);
    expect(first).toMatchObject({ row: 0, label: '1', probability: null, loss: null });
    expect(test.row).toBe(2);
    expect(first.image?.length).toBe(64);
    // The first training row is row 1 of the file: 0,0,0,12,13,5,0,0,…
    expect(Array.from(first.image?.slice(0, 8) ?? [])).toEqual([0, 0, 0, 191, 207, 80, 0, 0]);
    expect(first.values.slice(2, 5)).toEqual([
      { name: 'pixel_0_2', value: '0' },
      { name: 'pixel_0_3', value: '12' },
      { name: 'pixel_0_4', value: '13' },
    ]);
    expect(first.values.length).toBe(60);
    expect(() => describeRows(dataset, [1797])).toThrow('has no row 1797');
  });
});

describe('the samples', () => {
  it.each([
    ['breast-cancer', 427, 142, 30, ['benign', 'malignant']],
    ['digits', 1348, 449, 64, ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']],
  ])('%s: rows, features and classes', async (name, trainRows, testRows, featureCount, classes) => {
    const dataset = await readSample(name, samplesFolder);
    const summary = summariseDataset(dataset);
    expect(summary).toMatchObject({ trainRows, testRows, featureCount, classes });
    expect(summary.source).toContain('doi:10.24432/');
    expect(summary.classCounts.reduce((a, b) => a + b)).toBe(trainRows);
  });

  it('hold the values of the original: counts and sums that UCI and NumPy give', async () => {
    const cancer = await readSample('breast-cancer', samplesFolder);
    const labels = categories(cancer, 'label');
    expect(labels.codes.filter((code) => labels.levels[code] === 'malignant').length).toBe(212);
    const radius = numbers(cancer, 'mean radius').values;
    expect([Math.min(...radius), Math.max(...radius)]).toEqual([6.981, 28.11]);
    const digits = await readSample('digits', samplesFolder);
    expect(Array.from(digits.block?.data ?? []).reduce((a, b) => a + b, 0)).toBe(561_718);
    expect(digits.image).toEqual({ height: 8, width: 8, maximum: 16 });
  });

  it('carry their split in the file: that of the recorded fraction and seed', async () => {
    const cancer = await readSample('breast-cancer', samplesFolder);
    const test = seededTestRows(569, SAMPLE_SPLIT);
    expect(Array.from(test.slice(0, 4))).toEqual([0, 8, 10, 12]);
    expect(test.length).toBe(cancer.testRows);
    // Row 0 of the file, 17.99, is the first test row.
    expect(numbers(cancer, 'mean radius').values[cancer.trainRows]).toBe(17.99);
  });

  it('ship with licence and attribution', () => {
    const licence = readFileSync(join(samplesFolder, 'LICENCE.txt'), 'utf8');
    for (const { file, attribution } of SAMPLES) {
      expect(existsSync(join(samplesFolder, file))).toBe(true);
      expect(licence).toContain(file);
      expect(licence).toContain(attribution.split('doi:')[1]);
    }
    expect(licence).toContain('CC BY 4.0');
  });

  it('are refused by an unknown name', async () => {
    expect((await refusal(readSample('iris', samplesFolder))).hint).toContain('"breast-cancer" and "digits"');
  });
});

describe('the dataset of a study', () => {
  const text = 'site,age,dose,w,y\nA,30,1,1,no\nB,40,,2,yes\nA,50,3,1,no\nB,60,4,1,yes\nA,70,5,1,yes\nC,20,6,1,no\n';
  function put(content: string | Uint8Array, name = 't.csv'): string {
    return fileWith(name, content).path.slice(scratchFolder.length + 1);
  }

  it('takes label, group, weight and ignored columns, and the choice for missing numbers', async () => {
    const train = put(text);
    const dataset = await readDatasetSpec(
      {
        train,
        test: train,
        label: 'y',
        groupColumns: ['site'],
        weightColumn: 'w',
        ignore: ['age'],
        missingNumbers: 'median',
      },
      scratchFolder,
      quiet,
    );
    expect(dataset.columns.map(({ name, role }) => `${name}:${role}`)).toEqual([
      'site:group',
      'age:ignore',
      'dose:feature',
      'w:weight',
      'y:target',
    ]);
    expect([dataset.trainRows, dataset.testRows, dataset.missingNumbers]).toEqual([6, 6, 'median']);
  });

  it.each([
    [{ train: 'T', label: 'y' }, 'Column "dose" of'],
    [{ train: 'T' }, 'field "dataset.label"'],
    [{ train: 'T', label: 'x' }, 'field "dataset.label"'],
    [{ train: 'T', label: 'y', ignore: ['q'] }, 'field "dataset.ignore"'],
    [{ train: 'T', label: 'y', groupColumns: ['y'] }, 'the column "y" is already named by "label"'],
    [{ train: 'gone.csv', label: 'y' }, 'field "dataset.train": gone.csv does not exist'],
    [{ train: 'T', test: 'gone.csv', label: 'y' }, 'field "dataset.test": gone.csv does not exist'],
    [{ file: 'gone.npz' }, 'field "dataset.file": gone.npz does not exist'],
    [{ file: 'T' }, 'is not an NPZ file'],
    [{ train: 'Z', label: 'y' }, 'is an NPZ file'],
    [{ train: 'S', label: 'y' }, 'is svmlight, which has no column names'],
  ])('is refused with the field: %j', async (spec, sentence) => {
    const files: Record<string, string> = {
      T: put(text),
      Z: put(npz(smallArrays()), 'a.npz'),
      S: put('1 1:1\n0 1:2\n', 'a.svm'),
    };
    const named = Object.fromEntries(
      Object.entries(spec).map(([key, value]) => [key, typeof value === 'string' ? (files[value] ?? value) : value]),
    );
    const failure = await refusal(readDatasetSpec(named as unknown as DatasetSpec, scratchFolder, quiet));
    expect(failure.message).toContain(sentence);
    expect(failure.hint).not.toBe('');
  });

  it('makes the same dataset as the window does of the same file', async () => {
    const content = text.replace('B,40,,', 'B,40,2,');
    const name = put(content);
    const fromSpec = await readDatasetSpec({ train: name, label: 'y' }, scratchFolder, quiet);
    const fromWindow = await readContent('t.csv', content, { label: 'y' });
    expect(fingerprintDataset(fromSpec)).toBe(fingerprintDataset(fromWindow));
  });
});
