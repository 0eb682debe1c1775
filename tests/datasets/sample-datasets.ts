/** Random datasets of every shape, for round-trip tests. */
import fc from 'fast-check';
import type { BlockData, Column, ColumnRole, Dataset, FeatureBlock } from '../../src/shared/dataset.ts';

const role: fc.Arbitrary<ColumnRole> = fc.constantFrom('feature', 'group', 'id', 'weight', 'ignore');

function numberColumn(rows: number): fc.Arbitrary<Column> {
  return fc.record({
    kind: fc.constant('number' as const),
    name: fc.string(),
    role,
    values: fc.float64Array({ minLength: rows, maxLength: rows }),
  });
}

function categoryColumn(rows: number): fc.Arbitrary<Column> {
  const levels = fc.uniqueArray(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 6 }).map((all) => all.sort());
  return levels.chain((all) =>
    fc.record({
      kind: fc.constant('category' as const),
      name: fc.string(),
      role,
      codes: fc.int32Array({ minLength: rows, maxLength: rows, min: -1, max: all.length - 1 }),
      levels: fc.constant(all),
    }),
  );
}

function blockData(length: number): fc.Arbitrary<BlockData> {
  const exactly = { minLength: length, maxLength: length };
  return fc.oneof<fc.Arbitrary<BlockData>[]>(
    fc.float64Array({ ...exactly, noNaN: true }),
    fc.float32Array({ ...exactly, noNaN: true }),
    fc.int32Array(exactly),
    fc.uint16Array(exactly),
    fc.uint8Array(exactly),
  );
}

function denseBlock(rows: number): fc.Arbitrary<FeatureBlock> {
  return fc.integer({ min: 1, max: 4 }).chain((columns) =>
    fc.record({
      kind: fc.constant('dense' as const),
      columns: fc.constant(columns),
      names: fc.option(fc.array(fc.string(), { minLength: columns, maxLength: columns })),
      scale: fc.constantFrom(1, 1 / 255),
      data: blockData(rows * columns),
    }),
  );
}

function sparseBlock(rows: number): fc.Arbitrary<FeatureBlock> {
  const columns = 5;
  const row = fc.uniqueArray(fc.integer({ min: 0, max: columns - 1 }), { maxLength: columns });
  return fc.array(row, { minLength: rows, maxLength: rows }).chain((filled) => {
    const sorted = filled.map((indices) => indices.sort((a, b) => a - b));
    const indptr = Int32Array.from([0, ...sorted.map(() => 0)]);
    sorted.forEach((indices, i) => (indptr[i + 1] = indptr[i] + indices.length));
    return blockData(indptr[rows]).map((data): FeatureBlock => ({
      kind: 'sparse',
      columns,
      names: null,
      scale: 1,
      data,
      indices: Int32Array.from(sorted.flat()),
      indptr,
    }));
  });
}

/** Well-formed datasets of 1–12 rows, with and without a block. */
export const anyDataset: fc.Arbitrary<Dataset> = fc
  .tuple(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 0, max: 4 }))
  .chain(([trainRows, testRows]) => {
    const rows = trainRows + testRows;
    return fc.record(
      {
        name: fc.string(),
        trainRows: fc.constant(trainRows),
        testRows: fc.constant(testRows),
        columns: fc.array(fc.oneof(numberColumn(rows), categoryColumn(rows)), { maxLength: 4 }),
        block: fc.oneof(fc.constant(null), denseBlock(rows), sparseBlock(rows)),
        image: fc.constantFrom(null, { height: 2, width: 2, maximum: 16 }),
        missingNumbers: fc.constantFrom('mean' as const, 'median' as const, 'zero' as const),
        source: fc.string(),
        notes: fc.array(fc.string()),
      },
      { requiredKeys: ['name', 'trainRows', 'testRows', 'columns', 'block', 'image', 'source', 'notes'] },
    );
  });
