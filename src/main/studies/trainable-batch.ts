/**
 * A batch of groups through influence, Newton and retraining with a TrainableModel (method.md §1), group by group in
 * float64. On a network the curvature is the damped Gauss–Newton matrix, and "actual" is the same recipe from the same
 * initialisation without the group's rows.
 */
import type { Estimator } from '../../shared/quantities.ts';
import type { Retraining } from '../../shared/study.ts';
import { inner } from '../models/trainable/conjugate-solve.ts';
import type { TrainableModel, TrainedModel } from '../models/trainable/trainable-model.ts';
import type { BatchTask } from './compute-batch.ts';
import type { BatchResult } from './study-run.ts';
import type { TrainableCurvature } from './trainable-curvature.ts';
import type { TrainableEvaluations } from './trainable-evaluations.ts';

export interface TrainableSetting {
  model: TrainableModel;
  /** θ̂ */
  theta: Float64Array;
  evaluations: TrainableEvaluations;
  curvature: TrainableCurvature;
  /** E×q: C_λ⁻¹∇f(θ̂). */
  directions: Float64Array;
  estimators: readonly Estimator[];
  tolerance: number;
  seed: number;
  checkCancelled(): void;
}

export async function computeTrainableBatch(setting: TrainableSetting, task: BatchTask): Promise<BatchResult> {
  const { evaluations, estimators, tolerance, model } = setting;
  const { batch, firstGroup, groups } = task;
  const E = evaluations.evaluations.length;
  const values = new Float64Array(E * estimators.length * groups.length);
  const retraining: Retraining[] = [];
  const notes: string[] = [];
  for (const [g, { label, members }] of groups.entries()) {
    setting.checkCancelled();
    const effects = await groupEffects(setting, members);
    estimators.forEach((estimator, s) => {
      const of = effects.values[estimator] ?? new Float64Array(E).fill(NaN);
      for (let e = 0; e < E; e++) values[(e * estimators.length + s) * groups.length + g] = of[e];
    });
    if (effects.retraining === null) continue;
    retraining.push(effects.retraining);
    if (model.recipe === null && !effects.retraining.converged) {
      notes.push(
        `Group "${label}" was retrained to a relative gradient norm of ${effects.retraining.relativeGradientNorm.toExponential(1)}, above the tolerance of ${tolerance.toExponential(0)}.`,
      );
    }
  }
  return { batch, firstGroup, groupCount: groups.length, values, retraining, notes };
}

interface GroupEffects {
  values: Partial<Record<Estimator, Float64Array>>;
  retraining: Retraining | null;
}

async function groupEffects(setting: TrainableSetting, members: Int32Array): Promise<GroupEffects> {
  const { model, theta, evaluations, curvature, estimators } = setting;
  const wants = (...names: Estimator[]): boolean => names.some((name) => estimators.includes(name));
  const q = model.parameterCount;
  const own = Float64Array.from(members, (i) => model.weights[i]);
  const kept = model.weights.slice();
  for (const i of members) kept[i] = 0;
  // g(w)
  const pull = await model.gradientSum(theta, 'train', members, own);
  const before = await evaluations.values(theta, members);
  const changeAt = async (at: Float64Array): Promise<Float64Array> => {
    const after = await evaluations.values(at, members);
    return after.map((value, e) => value - before[e]);
  };
  const along = (delta: Float64Array): Float64Array =>
    Float64Array.from(evaluations.evaluations, ({ quantity }, e) =>
      inner(quantity === 'selfLoss' ? pull : evaluations.gradients.subarray(e * q, (e + 1) * q), delta),
    );
  const values: GroupEffects['values'] = {};

  const selfAsked = evaluations.evaluations.some(({ quantity }) => quantity === 'selfLoss');
  if (wants('influenceOnParameters') || (wants('influence') && selfAsked)) {
    const step = await curvature.solve(model.weights, pull);
    if (wants('influence')) values.influence = along(step);
    if (wants('influenceOnParameters')) values.influenceOnParameters = await changeAt(moved(theta, step));
  }
  if (wants('influence')) {
    // Additive functions by their directions, which serve every group: the same as gᵀC_λ⁻¹∇f.
    values.influence = Float64Array.from(evaluations.evaluations, ({ quantity }, e) =>
      quantity === 'selfLoss'
        ? (values.influence?.[e] ?? NaN)
        : inner(setting.directions.subarray(e * q, (e + 1) * q), pull),
    );
  }
  if (wants('newton', 'newtonLinear')) {
    const step = await curvature.solve(kept, pull);
    if (wants('newton')) values.newton = await changeAt(moved(theta, step));
    if (wants('newtonLinear')) values.newtonLinear = along(step);
  }
  if (!wants('actual')) return { values, retraining: null };
  const start = performance.now();
  const trained = await model.train({
    seed: setting.seed,
    weights: kept,
    // A convex model has one optimum, and this start is near it; a network is trained again from its initialisation.
    from: model.recipe === null ? theta : undefined,
    checkCancelled: setting.checkCancelled,
  });
  values.actual = await changeAt(trained.theta);
  return { values, retraining: certificate(setting, trained, pull, members, start) };
}

function certificate(
  { model, directions, evaluations, tolerance }: TrainableSetting,
  { gradientNorm, checkpoints, converged }: TrainedModel,
  pull: Float64Array,
  members: Int32Array,
  start: number,
): Retraining {
  const q = model.parameterCount;
  const size = Math.sqrt(inner(pull, pull));
  const relativeGradientNorm = size === 0 ? 0 : gradientNorm / size;
  // |∇fᵀH⁻¹∇| ≤ ‖H⁻¹∇f‖‖∇‖, with the full Hessian scaled to the rows that are left.
  let steepest = 0;
  evaluations.evaluations.forEach(({ quantity }, e) => {
    if (quantity === 'selfLoss') return;
    const h = directions.subarray(e * q, (e + 1) * q);
    steepest = Math.max(steepest, Math.sqrt(inner(h, h)));
  });
  const share = model.rows.train / Math.max(1, model.rows.train - members.length);
  return {
    newtonSteps: checkpoints[checkpoints.length - 1]?.step ?? 0,
    gradientNorm,
    relativeGradientNorm,
    converged: model.recipe === null ? converged && relativeGradientNorm <= tolerance : converged,
    effectBound: model.recipe === null ? steepest * share * gradientNorm : NaN,
    seconds: (performance.now() - start) / 1000,
  };
}

function moved(theta: Float64Array, delta: Float64Array): Float64Array {
  return theta.map((value, j) => value + delta[j]);
}
