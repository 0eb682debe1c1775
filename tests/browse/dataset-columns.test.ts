import { describe, expect, it } from 'vitest';
import { datasetColumns, datasetValues } from '../../src/main/browse/dataset-columns.ts';
import { wholeRow } from '../../src/main/browse/row-cells.ts';
import type { Dataset, FeatureBlock } from '../../src/shared/dataset.ts';
import { failureOf } from '../store/failure-of.ts';

const data = Uint8Array.of(0, 2, 0, 5, 0, 0, 7, 0, 1, 4, 4, 4);
const dense: FeatureBlock = { kind: 'dense', columns: 3, names: null, scale: 0.5, data };
const sparse: FeatureBlock = {
  ...{ kind: 'sparse', columns: 3, names: ['a', 'b', 'c'], scale: 0.5 },
  data: data.filter((value) => value !== 0),
  indices: Int32Array.of(1, 0, 0, 2, 0, 1, 2),
  indptr: Int32Array.of(0, 1, 2, 4, 7),
};
const letter = 'It was the best of times, it was the worst of times, and it was long';
const made = (block: FeatureBlock): Dataset => ({
  name: 'made',
  trainRows: 3,
  testRows: 1,
  columns: [
    { kind: 'category', name: 'letter', role: 'ignore', codes: Int32Array.of(0, -1, 0, 0), levels: [letter] },
    { kind: 'number', name: 'digit', role: 'target', values: Float64Array.of(10, 2, NaN, 7) },
  ],
  block,
  image: null,
  source: 'made',
  notes: [],
});

describe('the columns of a dataset', () => {
  it('are listed row number and label first, with text told from categories and numeric labels as classes', () => {
    expect(datasetColumns(made(dense)).map(({ key, type, role }) => [key, type, role])).toEqual([
      ['row', 'number', 'row'],
      ['c1', 'category', 'target'],
      ['c0', 'text', 'ignore'],
      ...['b0', 'b1', 'b2'].map((key) => [key, 'number', 'feature']),
    ]);
  });

  it('have the classes in numeric order, with a label that is missing', () => {
    expect(datasetValues(made(dense), 'train', 'c1')).toEqual({
      kind: 'category',
      levels: ['2', '7', '10'],
      codes: Int32Array.of(2, 0, -1),
    });
  });

  it.each(['b0', 'b1', 'b2'])('read the same feature %s out of a dense and a sparse block', (key) => {
    const column = Number(key.slice(1));
    const expected = [0, 1, 2].map((row) => data[row * 3 + column] * 0.5);
    for (const block of [dense, sparse])
      expect(datasetValues(made(block), 'train', key)).toEqual({ kind: 'number', values: Float64Array.from(expected) });
    expect(datasetValues(made(sparse), 'test', key)).toEqual({ kind: 'number', values: Float64Array.of(2) });
  });

  it('are refused under a key that names none', () => {
    for (const key of ['c2', 'b3', 'x', 'loss'])
      expect(failureOf(() => datasetValues(made(dense), 'train', key)).kind).toBe('notFound');
  });

  it('stand in a row in full: whole texts, all of a dense block, what is not zero of a sparse one', () => {
    expect(wholeRow(made(dense), 'train', 0).values).toEqual([
      { name: 'letter', value: letter },
      { name: 'x0', value: '0' },
      { name: 'x1', value: '1' },
      { name: 'x2', value: '0' },
    ]);
    expect(wholeRow(made(sparse), 'train', 2)).toMatchObject({
      label: '',
      values: [
        { name: 'letter', value: letter },
        { name: 'a', value: '3.5' },
        { name: 'c', value: '0.5' },
      ],
    });
  });
});
