import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { previewFiles, readDatasetSpec, readFiles } from '../../src/main/datasets/index.ts';
import type { SourceFile } from '../../src/main/datasets/index.ts';
import { fileWith, numbers, quiet, refusal, scratchFolder } from './scratch.ts';

const TYPES: Record<number, (body: DataView, at: number, value: number) => void> = {
  8: (body, at, value) => body.setUint8(at, value),
  9: (body, at, value) => body.setInt8(at, value),
  11: (body, at, value) => body.setInt16(2 * at, value),
  12: (body, at, value) => body.setInt32(4 * at, value),
  13: (body, at, value) => body.setFloat32(4 * at, value),
  14: (body, at, value) => body.setFloat64(8 * at, value),
};
const BYTES: Record<number, number> = { 8: 1, 9: 1, 11: 2, 12: 4, 13: 4, 14: 8 };

function idx(shape: readonly number[], values: readonly number[], type = 8): Buffer {
  const bytes = Buffer.alloc(4 + 4 * shape.length + values.length * BYTES[type]);
  bytes[2] = type;
  bytes[3] = shape.length;
  shape.forEach((side, axis) => bytes.writeUInt32BE(side, 4 + 4 * axis));
  const body = new DataView(bytes.buffer, bytes.byteOffset + 4 + 4 * shape.length);
  values.forEach((value, at) => TYPES[type](body, at, value));
  return bytes;
}

function count(length: number, from = 0): number[] {
  return Array.from({ length }, (_, i) => (i + from) % 100);
}

const spec = { train: { images: 'a', labels: 'b' }, test: { images: 'c', labels: 'd' } };

/** The four files under the names that a spec gives them. */
function specOf(trainRows: number): typeof spec {
  const names = [
    fileWith('train-images', idx([trainRows, 2, 3], count(trainRows * 6))),
    fileWith(
      'train-labels',
      idx(
        [trainRows],
        count(trainRows).map((i) => i % 2),
      ),
    ),
    fileWith('t10k-images', gzipSync(idx([2, 2, 3], count(12, 50)))),
    fileWith('t10k-labels', gzipSync(idx([2], [1, 0]))),
  ].map(({ path }) => path.slice(scratchFolder.length + 1));
  return { train: { images: names[0], labels: names[1] }, test: { images: names[2], labels: names[3] } };
}

describe('IDX files', () => {
  it('give back every element of any type', async () => {
    const example = fc.tuple(
      fc.constantFrom(8, 9, 11, 12, 13, 14),
      fc.array(fc.integer({ min: 0, max: 127 }), { minLength: 24, maxLength: 24 }),
    );
    await fc.assert(
      fc.asyncProperty(example, async ([type, values]) => {
        const files = [
          fileWith('train-labels', idx([4], [3, 5, 5, 3], type)),
          fileWith('train-images', idx([4, 3, 2], values, type)),
          fileWith('test-images', idx([4, 3, 2], values, type)),
          fileWith('test-labels', idx([4], [5, 3, 5, 3])),
        ];
        const dataset = await readFiles(files, {}, quiet);
        expect(Array.from(dataset.block?.data ?? [])).toEqual([...values, ...values]);
        expect(Array.from(numbers(dataset, 'label').values)).toEqual([3, 5, 5, 3, 5, 3, 5, 3]);
        expect(dataset.block?.scale).toBe(type === 8 ? 1 / 255 : 1);
        expect(dataset.image).toMatchObject({ height: 3, width: 2 });
      }),
      { numRuns: 40 },
    );
  });

  it('lose the validation rows in front, keep trainRows of the rest, and are scaled', async () => {
    const dataset = await readDatasetSpec(
      { ...specOf(10), validationRows: 3, trainRows: 4, scale: 0.00392156862745098 },
      scratchFolder,
      quiet,
    );
    expect([dataset.trainRows, dataset.testRows]).toEqual([4, 2]);
    expect(Array.from(dataset.block?.data ?? [])).toEqual([...count(24, 18), ...count(12, 50)]);
    expect(Array.from(numbers(dataset, 'label').values)).toEqual([1, 0, 1, 0, 1, 0]);
    expect(dataset.image).toEqual({ height: 2, width: 3, maximum: 1 });
    expect((await readDatasetSpec(specOf(5), scratchFolder, quiet)).block?.scale).toBe(1);
  });

  it('of training rows alone are split by seed', async () => {
    const files = [
      fileWith('images', idx([20, 1, 1], count(20))),
      fileWith(
        'labels',
        idx(
          [20],
          count(20).map((i) => i % 2),
        ),
      ),
    ];
    const dataset = await readFiles(files, {}, quiet);
    expect([dataset.trainRows, dataset.testRows]).toEqual([16, 4]);
    const preview = await previewFiles(files, {});
    expect(preview).toMatchObject({ format: 'IDX', trainRows: 16, testRows: 4, featureCount: 1 });
  });

  const images = idx([4, 2, 2], count(16));
  const labels = idx([4], [0, 1, 0, 1]);
  const cases: [string, Uint8Array[], string][] = [
    ['images that end early', [images.subarray(0, 20), labels], 'ends early'],
    ['images with bytes left over', [Buffer.concat([images, Buffer.alloc(3)]), labels], '3 bytes more'],
    ['another number of labels', [images, idx([3], [0, 1, 0])], '4 images and '],
    ['images alone', [images], '1 IDX file was given'],
    ['two files of labels', [labels, labels], '0 hold images and 2 hold labels'],
    ['a shape beyond the file', [idx([4_000_000_000, 30_000, 30_000], []), idx([4_000_000_000], [])], 'ends early'],
    ['images of no pixels', [idx([4, 0, 0], []), labels], 'holds no images'],
  ];
  it.each(cases)('are refused with a sentence: %s', async (_, contents, sentence) => {
    const files: SourceFile[] = contents.map((content, i) => fileWith(`file-${i}`, content));
    expect((await refusal(readFiles(files, {}, quiet))).message).toContain(sentence);
  });

  it('are refused when validationRows leaves too few rows', async () => {
    const failure = await refusal(
      readDatasetSpec({ ...specOf(5), validationRows: 3, trainRows: 3 }, scratchFolder, quiet),
    );
    expect(failure.message).toContain('too few for 3 validation rows and 3 training rows');
  });
});
