/** Batches of groups around a sparse matrix, in panels of groups side by side: see ../device.ts for what each product is. */
import type { GroupBatch } from '../device.ts';
import { groupCount, type RowWeights } from '../row-weights.ts';
import { LogisticBatch } from './logistic-batch.ts';
import { SoftmaxBatch } from './softmax-batch.ts';
import type { SparsePlaced } from './sparse-matrix.ts';

export function openSparseBatch(
  matrix: SparsePlaced,
  base: Float64Array,
  keep: RowWeights,
  logits: number,
): GroupBatch {
  const groups = groupCount(keep, matrix.rows);
  return logits === 1
    ? LogisticBatch.open(matrix, base, keep, groups)
    : SoftmaxBatch.open(matrix, base, keep, groups, logits);
}
