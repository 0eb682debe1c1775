/** Parquet and Arrow files that pyarrow wrote (golden/make-typed-tables.py), and JSON lines written here. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { previewFiles, readDatasetSpec, readFiles, sourceFile } from '../../src/main/datasets/index.ts';
import type { Dataset } from '../../src/shared/dataset.ts';
import { categories, fileWith, numbers, quiet, readContent, refusal, texts } from './scratch.ts';

const GOLDEN = join(import.meta.dirname, 'golden');
const golden = (name: string): Promise<Dataset> => readSpec(join(GOLDEN, name));
const N = 30;
const rows = Array.from({ length: N }, (_, i) => i);
const DAYS_TO_2020 = 18_262;

/** The file's rows in the file's order: the test table is the same file. */
async function readSpec(path: string, options: object = {}): Promise<Dataset> {
  const spec = { train: path, test: path, label: 'label', missingNumbers: 'mean' as const, ...options };
  return readDatasetSpec(spec, '/', quiet);
}

const numberValues = (dataset: Dataset, name: string): number[] =>
  Array.from(numbers(dataset, name).values.subarray(0, N));
const textValues = (dataset: Dataset, name: string): (string | null)[] => texts(categories(dataset, name)).slice(0, N);

describe.each([
  ...['snappy', 'gzip', 'zstd', 'lz4', 'brotli', 'none', 'v2'].map((codec) => `typed-${codec}.parquet`),
  ...['lz4', 'zstd', 'uncompressed'].map((codec) => `typed-${codec}.feather`),
  'typed.arrows',
])('%s', (name) => {
  it('comes back value for value: numbers, gaps, texts, dates, decimals and long identifiers', async () => {
    const dataset = await golden(name);
    expect([dataset.trainRows, dataset.testRows]).toEqual([N, N]);
    expect(numberValues(dataset, 'int')).toEqual(rows);
    expect(numberValues(dataset, 'long')).toEqual(rows.map((i) => (i % 5 ? i - 10 : NaN)));
    expect(numberValues(dataset, 'float')).toEqual(rows.map((i) => (i % 4 ? i / 8 : NaN)));
    expect(numberValues(dataset, 'double')).toEqual(rows.map((i) => (i === 3 ? NaN : i * 1.5)));
    expect(textValues(dataset, 'flag')).toEqual(rows.map((i) => (i % 3 === 0 ? 'true' : 'false')));
    expect(textValues(dataset, 'text')).toEqual(rows.map((i) => ['a?', '', 'é', null, 'x'][i % 5]));
    expect(textValues(dataset, 'dictionary')).toEqual(rows.map((i) => ['u', 'v', 'w'][i % 3]));
    expect(numberValues(dataset, 'day')).toEqual(rows.map((i) => DAYS_TO_2020 + i));
    expect(numberValues(dataset, 'instant')).toEqual(
      rows.map((i) => ((DAYS_TO_2020 * 24 + 12 + i) * 3_600_000) / 86_400_000),
    );
    expect(numberValues(dataset, 'decimal')).toEqual(rows.map((i) => (i - 5) / 100));
    expect(textValues(dataset, 'identifier')).toEqual(rows.map((i) => String(9007199254740993n + BigInt(i))));
    expect(textValues(dataset, 'label')).toEqual(rows.map((i) => ['no', 'yes'][i % 2]));
    expect(dataset.notes.join(' ')).toMatch(
      /Dates \("day", "instant"\).*True and false \("flag"\).*Decimals \("decimal"\)/,
    );
  });

  it('shows its first rows and kinds before it is imported', async () => {
    const preview = await previewFiles([await sourceFile(join(GOLDEN, name))], {});
    expect(preview.format).toBe(
      name.endsWith('parquet') ? 'Parquet' : name.endsWith('arrows') ? 'Arrow stream' : 'Arrow file',
    );
    expect(preview.table).toBe(true);
    expect([preview.trainRows, preview.testRows, preview.judgedRows]).toEqual([24, 6, N]);
    expect(preview.columns.find((column) => column.name === 'long')).toMatchObject({ kind: 'number', missing: 6 });
    expect(preview.columns.find((column) => column.name === 'label')).toMatchObject({
      kind: 'category',
      role: 'target',
    });
    expect(preview.rows[1].slice(0, 3)).toEqual(['1', '-9', '0.125']);
  });
});

