import type { GroupWeights } from '../compute/row-weights.ts';
import { lossResiduals, projectFlat, type Objective } from './objective.ts';

/** A removal on which choices are tried before the groups are known: every tenth row. */
export interface TrialRemoval {
  rows: GroupWeights;
  /** Its gradient g(w) at θ̂, length q. */
  pull: Float64Array;
}

/** @param z L×n logits at θ̂ */
export async function trialRemoval(
  objective: Objective,
  z: Float64Array,
  y: Int32Array,
  weights: Float64Array,
): Promise<TrialRemoval> {
  const { placed, logits } = objective;
  const members = [Int32Array.from({ length: Math.ceil(placed.rows / 10) }, (_, i) => 10 * i)];
  const pull = await placed.combineGroups(lossResiduals(z, y, logits, weights), members);
  projectFlat(objective, pull);
  return { rows: { weights, members, side: 'without' }, pull };
}
