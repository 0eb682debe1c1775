import { describe, expect, it } from 'vitest';
import { previewFiles, readDatasetSpec, readFiles } from '../../src/main/datasets/index.ts';
import { buildDesign } from '../../src/main/features/index.ts';
import type { Dataset } from '../../src/shared/dataset.ts';
import type { SparseMatrix } from '../../src/shared/matrix.ts';
import { categories, fileWith, quiet, refusal } from './scratch.ts';

const TRAIN = [
  ['The cat sat. The CAT ate!', 'no', '3'],
  ["Don't feed the cat; don't.", 'no', '1'],
  ['Cats & dogs: dogs, dogs', 'yes', '2'],
  ['Zürich ÉTÉ été 2024', 'yes', '5'],
  ['', 'no', '4'],
  ['the dogs in Zürich', 'yes', '1'],
];
const TEST = [
  ['unseen words, the the the dogs', 'yes', '2'],
  ['cat', 'no', '1'],
];
const table = (rows: string[][]): string =>
  ['body,label,size', ...rows.map(([body, label, size]) => `"${body}",${label},${size}`)].join('\n');

async function read(options: object): Promise<Dataset> {
  const train = fileWith('train.csv', table(TRAIN));
  const test = fileWith('test.csv', table(TEST));
  return readDatasetSpec({ train: train.path, test: test.path, label: 'label', ...options }, '/', quiet);
}

/** Words one character at a time: an implementation that shares nothing with the regular expression. */
function slowWords(text: string, lowercase: boolean): string[] {
  const words: string[] = [];
  let word = '';
  const characters = [...(lowercase ? text.toLowerCase() : text)];
  const inWord = (character: string | undefined): boolean =>
    character !== undefined &&
    (character.toLowerCase() !== character.toUpperCase() || (character >= '0' && character <= '9'));
  characters.forEach((character, at) => {
    if (inWord(character) || (character === "'" && word !== '' && inWord(characters[at + 1]))) word += character;
    else {
      if (word !== '') words.push(word);
      word = '';
    }
  });
  if (word !== '') words.push(word);
  return words;
}

/** Vocabulary and counts the slow way: every term against every row. */
function slowCounts(lowercase: boolean, minimum: number, vocabulary: number): { terms: string[]; counts: number[][] } {
  const words = [...TRAIN, ...TEST].map(([body]) => slowWords(body, lowercase));
  const training = words.slice(0, TRAIN.length);
  const documents = (term: string): number => training.filter((row) => row.includes(term)).length;
  const terms = [...new Set(training.flat())]
    .filter((term) => documents(term) >= minimum)
    .sort()
    .sort((a, b) => documents(b) - documents(a))
    .slice(0, vocabulary);
  return { terms, counts: words.map((row) => terms.map((term) => row.filter((word) => word === term).length)) };
}

/** The block row by row, zeros written out. */
function blockRows({ block, trainRows, testRows }: Dataset): number[][] {
  if (block?.kind !== 'sparse') throw new Error('the block is not sparse');
  return Array.from({ length: trainRows + testRows }, (_, row) => {
    const values = new Array<number>(block.columns).fill(0);
    for (let at = block.indptr[row]; at < block.indptr[row + 1]; at++) {
      if (at > block.indptr[row]) expect(block.indices[at]).toBeGreaterThan(block.indices[at - 1]);
      values[block.indices[at]] = block.data[at];
    }
    return values;
  });
}