describe('a typed table', () => {
  it('is read compressed as a whole, and dates become categories in ISO form when that is chosen', async () => {
    for (const name of ['typed-snappy.parquet', 'typed-lz4.feather']) {
      const file = fileWith(`${name}.gz`, gzipSync(readFileSync(join(GOLDEN, name))));
      const types = { day: 'category', instant: 'category', int: 'category' } as const;
      const dataset = await readFiles([file], { label: 'label', types }, quiet);
      expect(categories(dataset, 'day').levels.slice(0, 2)).toEqual(['2020-01-01', '2020-01-02']);
      expect(categories(dataset, 'instant').levels[0]).toBe('2020-01-01 12:00:00');
      expect(categories(dataset, 'int').levels).toContain('7');
    }
  });

  it.each([
    ['nested.parquet', 'nested.parquet: the column "list" is nested'],
    ['nested.feather', 'nested.feather: the column "list" is nested'],
    ['no-rows.parquet', 'no-rows.parquet has no rows.'],
    ['no-rows.feather', 'no-rows.feather has no rows.'],
    ['unlabelled.parquet', 'unlabelled.parquet, row 18: the label "label" is empty.'],
    ['unlabelled.feather', 'unlabelled.feather, row 18: the label "label" is empty.'],
    ['twice.parquet', 'columns 1 and 2 are both called "a"'],
    ['twice.feather', 'columns 1 and 2 are both called "a"'],
  ])('is refused with file and place: %s', async (name, sentence) => {
    expect((await refusal(golden(name))).message).toContain(sentence);
  });

  it.each(['typed-snappy.parquet', 'typed-lz4.feather', 'typed.arrows'])(
    'that was cut is refused: %s',
    async (name) => {
      const bytes = readFileSync(join(GOLDEN, name));
      const failure = await refusal(readContent(name, bytes.subarray(0, bytes.length - 1000), { label: 'label' }));
      expect(failure.message).toContain(name);
      expect(failure.hint).toContain('again');
    },
  );

  it('that is encrypted or of the first Feather version is refused by name', async () => {
    expect((await refusal(readContent('a.parquet', 'PAREaaaaPARE'))).message).toContain('encrypted');
    expect((await refusal(readContent('a.feather', 'FEA1aaaaFEA1'))).message).toContain('Feather file of version 1');
  });

  it('reports progress up to the size of the file and stops when cancelled', async () => {
    for (const name of ['typed-snappy.parquet', 'typed-lz4.feather']) {
      const file = await sourceFile(join(GOLDEN, name));
      const seen: number[] = [];
      await readFiles([file], {}, { progress: (p) => seen.push(p.bytesRead), cancelled: () => false });
      expect(seen).toEqual([...seen].sort((a, b) => a - b));
      expect(seen.at(-1)).toBe(file.bytes);
      let asked = 0;
      const cancelling = readFiles([file], {}, { progress: () => undefined, cancelled: () => (asked += 1) > 3 });
      await expect(cancelling).rejects.toMatchObject({ kind: 'cancelled' });
    }
  });

  it('is a training and a test table of a study like CSV', async () => {
    const dataset = await readDatasetSpec(
      {
        train: 'typed-zstd.parquet',
        test: 'typed-v2.parquet',
        label: 'label',
        groupColumns: ['dictionary'],
        ignore: ['long', 'float', 'double'],
      },
      GOLDEN,
      quiet,
    );
    expect([dataset.trainRows, dataset.testRows]).toEqual([N, N]);
    expect(categories(dataset, 'dictionary').role).toBe('group');
  });
});

