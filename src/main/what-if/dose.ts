/**
 * Dose–response: the effects of removing a share t of the rows' weight, θ̂(1 − t·w), for several t. Influence is
 * linear in t; Newton is t(H_λ − tH(w))⁻¹g(w) carried to f; the actual effect is retrained, each row of the set with the weight
 * (1 − t)sᵢ, by the loop that retrains a study's groups.
 */
import { certificates } from '../estimators/actual.ts';
import type { RemovalBatch } from '../estimators/removal-batch.ts';
import { minimise, type Minimum } from '../models/minimise.ts';
import { openPair, type ModelOnDevice } from '../models/model-on-device.ts';
import { parameterCount } from '../models/objective.ts';
import type { EvaluationSet } from '../evaluation/evaluation-set.ts';
import type { Retraining } from '../../shared/study.ts';
import { formedNewtonStep } from './formed-newton.ts';
import type { QuickRemoval } from './quick-removal.ts';

export interface DoseControl {
  tolerance: number;
  checkCancelled(): void;
}

/** @returns E×T Newton effects by share; with `set` of one evaluation, one value per share */
export async function newtonDose(
  model: ModelOnDevice,
  removal: QuickRemoval,
  set: EvaluationSet,
  shares: Float64Array,
  control: DoseControl,
): Promise<Float64Array> {
  return set.changes(await newtonSteps(model, removal, shares, control), besides(removal, shares.length));
}

/** T×q. */
async function newtonSteps(
  model: ModelOnDevice,
  removal: QuickRemoval,
  shares: Float64Array,
  control: DoseControl,
): Promise<Float64Array> {
  const q = parameterCount(model.objective);
  const out = new Float64Array(shares.length * q);
  const curvature = await removal.curvature();
  const rest: number[] = [];
  for (const [t, share] of shares.entries()) {
    control.checkCancelled();
    if (share === 0) continue;
    const step = curvature === null ? null : await formedNewtonStep(model, curvature, removal.batch.pull, share);
    if (step === null) rest.push(t);
    else out.set(step, t * q);
  }
  if (rest.length > 0) {
    const part = Float64Array.from(rest, (t) => shares[t]);
    const { firstStep } = await minimum(model, removal, part, { ...control, retrain: false });
    rest.forEach((t, at) => out.set(firstStep.subarray(at * q, (at + 1) * q), t * q));
  }
  return out;
}

/** Effects of one evaluation by share, retrained, with a certificate each. */
export async function actualDose(
  model: ModelOnDevice,
  removal: QuickRemoval,
  set: EvaluationSet,
  shares: Float64Array,
  control: DoseControl,
): Promise<{ effects: Float64Array; retraining: Retraining[] }> {
  const begun = performance.now();
  const found = await minimum(model, removal, shares, { ...control, retrain: true });
  const effects = await set.changes(found.delta, besides(removal, shares.length));
  const lost = Array.from(shares, (share) => (share === 1 ? removal.batch.lostClasses[0] : new Set<number>()));
  lost.forEach((classes, t) => {
    if (classes.size > 0) effects[t] = set.limitWithout(0, classes) ?? effects[t];
  });
  const batch: RemovalBatch = {
    ...removal.batch,
    ...besides(removal, shares.length),
    groups: Array.from(shares, () => removal.batch.groups[0]),
    lostClasses: lost,
    minimum: () => Promise.resolve(found),
  };
  const seconds = (performance.now() - begun) / 1000 / Math.max(1, shares.length);
  const kept = await certificates(model, batch, set, { seconds, actual: effects });
  // Relative to the gradient that the removal of this share leaves.
  const retraining = kept.map((one, t) => ({
    ...one,
    relativeGradientNorm: shares[t] === 0 ? 0 : one.relativeGradientNorm / shares[t],
  }));
  return { effects, retraining };
}

/** As RemovalBatch.minimum promises of effects. */
const EFFECT_TOLERANCE = 1e-8;
const NEWTON_STEP_TOLERANCE = 1e-10;
const MAXIMUM_NEWTON_STEPS = 80;
const MAXIMUM_ITERATIONS = 1000;

/** The shares side by side, as a batch of removals that take only part of their rows' weight. */
async function minimum(
  model: ModelOnDevice,
  { batch }: QuickRemoval,
  shares: Float64Array,
  { tolerance, retrain, checkCancelled }: DoseControl & { retrain: boolean },
): Promise<Minimum> {
  const { objective, weights, preconditioner } = model;
  const q = parameterCount(objective);
  const n = objective.placed.rows;
  const kept = new Float64Array(shares.length * n);
  const pull = new Float64Array(shares.length * q);
  shares.forEach((share, t) => {
    kept.set(weights, t * n);
    for (const row of batch.groups[0].members) kept[t * n + row] = weights[row] * (1 - share);
    for (let j = 0; j < q; j++) pull[t * q + j] = share * batch.pull[j];
  });
  const bounded = (share: number): boolean => share < 1 || batch.lostClasses[0].size === 0;
  return minimise(objective, openPair(model, kept), pull, preconditioner, {
    tolerance,
    firstStepTolerance: NEWTON_STEP_TOLERANCE,
    maximumRounds: retrain ? MAXIMUM_NEWTON_STEPS : 0,
    maximumIterations: MAXIMUM_ITERATIONS,
    decrementTolerance: shares.map((share) => (bounded(share) ? Math.max(EFFECT_TOLERANCE, tolerance) : Infinity)),
    checkCancelled,
  });
}

/** What the changes of `count` parameter vectors need of the same removed rows: self-loss is theirs, whole. */
function besides({ batch }: QuickRemoval, count: number): Pick<RemovalBatch, 'own' | 'pull'> {
  const q = batch.pull.length;
  const pull = new Float64Array(count * q);
  for (let t = 0; t < count; t++) pull.set(batch.pull, t * q);
  return { pull, own: { ...batch.own, members: Array.from({ length: count }, () => batch.own.members[0]) } };
}
