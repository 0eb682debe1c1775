/** The rows of one removal, gathered on the device: what concerns them alone then costs no pass over all rows. */
import type { PlacedMatrix } from '../compute/device.ts';
import { selectRows } from '../compute/select-rows.ts';
import type { ModelOnDevice } from '../models/model-on-device.ts';
import { invalidInput } from '../../shared/errors.ts';
import type { Matrix } from '../../shared/matrix.ts';

export interface RemovedRows {
  /** Ascending, each once. */
  members: Int32Array;
  placed: PlacedMatrix;
  /** L×|w| logits at θ̂. */
  logits: Float64Array;
  /** Class per row. */
  y: Int32Array;
  /** sᵢ. */
  weights: Float64Array;
}

/** `rows` ascending, each once. @throws LeverageError 'invalidInput' for a number that is no training row */
export function canonicalRows(rows: Int32Array, trainRows: number): Int32Array {
  const chosen = new Uint8Array(trainRows);
  let count = 0;
  for (const row of rows) {
    if (row < 0 || row >= trainRows) {
      throw invalidInput(
        `whatif: field "rows": ${row} is no training row.`,
        `Training rows are whole numbers from 0 to ${trainRows - 1}.`,
      );
    }
    if (chosen[row] === 0) count++;
    chosen[row] = 1;
  }
  const out = new Int32Array(count);
  let at = 0;
  for (let row = 0; row < trainRows; row++) if (chosen[row] === 1) out[at++] = row;
  return out;
}

/** @param members ascending, each once, at least one */
export async function placeRemoved(model: ModelOnDevice, members: Int32Array): Promise<RemovedRows> {
  const { objective, fitted, device, matrices, weights } = model;
  const n = objective.placed.rows;
  const logits = new Float64Array(objective.logits * members.length);
  for (let k = 0; k < objective.logits; k++) {
    for (let at = 0; at < members.length; at++)
      logits[k * members.length + at] = fitted.trainLogits[k * n + members[at]];
  }
  return {
    members,
    placed: await device.place(rowsOf(matrices.train, members), objective.placed.intercept && 'included'),
    logits,
    y: Int32Array.from(members, (row) => fitted.design.train.y[row]),
    weights: Float64Array.from(members, (row) => weights[row]),
  };
}

function rowsOf(X: Matrix, members: Int32Array): Matrix {
  const { columns } = X;
  if (X.kind === 'dense') {
    return { kind: 'dense', rows: members.length, columns, data: selectRows(X.data, columns, members) };
  }
  const indptr = new Int32Array(members.length + 1);
  members.forEach((row, at) => (indptr[at + 1] = indptr[at] + X.indptr[row + 1] - X.indptr[row]));
  const indices = new Int32Array(indptr[members.length]);
  const values = new Float64Array(indptr[members.length]);
  members.forEach((row, at) => {
    indices.set(X.indices.subarray(X.indptr[row], X.indptr[row + 1]), indptr[at]);
    values.set(X.values.subarray(X.indptr[row], X.indptr[row + 1]), indptr[at]);
  });
  return { kind: 'sparse', rows: members.length, columns, indptr, indices, values };
}
