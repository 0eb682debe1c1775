/** Designs for tests, from arrays. */
import type { Design, DesignSplit } from '../../src/shared/dataset.ts';

export interface Part {
  /** n×d row-major. */
  X: Float64Array;
  y: Int32Array;
  weights?: Float64Array | null;
}

export function designOf(train: Part, test: Part, classes: string[]): Design {
  const d = train.X.length / train.y.length;
  const split = ({ X, y, weights = null }: Part): DesignSplit => ({
    X: { kind: 'dense', rows: y.length, columns: d, data: X },
    y,
    weights,
  });
  return {
    train: split(train),
    test: split(test),
    classes,
    featureNames: Array.from({ length: d }, (_, j) => `x${j}`),
  };
}

export function withWeights(design: Design, weights: Float64Array): Design {
  return { ...design, train: { ...design.train, weights } };
}

/** The dense numbers of X; the designs of these tests are dense. */
export function denseData(split: DesignSplit): Float64Array {
  if (split.X.kind !== 'dense') throw new Error('the tests’ designs are dense');
  return split.X.data;
}

/** The same design with the training rows in the order given (rows may repeat or be left out). */
export function withTrainRows(design: Design, rows: readonly number[]): Design {
  const { train } = design;
  const d = train.X.columns;
  const data = denseData(train);
  const X = new Float64Array(rows.length * d);
  rows.forEach((from, to) => X.set(data.subarray(from * d, (from + 1) * d), to * d));
  return {
    ...design,
    train: {
      X: { kind: 'dense', rows: rows.length, columns: d, data: X },
      y: Int32Array.from(rows, (i) => train.y[i]),
      weights: train.weights === null ? null : Float64Array.from(rows, (i) => train.weights![i]),
    },
  };
}

/** The same design with every row of X (training and test) replaced by `change(row)`. */
export function withFeatures(design: Design, change: (row: Float64Array) => Float64Array): Design {
  const changed = (split: DesignSplit): DesignSplit => {
    const d = split.X.columns;
    const data = denseData(split);
    const rows = Array.from({ length: split.y.length }, (_, i) => change(data.subarray(i * d, (i + 1) * d)));
    const columns = rows[0].length;
    const X = new Float64Array(rows.length * columns);
    rows.forEach((row, i) => X.set(row, i * columns));
    return { ...split, X: { kind: 'dense', rows: rows.length, columns, data: X } };
  };
  const train = changed(design.train);
  const featureNames = Array.from({ length: train.X.columns }, (_, j) => `x${j}`);
  return { ...design, train, test: changed(design.test), featureNames };
}
