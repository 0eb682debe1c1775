/**
 * Columns to mean 0 and standard deviation 1 over the training rows (divided by n, as is usual for features);
 * the same shift and scale for the test rows. A column that is constant in training becomes 0.
 */
import type { DenseMatrix, SparseMatrix } from '../../shared/matrix.ts';

/** In place: the caller has just made both matrices. */
export function standardiseDense(train: DenseMatrix, test: DenseMatrix, notes: string[]): void {
  const { columns } = train;
  let constant = 0;
  for (let column = 0; column < columns; column++) {
    let sum = 0;
    let minimum = Infinity;
    let maximum = -Infinity;
    for (let at = column; at < train.data.length; at += columns) {
      const value = train.data[at];
      sum += value;
      if (value < minimum) minimum = value;
      if (value > maximum) maximum = value;
    }
    const mean = sum / train.rows;
    let squares = 0;
    for (let at = column; at < train.data.length; at += columns) squares += (train.data[at] - mean) ** 2;
    // Equality of the extremes, not of a rounded deviation with 0, says that a column is constant.
    const scale = minimum === maximum ? 0 : 1 / Math.sqrt(squares / train.rows);
    if (scale === 0) constant += 1;
    for (const { data } of [train, test]) {
      for (let at = column; at < data.length; at += columns) data[at] = (data[at] - mean) * scale;
    }
  }
  noteConstant(constant, notes);
}

/** Scales only: subtracting the mean would fill the matrix. A constant column's entries become 0. */
export function standardiseSparse(
  train: SparseMatrix,
  test: SparseMatrix,
  notes: string[],
): [SparseMatrix, SparseMatrix] {
  const { columns, rows } = train;
  const count = new Float64Array(columns);
  const sum = new Float64Array(columns);
  const minimum = new Float64Array(columns).fill(Infinity);
  const maximum = new Float64Array(columns).fill(-Infinity);
  train.indices.forEach((column, at) => {
    const value = train.values[at];
    count[column] += 1;
    sum[column] += value;
    minimum[column] = Math.min(minimum[column], value);
    maximum[column] = Math.max(maximum[column], value);
  });
  const squares = new Float64Array(columns);
  train.indices.forEach((column, at) => (squares[column] += (train.values[at] - sum[column] / rows) ** 2));
  let constant = 0;
  const scale = Float64Array.from({ length: columns }, (_, column) => {
    const absent = rows - count[column];
    const low = absent > 0 ? Math.min(0, minimum[column]) : minimum[column];
    const high = absent > 0 ? Math.max(0, maximum[column]) : maximum[column];
    if (low === high) {
      constant += 1;
      return 0;
    }
    const mean = sum[column] / rows;
    return 1 / Math.sqrt((squares[column] + absent * mean * mean) / rows);
  });
  notes.push('Sparse features are scaled to standard deviation 1 and not centred.');
  noteConstant(constant, notes);
  const scaled = (matrix: SparseMatrix): SparseMatrix => ({
    ...matrix,
    values: matrix.values.map((value, at) => value * scale[matrix.indices[at]]),
  });
  return [scaled(train), scaled(test)];
}

function noteConstant(count: number, notes: string[]): void {
  if (count > 0) {
    notes.push(`${count} ${count === 1 ? 'feature is' : 'features are'} constant on the training rows and set to 0.`);
  }
}
