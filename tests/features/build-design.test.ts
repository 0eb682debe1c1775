import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildDesign } from '../../src/main/features/index.ts';
import type { CategoryColumn, Column, ColumnRole, Dataset, FeatureBlock } from '../../src/shared/dataset.ts';
import { LeverageError } from '../../src/shared/errors.ts';
import type { Matrix } from '../../src/shared/matrix.ts';

function category(name: string, role: ColumnRole, values: readonly (string | null)[]): CategoryColumn {
  const levels = [...new Set(values.filter((value) => value !== null))].sort();
  return {
    kind: 'category',
    name,
    role,
    levels,
    codes: Int32Array.from(values, (v) => (v === null ? -1 : levels.indexOf(v))),
  };
}

function number(name: string, role: ColumnRole, values: readonly number[]): Column {
  return { kind: 'number', name, role, values: Float64Array.from(values) };
}

/** 4 training rows and 2 test rows unless the columns say otherwise. */
function dataset(columns: Column[], change: Partial<Dataset> = {}): Dataset {
  const label = number('y', 'target', [0, 1, 0, 1, 1, 0]);
  const own = columns.some((column) => column.role === 'target') ? columns : [label, ...columns];
  return {
    name: 'd',
    trainRows: 4,
    testRows: 2,
    columns: own,
    block: null,
    image: null,
    source: 'd.csv',
    notes: [],
    ...change,
  };
}

function rows(X: Matrix): number[][] {
  return Array.from({ length: X.rows }, (_, i) => {
    if (X.kind === 'dense') return Array.from(X.data.subarray(i * X.columns, (i + 1) * X.columns));
    const row = new Array<number>(X.columns).fill(0);
    for (let at = X.indptr[i]; at < X.indptr[i + 1]; at++) row[X.indices[at]] = X.values[at];
    return row;
  });
}

