/** The product over non-zeros against plain loops, on random sparse matrices with empty rows and columns. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { PANEL, SparseRows } from '../../../src/main/compute/sparse/sparse-rows.ts';
import type { SparseMatrix } from '../../../src/shared/matrix.ts';

interface Example {
  X: SparseMatrix;
  dense: number[][];
}

const value = fc.double({ min: -1e3, max: 1e3, noNaN: true });
const example: fc.Arbitrary<Example> = fc
  .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }))
  .chain(([rows, columns]) =>
    fc.array(
      fc.array(fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, value), { minLength: columns, maxLength: columns }),
      {
        minLength: rows,
        maxLength: rows,
      },
    ),
  )
  .map((dense) => {
    const indptr = [0];
    const indices: number[] = [];
    const values: number[] = [];
    for (const row of dense) {
      row.forEach((entry, j) => {
        if (entry === 0) return;
        indices.push(j);
        values.push(entry);
      });
      indptr.push(indices.length);
    }
    return {
      X: {
        kind: 'sparse',
        rows: dense.length,
        columns: dense[0].length,
        indptr: Int32Array.from(indptr),
        indices: Int32Array.from(indices),
        values: Float64Array.from(values),
      },
      dense,
    };
  });

const numbers = (length: number, seed: number) => Float64Array.from({ length }, (_, i) => Math.sin(seed + 1.7 * i));

it('takes margins, scaled ones too, and combinations of eight columns, to the bits of a loop over the entries', () => {
  fc.assert(
    fc.property(example, fc.integer(), ({ X, dense }, seed) => {
      const sparse = new SparseRows(X);
      const P = numbers(X.columns * PANEL, seed);
      const scale = numbers(X.rows * PANEL, seed + 1);
      sparse.scale.set(scale);
      for (const scaled of [false, true]) {
        sparse.parameters.set(P);
        sparse.margins(scaled);
        dense.forEach((row, i) => {
          for (let c = 0; c < PANEL; c++) {
            let sum = 0;
            row.forEach((entry, j) => (sum += entry === 0 ? 0 : entry * P[j * PANEL + c]));
            expect(sparse.over[i * PANEL + c]).toBe(scaled ? sum * scale[i * PANEL + c] : sum);
          }
        });
      }
      const R = numbers(X.rows * PANEL, seed + 2);
      sparse.over.set(R);
      sparse.combine();
      for (let j = 0; j < X.columns; j++) {
        for (let c = 0; c < PANEL; c++) {
          let sum = 0;
          dense.forEach((row, i) => (sum += row[j] === 0 ? 0 : row[j] * R[i * PANEL + c]));
          expect(sparse.parameters[j * PANEL + c]).toBe(sum);
        }
      }
    }),
    { numRuns: 60 },
  );
});
