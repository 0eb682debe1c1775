/** Matrices as a few entries around common values: what products over non-zeros alone can also serve. */
import type { DenseMatrix, Matrix } from '../../shared/matrix.ts';

/**
 * Element (i, j) is shift[j] plus the entry there, if there is one. One-hot columns, and standardised ones, of which
 * most values are the same, become sparse; the intercept's column needs no entry at all.
 */
export interface ShiftedMatrix {
  kind: 'shifted';
  rows: number;
  columns: number;
  indptr: Int32Array;
  /** Ascending within a row. */
  indices: Int32Array;
  values: Float64Array;
  shift: Float64Array;
}

/** A kernel's memory, of 4 GiB, holds each entry twice in 12 bytes, and panels. */
const MOST_ENTRIES = 1e8;
/** Rows of which the common values are read. */
const SAMPLED_ROWS = 499;

/** Shared memory: several threads compute on one copy. */
const integers = (length: number): Int32Array => new Int32Array(new SharedArrayBuffer(4 * length));
const doubles = (length: number): Float64Array => new Float64Array(new SharedArrayBuffer(8 * length));

/**
 * X around its columns' common values, or null when more than `share` of its elements are other than these, or more
 * than a kernel holds.
 * @param ones whether the last column is the intercept's
 */
export function aroundCommonValues(X: Matrix, ones: boolean, share: number): ShiftedMatrix | null {
  const shift = X.kind === 'dense' ? commonValues(X) : new Float64Array(X.columns);
  if (ones) shift[X.columns - 1] = 1;
  const entries = countOthers(X, shift);
  return entries > Math.min(MOST_ENTRIES, share * X.rows * X.columns) ? null : around(X, shift, entries);
}

/** X around given values. */
export function aroundValues(X: Matrix, shift: Float64Array): ShiftedMatrix {
  return around(X, shift, countOthers(X, shift));
}

/** Goes through the elements that are not in their place's common value, row by row. */
function eachOther(
  X: Matrix,
  shift: Float64Array,
  each: (column: number, value: number) => void,
  endRow: (row: number) => void,
): void {
  const { columns: p } = X;
  // Of a sparse X, a column's missing elements are entries only where its common value is not 0: the intercept's, which has none missing.
  for (let i = 0; i < X.rows; i++) {
    if (X.kind === 'dense') {
      for (let j = 0, at = i * p; j < p; j++, at++) if (X.data[at] !== shift[j]) each(j, X.data[at] - shift[j]);
    } else {
      for (let e = X.indptr[i]; e < X.indptr[i + 1]; e++) {
        const other = X.values[e] - shift[X.indices[e]];
        if (other !== 0) each(X.indices[e], other);
      }
    }
    endRow(i);
  }
}

function countOthers(X: Matrix, shift: Float64Array): number {
  let count = 0;
  eachOther(
    X,
    shift,
    () => count++,
    () => {},
  );
  return count;
}

function around(X: Matrix, shift: Float64Array, entries: number): ShiftedMatrix {
  const { rows, columns } = X;
  const indptr = integers(rows + 1);
  const indices = integers(entries);
  const values = doubles(entries);
  let used = 0;
  eachOther(
    X,
    shift,
    (column, value) => {
      indices[used] = column;
      values[used++] = value;
    },
    (row) => (indptr[row + 1] = used),
  );
  const shared = doubles(columns);
  shared.set(shift);
  return { kind: 'shifted', rows, columns, indptr, indices, values, shift: shared };
}

/** Per column the value that most of a sample of rows have; 0 where every value is another. */
function commonValues({ data, rows, columns }: DenseMatrix): Float64Array {
  const out = new Float64Array(columns);
  const step = Math.max(1, Math.floor(rows / SAMPLED_ROWS));
  for (let j = 0; j < columns; j++) {
    const counts = new Map<number, number>();
    for (let i = 0; i < rows; i += step) {
      const value = data[i * columns + j];
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    let most = Math.max(1, counts.get(0) ?? 0);
    for (const [value, count] of counts) {
      if (count <= most || !Number.isFinite(value)) continue;
      most = count;
      out[j] = value;
    }
  }
  return out;
}

/** SᵀVS of the entries for a diagonal V, row by row; p×p. */
export function gramOfEntries(X: ShiftedMatrix, v: Float64Array, checkCancelled: () => void): Float64Array {
  const { columns: p, indptr, indices, values } = X;
  const out = new Float64Array(p * p);
  for (let i = 0; i < X.rows; i++) {
    if ((i & 1023) === 0) checkCancelled();
    const weight = v[i];
    if (weight === 0) continue;
    for (let a = indptr[i]; a < indptr[i + 1]; a++) {
      const scaled = weight * values[a];
      const line = indices[a] * p;
      for (let b = indptr[i]; b < indptr[i + 1]; b++) out[line + indices[b]] += scaled * values[b];
    }
  }
  return out;
}

/** XᵀVX from SᵀVS, in place: + c(SᵀV1)ᵀ + (SᵀV1)cᵀ + (1ᵀV1)ccᵀ for X = S + 1cᵀ. */
export function addShiftToGram(X: ShiftedMatrix, v: Float64Array, gram: Float64Array): void {
  const { columns: p, indptr, indices, values, shift } = X;
  const sums = new Float64Array(p);
  let mass = 0;
  for (let i = 0; i < X.rows; i++) {
    mass += v[i];
    for (let e = indptr[i]; e < indptr[i + 1]; e++) sums[indices[e]] += v[i] * values[e];
  }
  for (let a = 0; a < p; a++) {
    for (let b = 0; b < p; b++) {
      if (shift[a] === 0 && shift[b] === 0) continue;
      gram[a * p + b] += shift[a] * sums[b] + shift[b] * sums[a] + mass * shift[a] * shift[b];
    }
  }
}

/** The diagonal of XᵀVX. */
export function shiftedGramDiagonal(X: ShiftedMatrix, v: Float64Array): Float64Array {
  const { columns: p, indptr, indices, values, shift } = X;
  const out = new Float64Array(p);
  let mass = 0;
  for (let i = 0; i < X.rows; i++) {
    mass += v[i];
    for (let e = indptr[i]; e < indptr[i + 1]; e++) {
      out[indices[e]] += v[i] * values[e] * (values[e] + 2 * shift[indices[e]]);
    }
  }
  for (let j = 0; j < p; j++) out[j] += mass * shift[j] * shift[j];
  return out;
}