function refusal(d: Dataset): LeverageError {
  try {
    buildDesign(d, { standardise: false });
  } catch (error) {
    if (error instanceof LeverageError && error.kind === 'invalidInput') return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

const plain = { standardise: false };

describe('the design matrix', () => {
  it('has the block first, then numbers and one-hot categories in sorted order, the first of two dropped', () => {
    const block: FeatureBlock = {
      kind: 'dense',
      columns: 1,
      names: ['p'],
      scale: 0.5,
      data: Uint8Array.from([2, 4, 6, 8, 10, 12]),
    };
    const design = buildDesign(
      dataset(
        [
          category('c', 'feature', ['z', 'm', 'a', 'z', 'a', 'm']),
          number('n', 'feature', [1, 2, 3, 4, 5, 6]),
          category('two', 'feature', ['u', 'v', 'u', 'u', 'v', 'u']),
          category('g', 'group', ['1', '2', '1', '2', '1', '2']),
        ],
        { block },
      ),
      plain,
    );
    expect(design.featureNames).toEqual(['p', 'c=a', 'c=m', 'c=z', 'n', 'two=v']);
    expect(rows(design.train.X)).toEqual([
      [1, 0, 0, 1, 1, 0],
      [2, 0, 1, 0, 2, 1],
      [3, 1, 0, 0, 3, 0],
      [4, 0, 0, 1, 4, 0],
    ]);
    expect(rows(design.test.X)).toEqual([
      [5, 1, 0, 0, 5, 1],
      [6, 0, 1, 0, 6, 0],
    ]);
    expect(Array.from(design.train.y)).toEqual([0, 1, 0, 1]);
    expect(Array.from(design.test.y)).toEqual([1, 0]);
  });

  it('gives a missing category a column of its own, and a level known only to test rows none, with a note', () => {
    const design = buildDesign(dataset([category('c', 'feature', ['a', null, 'b', 'a', 'new', null])]), plain);
    expect(design.featureNames).toEqual(['c=a', 'c=b', 'c=(missing)']);
    expect(rows(design.train.X)).toEqual([
      [1, 0, 0],
      [0, 0, 1],
      [0, 1, 0],
      [1, 0, 0],
    ]);
    expect(rows(design.test.X)).toEqual([
      [0, 0, 0],
      [0, 0, 1],
    ]);
    expect(design.notes?.join()).toContain('"c": 1 test row has a value that no training row has');
  });

  it.each([
    ['mean', 3, 'the training mean 3'],
    ['median', 2, 'the training median 2'],
    ['zero', 0, 'by 0'],
  ] as const)('replaces missing numbers by the %s of the training rows alone', (missingNumbers, value, note) => {
    const design = buildDesign(dataset([number('n', 'feature', [1, 2, NaN, 6, NaN, 100])], { missingNumbers }), plain);
    expect(rows(design.train.X)).toEqual([[1], [2], [value], [6]]);
    expect(rows(design.test.X)).toEqual([[value], [100]]);
    expect(design.notes?.join()).toContain(note);
  });

  it('standardises to mean 0 and deviation 1 on the training rows, constants to 0, test rows alike', () => {
    const values = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 6, maxLength: 6 });
    fc.assert(
      fc.property(values, (v) => {
        const spread = Math.max(...v.slice(0, 4)) - Math.min(...v.slice(0, 4));
        fc.pre(spread > 1e-3 * Math.max(...v.map(Math.abs)));
        const design = buildDesign(
          dataset([number('n', 'feature', v), number('k', 'feature', [0.1, 0.1, 0.1, 0.1, 7, 0])]),
          { standardise: true },
        );
        const train = rows(design.train.X);
        const mean = train.reduce((sum, [x]) => sum + x, 0) / 4;
        const variance = train.reduce((sum, [x]) => sum + x * x, 0) / 4;
        expect(mean).toBeCloseTo(0, 9);
        expect(variance).toBeCloseTo(1, 9);
        expect(train.every(([, k]) => Math.abs(k) === 0)).toBe(true);
        expect(rows(design.test.X).every(([, k]) => Math.abs(k) === 0)).toBe(true);
        // The same map for test rows: collinear with two training points.
        const [a, b] = [v.indexOf(Math.max(...v.slice(0, 4))), v.indexOf(Math.min(...v.slice(0, 4)))];
        const slope = (train[a][0] - train[b][0]) / (v[a] - v[b]);
        expect(rows(design.test.X)[0][0]).toBeCloseTo(train[a][0] + slope * (v[4] - v[a]), 5);
      }),
    );
  });

  it('keeps a mostly empty sparse block sparse, equal to its dense twin; a fuller one becomes dense', () => {
    const wide = 10;
    const dense = Float64Array.from({ length: 6 * wide }, (_, at) => (at % 7 === 0 ? at + 1 : 0));
    const indptr = [0];
    const indices: number[] = [];
    const data: number[] = [];
    for (let i = 0; i < 6; i++) {
      for (let j = 0; j < wide; j++) {
        if (dense[i * wide + j] === 0) continue;
        indices.push(j);
        data.push(dense[i * wide + j]);
      }
      indptr.push(indices.length);
    }
    const sparse: FeatureBlock = {
      kind: 'sparse',
      columns: wide,
      names: null,
      scale: 2,
      data: Float64Array.from(data),
      indices: Int32Array.from(indices),
      indptr: Int32Array.from(indptr),
    };
    const twin: FeatureBlock = { kind: 'dense', columns: wide, names: null, scale: 2, data: dense };
    const one = buildDesign(dataset([], { block: sparse }), plain);
    const other = buildDesign(dataset([], { block: twin }), plain);
    expect(one.train.X.kind).toBe('sparse');
    expect(other.train.X.kind).toBe('dense');
    expect(rows(one.train.X)).toEqual(rows(other.train.X));
    expect(rows(one.test.X)).toEqual(rows(other.test.X));
    // Two number columns beside it fill more than a fifth.
    const filled = buildDesign(
      dataset([number('a', 'feature', [1, 2, 3, 4, 5, 6]), number('b', 'feature', [1, 2, 3, 4, 5, 6])], {
        block: sparse,
      }),
      plain,
    );
    expect(filled.train.X.kind).toBe('dense');
    // Scaled, not centred: the deviation is that of the dense twin, zeros included.
    const scaled = rows(buildDesign(dataset([], { block: sparse }), { standardise: true }).train.X);
    const raw = rows(other.train.X);
    for (let j = 0; j < wide; j++) {
      const column = raw.map((row) => row[j]);
      const mean = column.reduce((a, b) => a + b, 0) / 4;
      const deviation = Math.sqrt(column.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 4);
      scaled.forEach((row, i) => expect(row[j]).toBeCloseTo(deviation === 0 ? 0 : raw[i][j] / deviation, 12));
    }
  });
});