describe('JSON lines', () => {
  const line = (i: number): string =>
    JSON.stringify({
      n: i / 4,
      ...(i % 3 === 0 ? {} : { s: `t${i % 2}` }),
      b: i % 2 === 0,
      empty: null,
      label: i % 2 ? 'yes' : 'no',
    });
  const text = rows.map(line).join('\n');

  it.each([
    ['plain', text],
    ['with blank lines, a byte order mark and Windows line ends', `\ufeff${rows.map(line).join('\r\n\r\n')}\r\n`],
    ['compressed', gzipSync(text)],
  ])('comes back value for value: %s', async (_, content) => {
    const file = fileWith('t.jsonl', content);
    const dataset = await readSpec(file.path);
    expect(numberValues(dataset, 'n')).toEqual(rows.map((i) => i / 4));
    expect(textValues(dataset, 's')).toEqual(rows.map((i) => (i % 3 === 0 ? null : `t${i % 2}`)));
    expect(textValues(dataset, 'b')).toEqual(rows.map((i) => String(i % 2 === 0)));
    expect(numberValues(dataset, 'empty')).toEqual(rows.map(() => NaN));
    expect((await previewFiles([file], {})).format).toMatch(/^JSON lines/);
  });

  it('keeps every digit of long whole numbers and every character that a chunk cuts', async () => {
    const long = rows.map(
      (i) =>
        `{"id": 12345678901234567${String(i).padStart(3, '0')}, "é": "${'ü'.repeat(40_000)}${i % 7}", "label": ${i % 2}}`,
    );
    const dataset = await readSpec(fileWith('t.jsonl', long.join('\n')).path);
    expect(textValues(dataset, 'id')[7]).toBe('12345678901234567007');
    expect(categories(dataset, 'é').levels).toHaveLength(7);
    expect(categories(dataset, 'é').levels[0]).toBe(`${'ü'.repeat(40_000)}0`);
  });

  it.each([
    ['a list', '{"a": 1, "label": 0}\n{"a": [1], "label": 1}', 't.jsonl, line 2: the field "a" holds a list'],
    ['an object', '{"a": {"b": 1}, "label": 0}', 't.jsonl, line 1: the field "a" holds an object'],
    ['a broken line', '{"a": 1, "label": 0}\n\n{"a": 2,\n', 't.jsonl, line 3: not a JSON object on one line'],
    ['a number alone', '{"a": 1, "label": 0}\n7', 't.jsonl, line 2: not an object'],
    ['no label', '{"a": 1, "label": 0}\n{"a": 1}', 't.jsonl, line 2: the label "label" is empty'],
  ])('is refused with line and field for %s', async (_, content, sentence) => {
    const failure = await refusal(readContent('t.jsonl', content, { label: 'label' }));
    expect(failure.message).toContain(sentence);
    expect(failure.hint).not.toBe('');
  });

  it('is refused where a field turns up after the rows that say what the columns are', async () => {
    const many = Array.from({ length: 1200 }, (_, i) => `{"a": ${i}, "label": ${i % 2}}`);
    const failure = await refusal(
      readContent('t.jsonl', `${many.join('\n')}\n{"a": 1, "late": 2, "label": 0}`, { label: 'label' }),
    );
    expect(failure.message).toContain('line 1201: the field "late"');
  });
});

describe('a file named for a format that announces itself', () => {
  it.each([
    ['rows.parquet', 'a Parquet file'],
    ['rows.feather', 'an Arrow file'],
    ['rows.npz', 'an NPZ file'],
  ])('and holding something else is not taken for a table (%s)', async (name, format) => {
    const failure = await refusal(readContent(name, 'a,b\n1,2\n'));
    expect(failure.message).toContain(`${name} is not ${format}`);
    expect(failure.hint).not.toBe('');
  });
});
