/** Damaged and random files: a dataset or a sentence, never another exception, a hang or a huge allocation. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { previewFiles, readFiles } from '../../src/main/datasets/index.ts';
import type { SourceFile } from '../../src/main/datasets/index.ts';
import { LeverageError } from '../../src/shared/errors.ts';
import { npz, numberNpy, smallArrays, stringNpy } from './npy-writer.ts';
import { datasetOrRefusal, fileWith, quiet } from './scratch.ts';

const table = `id,name,value,label\n${Array.from({ length: 40 }, (_, i) => `${i},"n ""${i % 5}""",${i / 7},${i % 2}`).join('\n')}\n`;
const sparse = Array.from({ length: 30 }, (_, i) => `${i % 2} ${1 + (i % 3)}:0.5 ${9 + (i % 4)}:${i}`).join('\n');
const images = Buffer.concat([Buffer.from([0, 0, 8, 3, 0, 0, 0, 8, 0, 0, 0, 2, 0, 0, 0, 2]), Buffer.alloc(32, 7)]);
const labels = Buffer.from([0, 0, 8, 1, 0, 0, 0, 8, 0, 1, 0, 1, 0, 1, 0, 1]);
const dense = npz({ ...smallArrays(), site_train: stringNpy(['a', 'b', 'a', 'b']) });
const stored = npz(smallArrays(), false);
const csr = npz({
  data: numberNpy('u2', [4], [3, 1, 2, 5]),
  indices: numberNpy('i4', [4], [0, 2, 1, 0]),
  indptr: numberNpy('i4', [5], [0, 2, 2, 3, 4]),
  shape: numberNpy('i8', [2], [4, 3]),
  y: numberNpy('u1', [4], [0, 1, 1, 0]),
  n_train: numberNpy('i8', [], [3]),
});

const lines = Array.from(
  { length: 40 },
  (_, i) => `{"n": ${i / 7}, "s": "é\\n ${i % 5}", "b": null, "label": ${i % 2 === 0}}`,
).join('\n');
const golden = (name: string): Uint8Array => readFileSync(join(import.meta.dirname, 'golden', name));

/** Every file of a set, as bytes; the first one is damaged. */
const VALID: Record<string, Uint8Array[]> = {
  table: [Buffer.from(table)],
  'table.gz': [gzipSync(table)],
  svmlight: [Buffer.from(sparse)],
  'dense npz': [dense],
  'stored npz': [stored],
  'csr npz': [csr],
  'npz.gz': [gzipSync(dense)],
  'JSON lines': [Buffer.from(lines)],
  'parquet, snappy': [golden('typed-snappy.parquet')],
  'parquet, uncompressed': [golden('typed-none.parquet')],
  'parquet, second page version': [golden('typed-v2.parquet')],
  'parquet, zstd': [golden('typed-zstd.parquet')],
  'feather, lz4': [golden('typed-lz4.feather')],
  'feather, zstd': [golden('typed-zstd.feather')],
  'arrow stream': [golden('typed.arrows')],
  'idx images': [images, labels],
  'idx labels': [labels, images],
  'idx images.gz': [gzipSync(images), labels],
};

/**
 * Lengths inside compressed pages are believed by the Parquet library: one in thousands of changed bytes has it
 * count to 2³¹, in a thread that the person can end. Here the changes are the same every time.
 */
const fixed = (format: string): { seed?: number } => (/parquet|feather|arrow/.test(format) ? { seed: 1 } : {});

async function readAndPreview(contents: readonly Uint8Array[]): Promise<void> {
  const files: SourceFile[] = contents.map((content, i) => fileWith(`file-${i}`, content));
  await datasetOrRefusal(readFiles(files, {}, quiet));
  try {
    await previewFiles(files, {});
  } catch (error) {
    if (!(error instanceof LeverageError)) throw error;
  }
}

describe.each(Object.entries(VALID))('a damaged file: %s', (format, [first, ...rest]) => {
  it('cut anywhere gives a dataset or a sentence', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: first.length }), (length) => readAndPreview([first.subarray(0, length), ...rest])),
      { numRuns: 20, ...fixed(format) },
    );
  });

  it('with changed bytes gives a dataset or a sentence', async () => {
    const change = fc.record({ at: fc.nat({ max: first.length - 1 }), to: fc.nat({ max: 255 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 6 }), (changes) => {
        const bytes = Uint8Array.from(first);
        for (const { at, to } of changes) bytes[at] = to;
        return readAndPreview([bytes, ...rest]);
      }),
      { numRuns: 40, ...fixed(format) },
    );
  });
});

describe('random bytes', () => {
  const beginning = fc.constantFrom(
    '',
    'PK\x03\x04',
    '\x1f\x8b\x08',
    '\0\0\x08\x03',
    '\x93NUMPY\x01\0',
    '1 1:1 ',
    'a,b\n',
    'PAR1',
    'ARROW1\0\0\xff\xff\xff\xff\x10\0\0\0',
    '\xff\xff\xff\xff\x10\0\0\0',
    '{"a": ',
    '"',
  );
  it('give a dataset or a sentence, whatever they begin with', async () => {
    await fc.assert(
      fc.asyncProperty(beginning, fc.uint8Array({ maxLength: 300 }), (start, bytes) =>
        readAndPreview([Buffer.concat([Buffer.from(start, 'latin1'), bytes])]),
      ),
      { numRuns: 100 },
    );
  });

  it('of text characters give a dataset or a sentence', async () => {
    const characters = fc.constantFrom(...'ab1.0-eE,;|\t" \n\r:#?_é');
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: characters, maxLength: 200 }), (text) => readAndPreview([Buffer.from(text)])),
      { numRuns: 120 },
    );
  });
});
