import { solveBatch } from './conjugate-gradients.ts';
import { WORKING_TOLERANCE } from './newton-step.ts';
import { hessianProduct, norms, parameterCount, type Objective } from './objective.ts';
import type { Preconditioner, Site } from './preconditioner.ts';
import type { TrialRemoval } from './trial-removal.ts';

/** A solve of single precision that leaves more than this of the true residual needs too many refinements. */
const MOST_LEFT = 1e-3;
const MOST_ITERATIONS = 200;

/**
 * Whether solves of single precision gain enough digits at a time: where X̃'s rows are long and λ is small, rounding
 * of the order of σ_max(H)/λ · 2⁻²⁴ is left in the residual, and one solve in double precision is the quicker way.
 * Counted in digits, not in seconds, so that every machine decides alike.
 * @param z L×n logits at θ̂
 */
export async function singlePrecisionPays(
  objective: Objective,
  z: Float64Array,
  { working, checkCancelled }: Site,
  { rows, pull }: TrialRemoval,
  preconditioner: Preconditioner,
): Promise<boolean> {
  const { placed, logits } = objective;
  if (working === placed) return false;
  const q = parameterCount(objective);
  const [size] = norms(pull, q);
  if (size === 0) return true;
  const batch = working.openBatch(z, rows, logits);
  const tolerance = Float64Array.of(WORKING_TOLERANCE);
  const control = { checkCancelled, maximumIterations: MOST_ITERATIONS };
  const { x } = await solveBatch(objective, batch, pull, tolerance, preconditioner, control);
  const left = await hessianProduct(objective, placed.openBatch(z, rows, logits), x);
  for (let j = 0; j < q; j++) left[j] -= pull[j];
  return norms(left, q)[0] <= MOST_LEFT * size;
}
