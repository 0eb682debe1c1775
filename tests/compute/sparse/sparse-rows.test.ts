/** Products over the entries of a shifted matrix against plain loops, on random matrices with empty rows and columns. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { aroundCommonValues, aroundValues } from '../../../src/main/compute/shifted-matrix.ts';
import { SparseRows } from '../../../src/main/compute/sparse/sparse-rows.ts';
import type { DenseMatrix } from '../../../src/shared/matrix.ts';

const value = fc.double({ min: -1e3, max: 1e3, noNaN: true });
/** Columns with a common value of their own, which most of their elements have. */
const example: fc.Arbitrary<DenseMatrix> = fc
  .tuple(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 9 }))
  .chain(([rows, columns]) =>
    fc.tuple(
      fc.constant(rows),
      fc.array(value, { minLength: columns, maxLength: columns }),
      fc.array(fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, value), {
        minLength: rows * columns,
        maxLength: rows * columns,
        size: 'max',
      }),
    ),
  )
  .map(([rows, common, elements]) => ({
    kind: 'dense',
    rows,
    columns: common.length,
    data: Float64Array.from(elements, (element, at) => element ?? common[at % common.length]),
  }));
const widths = fc.constantFrom(8, 16, 24, 32, 40);

const numbers = (length: number, seed: number) => Float64Array.from({ length }, (_, i) => Math.sin(seed + 1.7 * i));

/** A sum and the sum of its terms' sizes. */
function summed(terms: Iterable<number>): { sum: number; size: number } {
  let [sum, size] = [0, 0];
  for (const term of terms) {
    sum += term;
    size += Math.abs(term);
  }
  return { sum, size };
}

it('takes margins, scaled ones too, and combinations, within the rounding of a loop over all elements', () => {
  fc.assert(
    fc.property(example, widths, fc.integer({ min: -1000, max: 1000 }), (X, width, seed) => {
      const { rows, columns, data } = X;
      const shifted = aroundCommonValues(X, false, 1);
      if (shifted === null) throw new RangeError('no share is above 1');
      const sparse = new SparseRows(shifted);
      const panel = sparse.use(width);
      const P = numbers(columns * width, seed);
      const scale = numbers(rows * width, seed + 1);
      const rounding = 1e-14 * (columns + 4);
      panel.parameters.set(P);
      sparse.beginMargins(panel);
      for (const scaled of [false, true]) {
        for (const block of sparse.blocks) {
          panel.factors.set(scale.subarray(block.start * width, (block.start + block.rows) * width));
          sparse.margins(panel, block, scaled);
          for (let i = 0; i < block.rows; i++) {
            for (let c = 0; c < width; c++) {
              const row = block.start + i;
              const terms = Array.from({ length: columns }, (_, j) => data[row * columns + j] * P[j * width + c]);
              const { sum, size } = summed(terms);
              const factor = scaled ? scale[row * width + c] : 1;
              // The shift's share is summed apart: it can be larger than the sum.
              const common = shifted.shift.reduce((most, shift) => Math.max(most, Math.abs(shift)), 0) * columns;
              expect(Math.abs(panel.steps[i * width + c] - sum * factor)).toBeLessThanOrEqual(
                rounding * (size + common) * Math.abs(factor) + 1e-300,
              );
            }
          }
        }
      }
      const R = numbers(rows * width, seed + 2);
      sparse.beginCombine(panel);
      for (const block of sparse.blocks) {
        panel.steps.set(R.subarray(block.start * width, (block.start + block.rows) * width));
        sparse.combine(panel, block);
      }
      sparse.endCombine(panel);
      for (let j = 0; j < columns; j++) {
        for (let c = 0; c < width; c++) {
          const { sum, size } = summed(
            Array.from({ length: rows }, (_, i) => data[i * columns + j] * R[i * width + c]),
          );
          const common = Math.abs(shifted.shift[j]) * rows;
          expect(Math.abs(panel.gradient[j * width + c] - sum)).toBeLessThanOrEqual(
            1e-14 * rows * (size + common) + 1e-300,
          );
        }
      }
    }),
    { numRuns: 25 },
  );
});

it('gives a column the same bits whatever its neighbours and the width of the panel', () => {
  fc.assert(
    fc.property(example, fc.integer({ min: -1000, max: 1000 }), (X, seed) => {
      const shifted = aroundValues(X, new Float64Array(X.columns));
      const column = numbers(X.columns, seed);
      const over = numbers(X.rows, seed + 1);
      const results = [8, 32].map((width) => {
        const sparse = new SparseRows(shifted);
        const panel = sparse.use(width);
        const at = width - 3;
        panel.parameters.set(numbers(X.columns * width, seed + width));
        column.forEach((element, j) => (panel.parameters[j * width + at] = element));
        sparse.beginMargins(panel);
        sparse.beginCombine(panel);
        const margins: number[] = [];
        for (const block of sparse.blocks) {
          sparse.margins(panel, block, false);
          for (let i = 0; i < block.rows; i++) {
            margins.push(panel.steps[i * width + at]);
            panel.steps[i * width + at] = over[block.start + i];
          }
          sparse.combine(panel, block);
        }
        sparse.endCombine(panel);
        return [margins, Array.from({ length: X.columns }, (_, j) => panel.gradient[j * width + at])];
      });
      expect(results[1]).toEqual(results[0]);
    }),
    { numRuns: 20 },
  );
});

it('keeps no entry for the common value of a column, nor for the intercept', () => {
  const X: DenseMatrix = {
    kind: 'dense',
    rows: 4,
    columns: 3,
    data: Float64Array.of(7, 0, 1, 7, 2, 1, 5, 0, 1, 7, 0, 1),
  };
  const shifted = aroundCommonValues(X, true, 1);
  expect(shifted?.shift).toEqual(Float64Array.of(7, 0, 1));
  expect(Array.from(shifted?.values ?? [])).toEqual([2, -2]);
  expect(Array.from(shifted?.indices ?? [])).toEqual([1, 0]);
  expect(aroundCommonValues(X, true, 0.1)).toBeNull();
});