describe('a text column', () => {
  it.each([
    [true, 1, 100],
    [true, 2, 100],
    [false, 1, 100],
    [false, 2, 3],
    [true, 1, 4],
  ])(
    'is counted as a slow count does (lowercase %s, at least %d rows, %d terms)',
    async (lowercase, minimumDocuments, vocabulary) => {
      const dataset = await read({ text: { body: { lowercase, minimumDocuments, vocabulary } } });
      const { terms, counts } = slowCounts(lowercase, minimumDocuments, vocabulary);
      expect(terms.length).toBeGreaterThan(1);
      expect(dataset.block?.names).toEqual(terms.map((term) => `body:${term}`));
      expect(blockRows(dataset)).toEqual(counts);
    },
  );

  it('stays beside its counts as a column the model ignores', async () => {
    const dataset = await read({ types: { body: 'text' }, text: { body: { minimumDocuments: 2 } } });
    expect(categories(dataset, 'body').role).toBe('ignore');
    expect(dataset.notes.join()).toMatch(/Text of "body": \d+ of \d+ terms/);
  });

  it('goes into the design beside the other features: counts first, then columns', async () => {
    const dataset = await read({ text: { body: { minimumDocuments: 2 } } });
    const design = buildDesign(dataset, { standardise: false });
    expect(design.featureNames).toEqual([...(dataset.block?.names ?? []), 'size']);
    const { X } = design.train;
    const last = X.kind === 'dense' ? TRAIN.map((_, row) => X.data[row * X.columns + X.columns - 1]) : lastColumn(X);
    expect(last).toEqual(TRAIN.map(([, , size]) => Number(size)));
  });

  it('keeps the features of two text columns apart', async () => {
    const rows = Array.from({ length: 30 }, (_, i) => `alpha beta ${i},beta gamma,${i % 2}`).join('\n');
    const file = fileWith('t.csv', `one,two,label\n${rows}`);
    const dataset = await readFiles([file], { label: 'label', types: { one: 'text', two: 'text' } }, quiet);
    expect(dataset.block?.names).toEqual(['one:alpha', 'one:beta', 'two:beta', 'two:gamma']);
    expect(blockRows(dataset).every((row) => row.join() === '1,1,1,1')).toBe(true);
  });

  it('is suggested where cells are running text, and its terms are told before the import', async () => {
    const sentence = (i: number): string => `this is message number ${i} about topic ${i % 3}`;
    const rows = Array.from({ length: 40 }, (_, i) => `${sentence(i)},code ${i},${i % 2}`).join('\n');
    const file = fileWith('mails.csv', `body,code,label\n${rows}`);
    const preview = await previewFiles([file], {});
    expect(preview.columns.map(({ kind, role }) => [kind, role])).toEqual([
      ['text', 'feature'],
      ['category', 'id'],
      ['number', 'target'],
    ]);
    // about, is, message, number, this, topic in all 40; 0, 1, 2 as topics (14, 14, 13 rows with numbers) in more than 5.
    expect(preview.columns[0].terms).toEqual({
      kept: 9,
      found: 46,
      first: ['about', 'is', 'message', 'number', 'this'],
    });
    const fewer = await previewFiles([file], { text: { body: { minimumDocuments: 30 } } });
    expect(fewer.columns[0].terms?.kept).toBe(6);
    const asCategory = await previewFiles([file], { types: { body: 'category' } });
    expect(asCategory.columns[0].kind).toBe('category');
  });

  it.each([
    [{ text: { nobody: {} } }, 'field "dataset.text.nobody"'],
    [{ types: { nobody: 'number' } }, 'field "dataset.types.nobody"'],
    [{ types: { body: 'category' }, text: { body: {} } }, 'field "dataset.text.body": the column "body" is a category'],
    [{ text: { label: {} } }, 'field "dataset.text.label": the column "label" is no feature'],
    [{ text: { body: { minimumDocuments: 7 } } }, 'No word of the text column "body"'],
    [{ types: { body: 'number' } }, 'train.csv, row 1: "The cat sat. The CAT ate!" in column "body" is not a number'],
  ])('is refused with its field: %j', async (options, sentence) => {
    expect((await refusal(read(options))).message).toContain(sentence);
  });
});

describe('a chosen type', () => {
  it('makes categories of numbers, and numbers of texts that spell them', async () => {
    const asCategory = await read({ types: { size: 'category', body: 'category' } });
    expect(categories(asCategory, 'size').levels).toEqual(['1', '2', '3', '4', '5']);
    const lines = Array.from({ length: 12 }, (_, i) => `{"a": "${i}.50", "label": ${i % 2}}`).join('\n');
    const file = fileWith('t.jsonl', lines);
    expect((await readFiles([file], { label: 'label' }, quiet)).columns[0].kind).toBe('category');
    const numeric = await readFiles([file], { label: 'label', types: { a: 'number' } }, quiet);
    expect(numeric.columns[0]).toMatchObject({ kind: 'number' });
  });
});

function lastColumn(X: SparseMatrix): number[] {
  return Array.from({ length: X.rows }, (_, row) => {
    for (let at = X.indptr[row]; at < X.indptr[row + 1]; at++) if (X.indices[at] === X.columns - 1) return X.values[at];
    return 0;
  });
}
