import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { npyArray } from '../../src/main/datasets/npy-array.ts';
import { openRandomAccess } from '../../src/main/datasets/source-file.ts';
import { readEntry, zipEntries } from '../../src/main/datasets/zip-archive.ts';
import { npy, npz, numberNpy, smallArrays, stringNpy } from './npy-writer.ts';
import type { NumberType } from './npy-writer.ts';
import { categories, fileWith, numbers, quiet, readContent, refusal, texts } from './scratch.ts';

describe('arrays written by NumPy', () => {
  it('are read alike whatever their type, byte order and memory order', async () => {
    const golden = readFileSync(join(import.meta.dirname, 'golden', 'every-dtype.npz'));
    const access = await openRandomAccess(fileWith('every-dtype.npz', golden), quiet);
    const entries = await zipEntries(access, 'golden');
    expect(entries.length).toBe(42);
    for (const entry of entries) {
      const array = npyArray(await readEntry(access, entry, 'golden'), entry.name);
      expect(array.shape, entry.name).toEqual([3, 2]);
      const [type] = entry.name.split('_');
      const expected = [0, 1, 2, 3, 4, 5].map((value) => {
        if (type === 'U' || type === 'S') return `é${value}`;
        if (type === 'b1') return value % 2;
        return type.startsWith('u') ? value : value - 3;
      });
      expect(Array.from<number | string>(array.data), entry.name).toEqual(expected);
    }
    await access.close();
  });
});

describe('a dense NPZ file', () => {
  const types: NumberType[] = ['f4', 'f8', 'i1', 'i2', 'i4', 'i8', 'u1', 'u2', 'u4', 'u8', 'b1'];

  it('gives back every value of X and y, for any type, byte order, memory order and compression', async () => {
    const example = fc.record({
      type: fc.constantFrom(...types),
      labelType: fc.constantFrom(...types),
      rows: fc.integer({ min: 2, max: 6 }),
      columns: fc.integer({ min: 1, max: 4 }),
      layout: fc.record({ big: fc.boolean(), fortran: fc.boolean() }),
      compressed: fc.boolean(),
      gzip: fc.boolean(),
      seed: fc.array(fc.nat({ max: 1 }), { minLength: 24, maxLength: 24 }),
    });
    await fc.assert(
      fc.asyncProperty(example, async ({ type, labelType, rows, columns, layout, compressed, gzip, seed }) => {
        const X = seed.slice(0, rows * columns);
        const y = Array.from({ length: rows }, (_, i) => i % 2);
        const file = npz(
          {
            X_train: numberNpy(type, [rows, columns], X, layout),
            y_train: numberNpy(labelType, [rows], y),
            X_test: numberNpy(
              type,
              [rows, columns],
              X.map((value) => 1 - value),
              layout,
            ),
            y_test: numberNpy(labelType, [rows, 1], y),
          },
          compressed,
        );
        const dataset = await readContent('a.npz', gzip ? gzipSync(file) : file);
        expect(dataset.trainRows).toBe(rows);
        expect(dataset.testRows).toBe(rows);
        expect(Array.from(dataset.block?.data ?? [])).toEqual([...X, ...X.map((value) => 1 - value)]);
        expect(Array.from(numbers(dataset, 'y').values)).toEqual([...y, ...y]);
      }),
      { numRuns: 60 },
    );
  });

  it('keeps float64 values bit for bit', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 4, maxLength: 4 }),
        async (X) => {
          const arrays = {
            ...smallArrays(),
            X_train: numberNpy('f8', [4, 1], X),
            X_test: numberNpy('f8', [2, 1], [0.1, -0]),
          };
          const dataset = await readContent('a.npz', npz(arrays));
          expect(Array.from(dataset.block?.data ?? [])).toEqual([...X, 0.1, -0]);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('takes string labels, feature names, weights and group columns with and without test rows', async () => {
    const dataset = await readContent(
      'a.npz',
      npz({
        ...smallArrays(),
        y_train: stringNpy(['spam', 'ham', 'spam', 'ham']),
        y_test: stringNpy(['ham', 'ham']),
        feature_names: stringNpy(['größe', '😀']),
        sample_weight: numberNpy('f4', [4], [1, 0.5, 2, 0]),
        site_train: stringNpy(['b', 'a', 'a', '?']),
        site_test: stringNpy(['c', 'a']),
        worker: numberNpy('i4', [4], [7, 7, 8, 9]),
        hour_train: numberNpy('i8', [4], [1, 2, 3, 4]),
        unrelated: numberNpy('f8', [3], [1, 2, 3]),
      }),
    );
    expect(texts(categories(dataset, 'y'))).toEqual(['spam', 'ham', 'spam', 'ham', 'ham', 'ham']);
    expect(dataset.block?.names).toEqual(['größe', '😀']);
    expect(dataset.columns.map(({ name, role }) => [name, role])).toEqual([
      ['y', 'target'],
      ['sample_weight', 'weight'],
      ['site', 'group'],
      ['worker', 'group'],
      ['hour', 'group'],
    ]);
    expect(texts(categories(dataset, 'site'))).toEqual(['b', 'a', 'a', '?', 'c', 'a']);
    expect(categories(dataset, 'site').levels).toEqual(['?', 'a', 'b', 'c']);
    expect(Array.from(numbers(dataset, 'worker').values)).toEqual([7, 7, 8, 9, NaN, NaN]);
    expect(Array.from(numbers(dataset, 'sample_weight').values)).toEqual([1, 0.5, 2, 0, NaN, NaN]);
    expect(dataset.notes).toEqual(['Arrays not used: unrelated.']);
  });

  it('splits test rows off when it has none, and says so', async () => {
    const { X_train, y_train } = smallArrays();
    const dataset = await readContent('a.npz', npz({ X_train, y_train }));
    expect([dataset.trainRows, dataset.testRows]).toEqual([3, 1]);
    expect(dataset.notes[0]).toContain('seed 0');
  });

  it('reads images of three axes', async () => {
    const dataset = await readContent(
      'a.npz',
      npz({
        ...smallArrays(),
        X_train: numberNpy('u1', [4, 1, 2], [0, 255, 3, 4, 5, 6, 7, 8]),
        X_test: numberNpy('u1', [2, 1, 2], [1, 2, 3, 4]),
      }),
    );
    expect(dataset.image).toEqual({ height: 1, width: 2, maximum: 255 });
    expect(dataset.block?.columns).toBe(2);
  });
});

