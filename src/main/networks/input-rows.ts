/**
 * A network's inputs: the features divided by their root mean square over all training rows and features, one number, so
 * that a learning rate means the same for pixels 0…16, 0…255 and 0…1. Removing rows does not change it.
 */
import type { Matrix } from '../../shared/matrix.ts';
import { featureRows } from '../models/trainable/feature-rows.ts';

/** 1/RMS of X's entries; 1 when all are 0. */
export function inputScale(X: Matrix): number {
  const values = X.kind === 'dense' ? X.data : X.values;
  let squares = 0;
  for (let at = 0; at < values.length; at++) squares += values[at] * values[at];
  return squares === 0 ? 1 : Math.sqrt((X.rows * X.columns) / squares);
}

export interface InputRows {
  readonly rows: number;
  /** The inputs of row i into out[offset …], dense. */
  copy(i: number, out: Float64Array, offset: number): void;
}

export function inputRows(X: Matrix, scale: number): InputRows {
  const features = featureRows(X, false);
  return {
    rows: features.rows,
    copy(i, out, offset) {
      features.copy(i, out, offset);
      for (let j = offset; j < offset + features.width; j++) out[j] *= scale;
    },
  };
}
