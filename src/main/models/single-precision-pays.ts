import type { PlacedMatrix } from '../compute/device.ts';
import { solveBatch } from './conjugate-gradients.ts';
import { WORKING_TOLERANCE } from './newton-step.ts';
import { addPenalty, lossResiduals, norms, parameterCount, projectFlat, type Objective } from './objective.ts';
import type { Preconditioner } from './preconditioner.ts';

/** A solve of single precision that leaves more than this of the true residual needs too many refinements. */
const MOST_LEFT = 1e-3;

/**
 * Whether solves of single precision gain enough digits at a time: where X̃'s rows are long and λ is small, rounding
 * of the order of σ_max(H)/λ · 2⁻²⁴ is left in the residual, and one solve in double precision is the quicker way.
 * Tried on the removal of every tenth row; counted in digits, so that every machine decides alike.
 * @param z L×n logits at θ̂
 */
export async function singlePrecisionPays(
  objective: Objective,
  working: PlacedMatrix,
  z: Float64Array,
  y: Int32Array,
  weights: Float64Array,
  preconditioner: Preconditioner,
  checkCancelled: () => void,
): Promise<boolean> {
  const { placed, logits } = objective;
  if (working === placed) return false;
  const q = parameterCount(objective);
  const members = [Int32Array.from({ length: Math.ceil(placed.rows / 10) }, (_, i) => 10 * i)];
  const rows = { weights, members, side: 'without' as const };
  const pull = await placed.combineGroups(lossResiduals(z, y, logits, weights), members);
  projectFlat(objective, pull);
  const [size] = norms(pull, q);
  if (size === 0) return true;
  const tolerance = Float64Array.of(WORKING_TOLERANCE);
  const control = { checkCancelled, maximumIterations: 200 };
  const batch = working.openBatch(z, rows, logits);
  const { x } = await solveBatch(objective, batch, pull, tolerance, preconditioner, control);
  const product = await placed.openBatch(z, rows, logits).curvatureProduct(x);
  addPenalty(objective, x, product);
  projectFlat(objective, product);
  const [left] = norms(
    product.map((value, j) => value - pull[j]),
    q,
  );
  return left <= MOST_LEFT * size;
}
