import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readFiles } from '../../src/main/datasets/index.ts';
import { fileWith, numbers, quiet, readContent, refusal } from './scratch.ts';

describe('svmlight files', () => {
  it('give back every label and non-zero value, counted from 0 or 1', async () => {
    const value = fc.double({ noNaN: true, noDefaultInfinity: true }).filter((v) => v !== 0);
    const row = fc.dictionary(fc.integer({ min: 0, max: 30 }).map(String), value, { noNullPrototype: true });
    const example = fc.record({
      train: fc.array(row, { minLength: 2, maxLength: 8 }),
      base: fc.constantFrom(0, 1),
      gzip: fc.boolean(),
      end: fc.constantFrom('\n', '\r\n'),
    });
    await fc.assert(
      fc.asyncProperty(example, async ({ train, base, gzip, end }) => {
        // The first row fixes the counting: its lowest index is `base`.
        const rows = [{ '0': 1, '3': -2.5 }, ...train];
        const line = (entries: Record<string, number>, i: number): string =>
          [i % 2 === 0 ? '+1' : '-1', ...Object.entries(entries).map(([j, v]) => `${Number(j) + base}:${v}`)].join(
            ' ',
          ) + ' # note';
        const text = rows.map(line).join(end);
        const files = [fileWith('train.txt', gzip ? gzipSync(text) : text), fileWith('test.txt', '-1 5:1\n1\n')];
        const dataset = await readFiles(files, {}, quiet);
        const { block } = dataset;
        if (block?.kind !== 'sparse') throw new Error('not sparse');
        const read = rows.map((_, i) => {
          const entries: Record<string, number> = {};
          for (let at = block.indptr[i]; at < block.indptr[i + 1]; at++) entries[block.indices[at]] = block.data[at];
          return entries;
        });
        expect(read).toEqual(rows);
        expect(dataset.testRows).toBe(2);
        expect(numbers(dataset, 'label').values.slice(0, 2)).toEqual(new Float64Array([1, -1]));
        expect(block.names?.[0]).toBe(base === 1 ? 'x1' : undefined);
      }),
      { numRuns: 60 },
    );
  });

  it.each([
    ['an index that falls', '1 2:1 1:1\n', 'line 1: index 1 follows 2'],
    ['an index given twice', '1 1:1\n0 2:1 2:3\n', 'line 2: index 2 follows 2'],
    ['a value that is no number', '1 1:1\n0 2:x\n', 'line 2: the value of feature 2 "x"'],
    ['an infinite value', '1 1:1\n0 2:1e999\n', 'line 2: the value of feature 2 "1e999"'],
    ['an index beyond all memory', '1 1:1\n0 2000000000:1\n', 'index 2000000000 is too large'],
  ])('are refused with file and line: %s', async (_, text, sentence) => {
    const failure = await refusal(readContent('a.svm', text));
    expect(failure.message).toContain('a.svm, ');
    expect(failure.message).toContain(sentence);
  });

  it('refuse the options of tables', async () => {
    expect((await refusal(readContent('a.svm', '1 1:1\n0 1:2\n', { label: 'y' }))).message).toContain(
      '"label" is for tables',
    );
  });
});
