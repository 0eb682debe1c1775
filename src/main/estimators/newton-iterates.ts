/** k full Newton steps from θ̂, none of them damped: the estimators between one step and the exact minimum. */
import { openPair, type ModelOnDevice } from '../models/model-on-device.ts';
import type { GroupWeights } from '../compute/row-weights.ts';
import { newtonSteps, type BatchPair } from '../models/newton-step.ts';
import { addPenalty, projectFlat } from '../models/objective.ts';
import type { EffectEstimator } from './estimator.ts';

const STEP_TOLERANCE = 1e-10;
const MAXIMUM_ITERATIONS = 1000;

/** f(θ̂ + δ₂) − f(θ̂), δ₂ two full Newton steps without the group. */
export const newton2: EffectEstimator = async ({ batch, evaluations }) =>
  evaluations.changes(await batch.newtonIterate(2), batch);

/** The same after three; on the way to the actual effect. */
export const newton3: EffectEstimator = async ({ batch, evaluations }) =>
  evaluations.changes(await batch.newtonIterate(3), batch);

/** A group's Newton iterates, each computed once, from the first step on. */
export function newtonIterates(
  model: ModelOnDevice,
  kept: GroupWeights,
  pull: Float64Array,
  firstStep: () => Promise<Float64Array>,
  checkCancelled: () => void,
): (k: number) => Promise<Float64Array> {
  const iterates = new Map<number, Promise<Float64Array>>();
  let pair: BatchPair | null = null;
  const iterate = (k: number): Promise<Float64Array> => {
    if (k <= 1) return firstStep();
    const known = iterates.get(k);
    if (known !== undefined) return known;
    const found = (async () => {
      const before = await iterate(k - 1);
      pair ??= openPair(model, kept);
      return stepFrom(model, pair, pull, before, checkCancelled);
    })();
    iterates.set(k, found);
    return found;
  };
  return iterate;
}

/** δ − [∇²F(δ)]⁻¹∇F(δ) for each group. */
async function stepFrom(
  { objective, preconditioner }: ModelOnDevice,
  pair: BatchPair,
  pull: Float64Array,
  delta: Float64Array,
  checkCancelled: () => void,
): Promise<Float64Array> {
  const gradient = await pair.exact.gradientChange(delta);
  addPenalty(objective, delta, gradient);
  for (let j = 0; j < gradient.length; j++) gradient[j] = pull[j] - gradient[j];
  projectFlat(objective, gradient);
  if (pair.working !== pair.exact) await pair.working.gradientChange(delta);
  const control = { checkCancelled, maximumIterations: MAXIMUM_ITERATIONS };
  const { step } = await newtonSteps(objective, pair, gradient, STEP_TOLERANCE, preconditioner, control);
  const next = step.map((value, j) => value + delta[j]);
  projectFlat(objective, next);
  return next;
}