describe('classes', () => {
  it('are sorted by number for numbers, by code unit for strings', () => {
    const numeric = buildDesign(
      dataset([number('y', 'target', [10, 9, -1, 10, 9, -1]), number('n', 'feature', [1, 2, 3, 4, 5, 6])]),
      plain,
    );
    expect(numeric.classes).toEqual(['-1', '9', '10']);
    expect(Array.from(numeric.train.y)).toEqual([2, 1, 0, 2]);
    const texts = buildDesign(
      dataset([category('y', 'target', ['b', 'Z', 'a', 'b', 'Z', 'a']), number('n', 'feature', [1, 2, 3, 4, 5, 6])]),
      plain,
    );
    expect(texts.classes).toEqual(['Z', 'a', 'b']);
  });

  it('are refused when training has one, when a test label is new, and when a label is missing', () => {
    const feature = number('n', 'feature', [1, 2, 3, 4, 5, 6]);
    expect(refusal(dataset([number('y', 'target', [1, 1, 1, 1, 1, 1]), feature])).message).toContain(
      'only the class 1',
    );
    expect(refusal(dataset([number('y', 'target', [0, 1, 1, 1, 1, 5]), feature])).message).toContain(
      'The label 5 of test row 1',
    );
    expect(refusal(dataset([number('y', 'target', [0, 1, NaN, 1, 1, 1]), feature])).message).toContain(
      'empty in training row 2',
    );
  });
});

describe('weights', () => {
  const feature = number('n', 'feature', [1, 2, 3, 4, 5, 6]);
  it('are those of the training rows; all 1 is none', () => {
    const some = buildDesign(dataset([feature, number('w', 'weight', [1, 0.5, 0, 2, NaN, NaN])]), plain);
    expect(some.train.weights).toEqual(Float64Array.from([1, 0.5, 0, 2]));
    expect(some.test.weights).toBeNull();
    expect(
      buildDesign(dataset([feature, number('w', 'weight', [1, 1, 1, 1, NaN, NaN])]), plain).train.weights,
    ).toBeNull();
  });

  it.each([[-1], [NaN], [Infinity]])('are refused when one is %s', (bad) => {
    expect(refusal(dataset([feature, number('w', 'weight', [1, 1, bad, 1, 1, 1])])).message).toContain(
      'training row 2',
    );
  });
});

describe('features that can not be used', () => {
  it('are refused with row and column', () => {
    const block: FeatureBlock = {
      kind: 'dense',
      columns: 2,
      names: ['p', 'q'],
      scale: 1,
      data: Float32Array.from([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, NaN]),
    };
    expect(refusal(dataset([], { block })).message).toContain('NaN in test row 1, column 1 ("q")');
    expect(refusal(dataset([number('n', 'feature', [1, Infinity, 3, 4, 5, 6])])).message).toContain(
      'Column "n" of d.csv is infinite in training row 1',
    );
    const gap = refusal(dataset([number('n', 'feature', [1, NaN, 3, 4, 5, 6])]));
    expect(gap.message).toContain('Column "n"');
    expect(gap.hint).toContain('"mean", "median", "zero" or "dropRow"');
  });
});
