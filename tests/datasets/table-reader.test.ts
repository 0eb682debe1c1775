import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { previewFiles, readFiles } from '../../src/main/datasets/index.ts';
import { DEFAULT_TEST, seededTestRows } from '../../src/main/datasets/row-selection.ts';
import { LeverageError } from '../../src/shared/errors.ts';
import { categories, fileWith, numbers, quiet, readContent, refusal, texts } from './scratch.ts';

/** A field as a careful writer writes it. */
function field(value: string, delimiter: string): string {
  const plain = !/["\r\n]/.test(value) && !value.includes(delimiter);
  return plain ? value : `"${value.replaceAll('"', '""')}"`;
}

function table(rows: readonly (readonly string[])[], delimiter = ',', end = '\n'): string {
  return rows.map((row) => row.map((value) => field(value, delimiter)).join(delimiter)).join(end) + end;
}

const awkward = fc
  .string({
    unit: fc.constantFrom('a', 'B', ' ', ',', ';', '\t', '|', '"', '\n', '\r\n', 'é', '😀', '1', "'", '\\'),
    maxLength: 8,
  })
  .map((text) => `t${text}.`);

describe('a table', () => {
  it('comes back cell for cell, with any delimiter, line end, byte order mark, compression and awkward text', async () => {
    const row = fc.record({
      number: fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer()),
      text: fc.option(awkward),
      label: fc.constantFrom('no', 'yes'),
    });
    const example = fc.record({
      rows: fc.array(row, { minLength: 6, maxLength: 25 }),
      delimiter: fc.constantFrom(',', ';', '\t', '|'),
      end: fc.constantFrom('\n', '\r\n', '\r'),
      mark: fc.constantFrom('', '\ufeff'),
      gzip: fc.boolean(),
      missing: fc.constantFrom('', '?', 'NA', 'NaN', 'null'),
      lastEnd: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(example, async ({ rows, delimiter, end, mark, gzip, missing, lastEnd }) => {
        fc.pre(rows.some((r) => r.text !== null) && rows.some((r) => r.label === 'no'));
        // Both classes must occur in training whatever the split.
        const all = [...rows, ...rows.map((r) => ({ ...r, label: r.label === 'no' ? 'yes' : 'no' })), ...rows];
        const cells = all.map((r) => [String(r.number), r.text ?? missing, 'x', r.label]);
        let text = mark + table([['num', 'text "q"', 'const', 'label'], ...cells], delimiter, end);
        if (!lastEnd) text = text.slice(0, -end.length);
        const dataset = await readContent('t.csv', gzip ? gzipSync(text) : text, { label: 'label' });
        // The rows of the file, in order, are the training rows with the test rows put back.
        const values = numbers(dataset, 'num').values;
        const order = reordered(all.length, dataset.trainRows);
        expect(Array.from(order, (at) => values[at])).toEqual(all.map((r) => Number(String(r.number))));
        const column = texts(categories(dataset, 'text "q"'));
        expect(Array.from(order, (at) => column[at])).toEqual(all.map((r) => r.text));
        const labels = texts(categories(dataset, 'label'));
        expect(Array.from(order, (at) => labels[at])).toEqual(all.map((r) => r.label));
      }),
      { numRuns: 50 },
    );
  });

  it('takes a first line of numbers for data and names the columns by number', async () => {
    const dataset = await readContent('t.csv', '1,2,a\n3,4,b\n5,6,a\n7,8,b\n1,1,a\n');
    expect(dataset.columns.map((column) => column.name)).toEqual(['column 1', 'column 2', 'column 3']);
    expect(dataset.trainRows + dataset.testRows).toBe(5);
    expect(dataset.notes.join()).toContain('no column names');
  });

  it('knows a header of counting numbers, and of one name that the person chose', async () => {
    const counting = await readContent('t.csv', '0,1,2,class\n5,5,5,a\n6,7,6,b\n7,7,7,a\n8,8,8,b\n9,9,9,b\n6,6,6,a\n');
    expect(counting.columns.map((column) => column.name)).toEqual(['0', '1', '2', 'class']);
    const chosen = await readContent('t.csv', '12,7\n1,0\n2,1\n3,0\n4,1\n5,1\n6,0\n', { label: '7' });
    expect(chosen.columns.map((column) => column.name)).toEqual(['12', '7']);
  });

  it('becomes text where a number column has text after thousands of different numbers', async () => {
    const lines = Array.from({ length: 6000 }, (_, i) => `${i}.50,1,${i % 2}`);
    lines.push('none,1,1');
    const dataset = await readContent('t.csv', `v,a,y\n${lines.join('\n')}\n`, { roles: { v: 'ignore' } });
    const column = categories(dataset, 'v');
    expect(column.levels.length).toBe(6001);
    expect(column.levels).toContain('0.50');
    expect(column.levels).toContain('none');
  });

  it('keeps identifiers beyond 2⁵³ and hexadecimal numbers as text', async () => {
    const dataset = await readContent(
      't.csv',
      'id,h,y\n12345678901234567890,0x10,a\n2,1,b\n3,0b1,a\n4,2,b\n5,2,a\n6,2,b\n',
    );
    expect(categories(dataset, 'id').levels).toContain('12345678901234567890');
    expect(categories(dataset, 'h').levels).toContain('0x10');
  });

  it('is split by seed: the same rows every time, other rows with another seed', async () => {
    const lines = Array.from({ length: 40 }, (_, i) => `${i},${i % 2}`).join('\n');
    const read = async (seed: number): Promise<number[]> => {
      const dataset = await readContent('t.csv', `v,y\n${lines}`, { test: { fraction: 0.25, seed } });
      expect([dataset.trainRows, dataset.testRows]).toEqual([30, 10]);
      return Array.from(numbers(dataset, 'v').values.slice(30));
    };
    // Golden: pins the split on every machine.
    expect(await read(0)).toEqual([4, 5, 7, 15, 22, 28, 34, 35, 36, 39]);
    expect(await read(0)).not.toEqual(await read(1));
  });

  it('reports progress up to the size of the file, and stops when cancelled, keeping nothing', async () => {
    const line = `${'1.25,'.repeat(200)}`;
    const file = fileWith('t.csv', Array.from({ length: 4000 }, (_, i) => `${line}${i % 2}`).join('\n'));
    const seen: { bytesRead: number; bytesTotal: number; rows: number }[] = [];
    await readFiles([file], {}, { progress: (p) => seen.push(p), cancelled: () => false });
    expect(seen.length).toBeGreaterThan(2);
    expect(seen.at(-1)).toMatchObject({ file: 't.csv', bytesRead: file.bytes, bytesTotal: file.bytes, rows: 3999 });
    let asked = 0;
    const cancelling = readFiles([file], {}, { progress: () => undefined, cancelled: () => (asked += 1) > 2 });
    await expect(cancelling).rejects.toMatchObject({ kind: 'cancelled' });
    expect(asked).toBe(3);
  });
});

describe('two tables', () => {
  const train = 'a,b,y\n1,x,0\n2,y,1\n3,x,0\n';

  it('are told apart by name and matched by column name, not position', async () => {
    const files = [fileWith('my-test.csv', 'y,a,b\n1,9,z\n0,8,x\n'), fileWith('my-train.csv', train)];
    const dataset = await readFiles(files, {}, quiet);
    expect([dataset.trainRows, dataset.testRows]).toEqual([3, 2]);
    expect(Array.from(numbers(dataset, 'a').values)).toEqual([1, 2, 3, 9, 8]);
    expect(texts(categories(dataset, 'b'))).toEqual(['x', 'y', 'x', 'z', 'x']);
    expect(dataset.source).toBe('my-train.csv + my-test.csv');
  });

  it.each([
    ['a column less', 'a,y\n1,0\n', '"b" is missing in test.csv'],
    ['a column more', 'a,b,c,y\n1,x,2,0\n', '"c" is only in test.csv'],
    ['no header', '1,2,0\n', 'starts with column names'],
  ])('are refused when the test table has %s', async (_, test, sentence) => {
    const files = [fileWith('train.csv', train), fileWith('test.csv', test)];
    expect((await refusal(readFiles(files, {}, quiet))).message).toContain(sentence);
  });

  it('are refused when their names do not tell which is which', async () => {
    const files = [fileWith('one.csv', train), fileWith('two.csv', train)];
    expect((await refusal(readFiles(files, {}, quiet))).message).toContain('which one is for test');
  });
});

describe('missing numbers', () => {
  const text = 'a,y\n1,0\n,1\n3,0\n?,1\n8,1\n5,0\n6,1\n7,0\n';

  it('are replaced by the mean on import, with a note, unless another choice was made', async () => {
    const dataset = await readContent('t.csv', text);
    expect(dataset.missingNumbers).toBe('mean');
    expect(dataset.notes.join()).toContain('Missing numbers in "a" are replaced by the mean');
    expect((await readContent('t.csv', text, { missingNumbers: 'zero' })).missingNumbers).toBe('zero');
  });

  it('drop their rows when that was chosen', async () => {
    const dataset = await readContent('t.csv', text, { missingNumbers: 'dropRow' });
    expect(dataset.trainRows + dataset.testRows).toBe(6);
    expect(dataset.notes.join()).toContain('2 rows with a missing number were dropped');
  });
});

describe('a table that can not be used', () => {
  const cases: [string, string, string][] = [
    ['a short row', 'a,b,y\n1,2,0\n1,2\n', 't.csv, line 3: 2 values where 3 are needed'],
    ['a long row after quoted line breaks', 'a,b,y\n"1\n1",2,0\n\n1,2,3,4\n', 't.csv, line 5: 4 values where 3'],
    ['an open quote', 'a,b,y\n1,"2,0\n1,2,0\n', 'a quote is opened and never closed'],
    ['an empty label', 'a,y\n1,0\n2,\n3,1\n', 't.csv, line 3: the label "y" is empty'],
    ['nothing', '', 't.csv is empty'],
    ['blank lines', '\n\n  \n', 't.csv is empty'],
    ['a header alone', 'a,b,y\n', 'has no rows below its header'],
    ['one column', 'a\nb\nc\n', 'is no table'],
    ['one class', 'a,y\n1,0\n2,0\n3,0\n', 'only the class 0'],
  ];
  it.each(cases)('is refused with a sentence: %s', async (_, text, sentence) => {
    expect((await refusal(readContent('t.csv', text))).message).toContain(sentence);
  });

  it('is refused for infinity in a feature, naming column and row', async () => {
    const failure = await refusal(readContent('t.csv', 'a,y\n1,0\nInfinity,1\n2,0\n2,1\n1,0\n3,1\n'));
    expect(failure.message).toMatch(/Column "a" of t\.csv is infinite in (training|test) row \d/);
  });

  it('is refused in UTF-16, as a workbook, and in other formats, with the remedy', async () => {
    const wide = Buffer.from('\ufeffa,y\n1,0\n', 'utf16le');
    expect((await refusal(readContent('t.csv', wide))).message).toContain('UTF-16');
    expect((await refusal(readContent('t.csv', 'PAR1aaaa'))).message).toContain('Parquet');
    expect((await refusal(readContent('t.json', '[{"a": 1},\n{"a": 2}]\n'))).message).toContain('JSON');
    expect((await refusal(readContent('t.csv', Buffer.from([1, 0, 2, 0])))).message).toContain('binary');
    expect((await refusal(readContent('t.csv', gzipSync('a,y\n1,0\n').subarray(0, 20)))).message).toContain('gzip');
  });

  it('is refused for two columns of one name, unknown columns and two labels', async () => {
    expect((await refusal(readContent('t.csv', 'y,b,b\n1,2,0\n', { label: 'y' }))).message).toContain(
      'columns 2 and 3 are both called "b"',
    );
    const unknown = await refusal(readContent('t.csv', 'a,y\n1,0\n', { label: 'z' }));
    expect(unknown.message).toContain('has no column "z"');
    expect(unknown.hint).toContain('"a", "y"');
    const two = readContent('t.csv', 'a,y\n1,0\n', { label: 'y', roles: { a: 'target' } });
    expect((await refusal(two)).message).toContain('Two label columns');
  });

  it('is not read at all when the file does not exist', async () => {
    const gone = readFiles([{ path: '/nowhere/a.csv', name: 'a.csv', bytes: 1 }], {}, quiet);
    expect((await refusal(gone)).message).toBe('a.csv does not exist.');
  });
});

describe('the preview of a table', () => {
  it('shows format, kinds, roles, gaps and rows, and the split', async () => {
    const rows = Array.from(
      { length: 30 },
      (_, i) => `${i},row ${i},${i % 3 === 0 ? '' : i / 2},${i % 2 ? 'x' : 'y'},${i % 2}`,
    );
    const preview = await previewFiles(
      [fileWith('t.csv.gz', gzipSync(`id;name;v;cat;class\n${rows.join('\n').replaceAll(',', ';')}`))],
      {},
    );
    expect(preview.format).toBe('CSV (semicolon) · gzip');
    expect([preview.trainRows, preview.testRows]).toEqual([24, 6]);
    expect(preview.columns.map(({ name, kind, role, missing }) => [name, kind, role, missing])).toEqual([
      ['id', 'number', 'id', 0],
      ['name', 'category', 'id', 0],
      ['v', 'number', 'feature', 10],
      ['cat', 'category', 'feature', 0],
      ['class', 'number', 'target', 0],
    ]);
    expect(preview.rows.length).toBe(20);
    expect(preview.rows[1]).toEqual(['1', 'row 1', '0.5', 'x', '1']);
    expect(preview.notes.join()).toContain('mean');
  });

  it('assigns the roles that the import then uses, also the chosen ones', async () => {
    const file = fileWith(
      't.csv',
      `a,b,c\n${Array.from({ length: 30 }, (_, i) => `${i % 2},g${i % 4},${i}`).join('\n')}`,
    );
    for (const options of [{ label: 'a' }, { roles: { a: 'target', b: 'group' } as const }]) {
      const preview = await previewFiles([file], options);
      const dataset = await readFiles([file], options, quiet);
      expect(preview.columns.map(({ role }) => role)).toEqual(dataset.columns.map(({ role }) => role));
      expect([preview.trainRows, preview.testRows]).toEqual([dataset.trainRows, dataset.testRows]);
    }
  });

  it('reads only the head of a big table', async () => {
    const file = fileWith('t.csv', `a,b,y\n${'1,2,0\n3,4,1\n'.repeat(200_000)}`);
    const preview = await previewFiles([file], {});
    expect([preview.trainRows, preview.testRows]).toEqual([null, null]);
    expect(preview.notes.join()).toContain('first 999 rows');
  });

  it('refuses what the import would refuse', async () => {
    await expect(previewFiles([fileWith('t.csv', 'a\nb\n')], {})).rejects.toBeInstanceOf(LeverageError);
  });
});

/** Positions in (train, test) order of the rows of the file, for the default split. */
function reordered(rows: number, trainRows: number): Int32Array {
  const test = seededTestRows(rows, DEFAULT_TEST);
  expect(rows - test.length).toBe(trainRows);
  const order = new Int32Array(rows);
  let nextTrain = 0;
  let nextTest = trainRows;
  for (let row = 0; row < rows; row++) order[row] = test.includes(row) ? nextTest++ : nextTrain++;
  return order;
}
