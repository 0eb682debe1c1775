/** A `GroupContext` over made-up data: features, residuals and influences from the seeded streams of the project. */
import type { GradientFactors, GroupContext } from '../../src/main/groups/group-context.ts';
import { groupSizes } from '../../src/main/groups/group-sizes.ts';
import { openStream } from '../../src/main/groups/random-stream.ts';
import type { DenseMatrix, Matrix, SparseMatrix } from '../../src/shared/matrix.ts';

export interface Example {
  n: number;
  d: number;
  classes?: number;
  seed?: number;
  X?: Matrix;
  count?: number;
  testPoints?: number[];
}

export interface ExampleContext extends GroupContext {
  notes: string[];
}

/** Sum of four uniforms, centred and scaled to variance 1. */
export function normals(count: number, ...names: (string | number)[]): Float64Array {
  const stream = openStream(1, ...names);
  return Float64Array.from({ length: count }, () => {
    const sum = stream.unit() + stream.unit() + stream.unit() + stream.unit();
    return (sum - 2) * Math.sqrt(3);
  });
}

export function dense(rows: number, columns: number, data: Float64Array): DenseMatrix {
  return { kind: 'dense', rows, columns, data };
}

export function toSparse({ rows, columns, data }: DenseMatrix): SparseMatrix {
  const indptr = new Int32Array(rows + 1);
  const indices: number[] = [];
  const values: number[] = [];
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      if (data[i * columns + j] === 0) continue;
      indices.push(j);
      values.push(data[i * columns + j]);
    }
    indptr[i + 1] = indices.length;
  }
  return {
    kind: 'sparse',
    rows,
    columns,
    indptr,
    indices: Int32Array.from(indices),
    values: Float64Array.from(values),
  };
}

/** A·Bᵀ by plain loops. */
export async function plainProduct(
  A: Float64Array,
  B: Float64Array,
  m: number,
  k: number,
  n: number,
): Promise<Float64Array> {
  const C = new Float64Array(m * n);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let l = 0; l < k; l++) sum += A[i * k + l] * B[j * k + l];
      C[i * n + j] = sum;
    }
  }
  return C;
}

export function exampleContext(example: Example): ExampleContext {
  const { n, d, classes = 2, count = 100 } = example;
  const X = example.X ?? dense(n, d, normals(n * d, 'X', n, d));
  const stream = openStream(3, 'y', n);
  const y = Int32Array.from({ length: n }, () => stream.below(classes));
  const logits = classes === 2 ? 1 : classes;
  const residuals = normals(n * logits, 'residuals', n).map((value) => value / 4);
  const factors: GradientFactors = { residuals, logits, intercept: true };
  const notes: string[] = [];
  return {
    design: {
      train: { X, y, weights: null },
      test: { X: dense(0, d, new Float64Array(0)), y: new Int32Array(0), weights: null },
      classes: Array.from({ length: classes }, (_, k) => String(k)),
      featureNames: Array.from({ length: X.columns }, (_, j) => `x${j}`),
    },
    dataset: {
      name: 'example',
      trainRows: n,
      testRows: 0,
      columns: [],
      block: null,
      image: null,
      source: 'made up',
      notes: [],
    },
    sizes: groupSizes(n, { from: 0.0025, to: 0.25, count }),
    seed: example.seed ?? 0,
    testPoints: example.testPoints ?? [3, 14, 15, 92, 65, 35],
    gradients: async () => gradientMatrix(X, factors),
    gradientFactors: async () => factors,
    influenceOnLoss: async (testRow) => normals(n, 'influence', testRow, n),
    multiplyTransposed: plainProduct,
    notes,
    note: (text) => void notes.push(text),
    checkCancelled: () => undefined,
  };
}

/** n × (L·p), dense. */
export function gradientMatrix(X: Matrix, { residuals, logits, intercept }: GradientFactors): DenseMatrix {
  const p = X.columns + (intercept ? 1 : 0);
  const data = new Float64Array(X.rows * logits * p);
  for (let i = 0; i < X.rows; i++) {
    for (let l = 0; l < logits; l++) {
      const start = (i * logits + l) * p;
      const residual = residuals[l * X.rows + i];
      if (X.kind === 'dense')
        for (let j = 0; j < X.columns; j++) data[start + j] = residual * X.data[i * X.columns + j];
      else for (let k = X.indptr[i]; k < X.indptr[i + 1]; k++) data[start + X.indices[k]] = residual * X.values[k];
      if (intercept) data[start + X.columns] = residual;
    }
  }
  return dense(X.rows, logits * p, data);
}
