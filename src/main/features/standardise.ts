/**
 * Columns to mean 0 and standard deviation 1 over the training rows (divided by n, as is usual for features);
 * the same shift and scale for the test rows. A column that is constant in training becomes 0.
 */
import { invalidInput } from '../../shared/errors.ts';
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
    const range = maximum - minimum;
    // In units of the range, so that squares of tiny or huge values neither vanish nor overflow.
    let squares = 0;
    for (let at = column; at < train.data.length; at += columns) squares += ((train.data[at] - mean) / range) ** 2;
    const deviation = range * Math.sqrt(squares / train.rows);
    // Equality of the extremes, not of a rounded deviation with 0, says that a column is constant.
    if (range === 0) constant += 1;
    else requireFinite(deviation, column);
    for (const { data } of [train, test]) {
      for (let at = column; at < data.length; at += columns) {
        data[at] = range === 0 ? 0 : (data[at] - mean) / deviation;
      }
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
  for (let column = 0; column < columns; column++) {
    if (count[column] === rows) continue;
    minimum[column] = Math.min(0, minimum[column]);
    maximum[column] = Math.max(0, maximum[column]);
  }
  const squares = new Float64Array(columns);
  train.indices.forEach((column, at) => {
    squares[column] += ((train.values[at] - sum[column] / rows) / (maximum[column] - minimum[column])) ** 2;
  });
  let constant = 0;
  const deviations = Float64Array.from({ length: columns }, (_, column) => {
    const range = maximum[column] - minimum[column];
    if (range === 0) {
      constant += 1;
      return Infinity;
    }
    const mean = sum[column] / rows / range;
    const deviation = range * Math.sqrt((squares[column] + (rows - count[column]) * mean * mean) / rows);
    requireFinite(deviation, column);
    return deviation;
  });
  notes.push('Sparse features are scaled to standard deviation 1 and not centred.');
  noteConstant(constant, notes);
  const scaled = (matrix: SparseMatrix): SparseMatrix => ({
    ...matrix,
    values: matrix.values.map((value, at) => value / deviations[matrix.indices[at]]),
  });
  return [scaled(train), scaled(test)];
}

function requireFinite(deviation: number, column: number): void {
  if (Number.isFinite(deviation)) return;
  throw invalidInput(
    `The values of feature ${column} (from 0) are too large to be standardised in double precision.`,
    'Rescale that feature, or do not standardise.',
  );
}

function noteConstant(count: number, notes: string[]): void {
  if (count > 0) {
    notes.push(`${count} ${count === 1 ? 'feature is' : 'features are'} constant on the training rows and set to 0.`);
  }
}