describe('the CSR layout', () => {
  const csr = {
    data: numberNpy('u2', [5], [3, 1, 2, 5, 4]),
    indices: numberNpy('i4', [5], [2, 0, 1, 0, 2]),
    indptr: numberNpy('i4', [4], [0, 2, 2, 5]),
    shape: numberNpy('i8', [2], [3, 3]),
    y: numberNpy('u1', [3], [0, 1, 1]),
    n_train: numberNpy('i8', [], [2]),
  };

  it('is split at n_train, its rows sorted by column, its other arrays kept', async () => {
    const dataset = await readContent(
      'a.npz',
      npz({
        ...csr,
        indices: numberNpy('i4', [5], [2, 0, 1, 0, 2]),
        vocab: stringNpy(['a', 'b', 'c']),
        filename: stringNpy(['x', 'y', 'z']),
      }),
    );
    expect([dataset.trainRows, dataset.testRows]).toEqual([2, 1]);
    const block = dataset.block;
    if (block?.kind !== 'sparse') throw new Error('not sparse');
    expect(Array.from(block.indptr)).toEqual([0, 2, 2, 5]);
    expect(Array.from(block.indices)).toEqual([0, 2, 0, 1, 2]);
    expect(Array.from(block.data)).toEqual([1, 3, 5, 2, 4]);
    expect(block.data).toBeInstanceOf(Uint16Array);
    expect(block.names).toEqual(['a', 'b', 'c']);
    expect(categories(dataset, 'filename').role).toBe('id');
  });

  it.each([
    ['a column out of range', { indices: numberNpy('i4', [5], [2, 0, 1, 0, 3]) }, 'indices holds 3 in row 2'],
    ['a negative column', { indices: numberNpy('i4', [5], [2, -1, 1, 0, 2]) }, 'indices holds -1 in row 0'],
    ['a column given twice', { indices: numberNpy('i4', [5], [0, 0, 1, 0, 2]) }, 'row 0 has column 0 twice'],
    ['falling row pointers', { indptr: numberNpy('i4', [4], [0, 4, 2, 5]) }, 'indptr falls after row 1'],
    ['row pointers of another length', { indptr: numberNpy('i4', [3], [0, 2, 5]) }, 'do not make a CSR matrix'],
    ['n_train beyond the rows', { n_train: numberNpy('i8', [], [3]) }, 'n_train is 3'],
    ['a NaN', { data: numberNpy('f4', [5], [3, 1, 2, NaN, 4]) }, 'data is NaN in row 2, column 0'],
  ])('is refused with %s', async (_, change, sentence) => {
    expect((await refusal(readContent('a.npz', npz({ ...csr, ...change })))).message).toContain(sentence);
  });
});

