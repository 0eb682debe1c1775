/** Rows x̃ of a design, dense or sparse, with the intercept's 1 last when there is one. */
import type { Matrix } from '../../../shared/matrix.ts';

export interface FeatureRows {
  readonly rows: number;
  /** p: features, plus one for the intercept. */
  readonly width: number;
  /** x̃ᵢᵀ v[offset … offset + p − 1] */
  dot(i: number, v: Float64Array, offset: number): number;
  /** out[offset …] += scale · x̃ᵢ */
  add(i: number, scale: number, out: Float64Array, offset: number): void;
  /** out[offset …] ← xᵢ without the intercept's 1, dense. */
  copy(i: number, out: Float64Array, offset: number): void;
}

export function featureRows(X: Matrix, intercept: boolean): FeatureRows {
  const d = X.columns;
  const width = d + (intercept ? 1 : 0);
  if (X.kind === 'dense') {
    const { data } = X;
    return {
      rows: X.rows,
      width,
      dot(i, v, offset) {
        let sum = intercept ? v[offset + d] : 0;
        for (let j = 0, at = i * d; j < d; j++) sum += data[at + j] * v[offset + j];
        return sum;
      },
      add(i, scale, out, offset) {
        for (let j = 0, at = i * d; j < d; j++) out[offset + j] += scale * data[at + j];
        if (intercept) out[offset + d] += scale;
      },
      copy: (i, out, offset) => out.set(data.subarray(i * d, (i + 1) * d), offset),
    };
  }
  const { indptr, indices, values } = X;
  return {
    rows: X.rows,
    width,
    dot(i, v, offset) {
      let sum = intercept ? v[offset + d] : 0;
      for (let e = indptr[i]; e < indptr[i + 1]; e++) sum += values[e] * v[offset + indices[e]];
      return sum;
    },
    add(i, scale, out, offset) {
      for (let e = indptr[i]; e < indptr[i + 1]; e++) out[offset + indices[e]] += scale * values[e];
      if (intercept) out[offset + d] += scale;
    },
    copy(i, out, offset) {
      out.fill(0, offset, offset + d);
      for (let e = indptr[i]; e < indptr[i + 1]; e++) out[offset + indices[e]] = values[e];
    },
  };
}
