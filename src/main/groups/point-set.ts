/**
 * Points to cluster: n rows in R^d, dense or sparse, with the three operations that the clusterings need.
 * `dot` and `addTo` are plain loops in a fixed order, the same on every machine; a sparse and a dense copy
 * of the same points give the same bits, because terms with a zero add nothing to any of the four lanes.
 */
import type { DenseMatrix, Matrix, SparseMatrix } from '../../shared/matrix.ts';

export interface PointSet {
  readonly rows: number;
  readonly columns: number;
  /** ‖xᵢ‖², by `dot`'s order of summation. */
  readonly squaredNorms: Float64Array;
  /** True when a block of contiguous rows costs nothing. */
  readonly viewable: boolean;
  /**
   * The rows (ascending), dense row-major: a view of the points themselves where they are contiguous and
   * dense, else written to `scratch`. Read only.
   */
  block(rows: Int32Array, scratch: Float64Array): Float64Array;
  /** xᵢ · v, v = vectors[offset … offset + d − 1]. */
  dot(row: number, vectors: Float64Array, offset: number): number;
  /** sums[offset + j] += factor · xᵢⱼ */
  addTo(row: number, factor: number, sums: Float64Array, offset: number): void;
}

export function pointSet(X: Matrix): PointSet {
  const points = X.kind === 'dense' ? quickestPoints(X) : sparsePoints(X);
  const norms = new Float64Array(X.rows);
  const row = new Float64Array(X.columns);
  for (let i = 0; i < X.rows; i++) {
    row.fill(0);
    points.addTo(i, 1, row, 0);
    norms[i] = points.dot(i, row, 0);
  }
  return { ...points, squaredNorms: norms };
}

/** Below this share of non-zeros, a loop over them is quicker than one over all entries. */
const SPARSE_SHARE = 0.3;

/** Of mostly zero points (images, counts), the loops run over the non-zeros: the same bits in half the time. */
function quickestPoints(X: DenseMatrix): PointOperations {
  const nonZeros = X.data.reduce((count, value) => (value === 0 ? count : count + 1), 0);
  if (nonZeros >= SPARSE_SHARE * X.data.length) return densePoints(X);
  const { dot, addTo } = sparsePoints(withoutZeros(X, nonZeros));
  return { ...densePoints(X), dot, addTo };
}

function withoutZeros({ rows, columns, data }: DenseMatrix, nonZeros: number): SparseMatrix {
  const indptr = new Int32Array(rows + 1);
  const indices = new Int32Array(nonZeros);
  const values = new Float64Array(nonZeros);
  let stored = 0;
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      if (data[i * columns + j] === 0) continue;
      indices[stored] = j;
      values[stored++] = data[i * columns + j];
    }
    indptr[i + 1] = stored;
  }
  return { kind: 'sparse', rows, columns, indptr, indices, values };
}

type PointOperations = Omit<PointSet, 'squaredNorms'>;

function densePoints({ rows, columns, data }: DenseMatrix): PointOperations {
  const whole = columns - (columns & 3);
  return {
    rows,
    columns,
    viewable: true,
    block(chosen, scratch) {
      const count = chosen.length;
      const first = chosen[0];
      if (chosen[count - 1] - first === count - 1) return data.subarray(first * columns, (first + count) * columns);
      for (let b = 0; b < count; b++) {
        scratch.set(data.subarray(chosen[b] * columns, (chosen[b] + 1) * columns), b * columns);
      }
      return scratch.subarray(0, count * columns);
    },
    dot(row, vectors, offset) {
      const start = row * columns;
      let s0 = 0;
      let s1 = 0;
      let s2 = 0;
      let s3 = 0;
      for (let j = 0; j < whole; j += 4) {
        s0 += data[start + j] * vectors[offset + j];
        s1 += data[start + j + 1] * vectors[offset + j + 1];
        s2 += data[start + j + 2] * vectors[offset + j + 2];
        s3 += data[start + j + 3] * vectors[offset + j + 3];
      }
      if (whole < columns) s0 += data[start + whole] * vectors[offset + whole];
      if (whole + 1 < columns) s1 += data[start + whole + 1] * vectors[offset + whole + 1];
      if (whole + 2 < columns) s2 += data[start + whole + 2] * vectors[offset + whole + 2];
      return s0 + s1 + (s2 + s3);
    },
    addTo(row, factor, sums, offset) {
      const start = row * columns;
      for (let j = 0; j < columns; j++) sums[offset + j] += factor * data[start + j];
    },
  };
}

function sparsePoints({ rows, columns, indptr, indices, values }: SparseMatrix): PointOperations {
  return {
    rows,
    columns,
    viewable: false,
    block(chosen, scratch) {
      const block = scratch.subarray(0, chosen.length * columns).fill(0);
      for (let b = 0; b < chosen.length; b++) {
        const row = chosen[b];
        for (let k = indptr[row]; k < indptr[row + 1]; k++) block[b * columns + indices[k]] = values[k];
      }
      return block;
    },
    dot(row, vectors, offset) {
      let s0 = 0;
      let s1 = 0;
      let s2 = 0;
      let s3 = 0;
      for (let k = indptr[row]; k < indptr[row + 1]; k++) {
        const j = indices[k];
        const term = values[k] * vectors[offset + j];
        // The lane is that of the dense loop.
        switch (j & 3) {
          case 0:
            s0 += term;
            break;
          case 1:
            s1 += term;
            break;
          case 2:
            s2 += term;
            break;
          default:
            s3 += term;
        }
      }
      return s0 + s1 + (s2 + s3);
    },
    addTo(row, factor, sums, offset) {
      for (let k = indptr[row]; k < indptr[row + 1]; k++) sums[offset + indices[k]] += factor * values[k];
    },
  };
}
