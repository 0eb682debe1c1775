/** The objective of a trainable model at given parameters: targets, gradients of targets, Hessian products, per row and per set. */
import type { CurvatureForm, TrainableModel } from '../models/trainable/trainable-model.ts';
import { allRows, type AttributionProblem, type Target } from './attribution.ts';
import type { Product } from './solvers/linear-system.ts';

/** Mean loss of each target at θ: T. */
export async function targetLosses(
  model: TrainableModel,
  theta: Float64Array,
  targets: readonly Target[],
): Promise<Float64Array> {
  const losses = await model.losses(theta, 'test');
  return Float64Array.from(targets, ({ rows }) => rows.reduce((sum, row) => sum + losses[row], 0) / rows.length);
}

/** ∇ of each target at θ: T vectors of length q. */
export async function targetGradients(
  model: TrainableModel,
  theta: Float64Array,
  targets: readonly Target[],
): Promise<Float64Array[]> {
  const out: Float64Array[] = [];
  for (const { rows } of targets) {
    out.push(await model.gradientSum(theta, 'test', rows, new Float64Array(rows.length).fill(1 / rows.length)));
  }
  return out;
}

/** g(w) = Σ over the members of sᵢ∇ℓᵢ(θ). */
export function setGradient(model: TrainableModel, theta: Float64Array, members: Int32Array): Promise<Float64Array> {
  return model.gradientSum(theta, 'train', members, weightsOf(model, members));
}

/** sᵢ of the members. */
export function weightsOf({ weights }: TrainableModel, members: Int32Array): Float64Array {
  return Float64Array.from(members, (row) => weights[row]);
}

/** The model's weights with the members' set to 0. */
export function weightsWithout({ weights }: TrainableModel, members: Int32Array): Float64Array {
  const out = weights.slice();
  for (const row of members) out[row] = 0;
  return out;
}

/** v → (Σ weights[i]∇²ℓᵢ(θ) + penalty + damping) v over all training rows. */
export function hessianProduct(
  model: TrainableModel,
  theta: Float64Array,
  { form, damping, weights = model.weights }: { form: CurvatureForm; damping: number; weights?: Float64Array },
): Product {
  const rows = allRows(model.rows.train);
  return async (v) => {
    const out = await model.curvatureProduct(theta, rows, weights, v, form);
    for (let j = 0; j < out.length; j++) out[j] += (model.penalty[j] + damping) * v[j];
    return out;
  };
}

/** H(w) v = Σ over the members of sᵢ∇²ℓᵢ(θ) v, without penalty. */
export function setCurvature(
  model: TrainableModel,
  theta: Float64Array,
  members: Int32Array,
  v: Float64Array,
  form: CurvatureForm,
): Promise<Float64Array> {
  return model.curvatureProduct(theta, members, weightsOf(model, members), v, form);
}

/** Gradient of the objective with other weights: Σ weights[i]∇ℓᵢ(θ) + penalty∘θ. */
export async function objectiveGradient(
  model: TrainableModel,
  theta: Float64Array,
  weights: Float64Array,
): Promise<Float64Array> {
  const out = await model.gradientSum(theta, 'train', allRows(model.rows.train), weights);
  for (let j = 0; j < out.length; j++) out[j] += model.penalty[j] * theta[j];
  return out;
}

/** Value of the same. */
export async function objectiveValue(
  model: TrainableModel,
  theta: Float64Array,
  weights: Float64Array,
): Promise<number> {
  const losses = await model.losses(theta, 'train');
  let value = 0;
  for (let i = 0; i < losses.length; i++) if (weights[i] !== 0) value += weights[i] * losses[i];
  for (let j = 0; j < theta.length; j++) value += 0.5 * model.penalty[j] * theta[j] ** 2;
  return value;
}

/** T×R: sᵢ∇ℓᵢ(θ)ᵀv_t of the rows for T vectors. */
export async function rowProducts(
  model: TrainableModel,
  theta: Float64Array,
  rows: Int32Array,
  vectors: readonly Float64Array[],
): Promise<Float64Array> {
  const q = model.parameterCount;
  const side = new Float64Array(vectors.length * q);
  vectors.forEach((vector, t) => side.set(vector, t * q));
  const products = await model.gradientProducts(theta, 'train', rows, side);
  const out = new Float64Array(products.length);
  for (let i = 0; i < rows.length; i++) {
    for (let t = 0; t < vectors.length; t++) {
      out[t * rows.length + i] = model.weights[rows[i]] * products[i * vectors.length + t];
    }
  }
  return out;
}

/** Whether the outputs are linear in θ: the loss is then convex, and Hessian and Gauss–Newton matrix are one. */
export function isLinear({ lastLayer, parameterCount }: TrainableModel): boolean {
  return lastLayer.length === parameterCount;
}

/** The form whose inverse is safe: for networks away from a minimum the Hessian is indefinite. */
export function usualForm({ model }: Pick<AttributionProblem, 'model'>): CurvatureForm {
  return isLinear(model) ? 'hessian' : 'gaussNewton';
}

/** T×S: change of every target from θ̂ to each of the parameters that `moved` gives, one set at a time. */
export async function effectsOfMoves(
  { model, trained, targets }: AttributionProblem,
  sets: readonly Int32Array[],
  moved: (members: Int32Array) => Promise<Float64Array>,
): Promise<Float64Array> {
  const before = await targetLosses(model, trained.theta, targets);
  const out = new Float64Array(targets.length * sets.length);
  for (let g = 0; g < sets.length; g++) {
    const after = await targetLosses(model, await moved(sets[g]), targets);
    after.forEach((value, t) => (out[t * sets.length + g] = value - before[t]));
  }
  return out;
}