describe('an NPZ file that can not be used', () => {
  const cases: [string, Record<string, Uint8Array>, string][] = [
    ['labels absent', { y_train: new Uint8Array() }, 'y_train'],
    ['pickled objects', { y_train: npy('|O', [4], new Uint8Array(32)) }, 'a.npz: y_train holds pickled Python objects'],
    ['pickled group column', { site_train: npy('|O', [4], new Uint8Array(32)) }, 'a.npz: site_train holds pickled'],
    ['complex numbers', { X_train: npy('<c8', [4, 2], new Uint8Array(64)) }, 'X_train has the type <c8'],
    ['strings as features', { X_train: stringNpy(['a', 'b', 'c', 'd']) }, 'X_train holds strings'],
    ['a vector as features', { X_train: numberNpy('f4', [4], [1, 2, 3, 4]) }, 'X_train has shape (4)'],
    ['too few labels', { y_train: numberNpy('u1', [3], [0, 1, 0]) }, 'y_train has shape (3) where 4 values'],
    ['too many group values', { g_train: numberNpy('u1', [5], [0, 1, 0, 1, 1]) }, 'g_train has shape (5) where 4'],
    [
      'other features in the test rows',
      { X_test: numberNpy('f4', [2, 1], [1, 2]) },
      'X_train has 2 columns and X_test has 1',
    ],
    ['a NaN', { X_train: numberNpy('f4', [4, 2], [1, 2, 3, 4, 5, NaN, 7, 8]) }, 'X_train is NaN in row 2, column 1'],
    [
      'an infinity',
      { X_test: numberNpy('f8', [2, 2], [1, 2, -Infinity, 4]) },
      'X_test is -Infinity in row 1, column 0',
    ],
    [
      'one class',
      { y_train: numberNpy('u1', [4], [1, 1, 1, 1]), y_test: numberNpy('u1', [2], [1, 1]) },
      'only the class 1',
    ],
    ['a test label unseen in training', { y_test: numberNpy('u1', [2], [1, 7]) }, 'The label 7 of test row 1'],
    ['a negative weight', { sample_weight: numberNpy('f4', [4], [1, -1, 1, 1]) }, 'The weight of training row 1'],
    [
      'an integer beyond 2⁵³',
      { big_train: npy('<u8', [4], new Uint8Array(32).fill(255)) },
      'holds 18446744073709551615',
    ],
    ['names for other features', { feature_names: stringNpy(['a']) }, 'feature_names has 1 names for 2 features'],
  ];
  it.each(cases)('is refused with a sentence: %s', async (_, change, sentence) => {
    const arrays = { ...smallArrays(), ...change };
    if (change.y_train?.length === 0) delete arrays.y_train;
    expect((await refusal(readContent('a.npz', npz(arrays)))).message).toContain(sentence);
  });

  it('is refused when it holds other arrays, or none', async () => {
    expect((await refusal(readContent('a.npz', npz({ foo: numberNpy('u1', [1], [1]) })))).message).toContain(
      'its arrays are foo',
    );
    const workbook = zipSync({ 'xl/workbook.xml': new Uint8Array(9) });
    expect((await refusal(readContent('a.xlsx', workbook))).hint).toContain('CSV');
  });

  it('is refused before memory is taken when it announces more than it can hold', async () => {
    const shape = npz({ ...smallArrays(), X_train: npy('<f8', [1e9, 1e5], new Uint8Array(64)) });
    expect((await refusal(readContent('a.npz', shape))).message).toContain('announces shape (1000000000, 100000)');
    // The directory's uncompressed size of the first entry, set to 4 GB − 2.
    const sizes = Buffer.from(npz(smallArrays()));
    sizes.writeUInt32LE(0xfffffffe, sizes.indexOf(Buffer.from([0x50, 0x4b, 1, 2])) + 24);
    expect((await refusal(readContent('a.npz', sizes))).message).toContain('X_train.npy is damaged');
  });

  it('is refused when a byte of an array changed on the way', async () => {
    const file = Buffer.from(npz(smallArrays(), false));
    file[file.indexOf(numberNpy('f4', [4, 2], [1, 2, 3, 4, 5, 6, 7, 8]).subarray(-32)) + 3] ^= 1;
    expect((await refusal(readContent('a.npz', file))).message).toContain('X_train.npy is damaged');
  });
});
