import { LeverageError } from '../../../shared/errors.ts';
import type { TrainableModel } from '../../models/trainable/trainable-model.ts';
import type { AttributionEstimator, AttributionProblem } from '../attribution.ts';
import { additive, allRows, rowsOf } from '../attribution.ts';
import { conjugateGradients } from '../solvers/conjugate-gradients.ts';
import { addScaled, dot, norm, sum } from '../solvers/vectors.ts';
import { hessianProduct, objectiveGradient } from '../training-objective.ts';

export interface Representation {
  /** n×K: αᵢₖ = −(sᵢ/λ) ∂ℓᵢ/∂zₖ. */
  alpha: Float64Array;
  /** The last layer's parameters after its own fit: the θ that the values reconstruct. */
  theta: Float64Array;
  /** λ of the last layer's weights. */
  lambda: number;
  notes: string[];
}

const STATIONARY = 1e-9;
const NEWTON_STEPS = 50;

/**
 * Representer values (Yeh et al. 2018, theorem 3.1) of the last layer. For the sum objective with (λ/2)‖W‖² a stationary W
 * is Σᵢ αᵢ ⊗ xᵢ, αᵢ = −(sᵢ/λ)∂ℓᵢ/∂z: −(1/(λ'n))∂ℓᵢ/∂z in the mean form λ' = λ/n. A network's last layer is first fitted to its
 * own optimum, the other layers held.
 * Throws LeverageError 'invalidInput' where the last layer is not regularised: there is then no such decomposition.
 */
export async function representation(problem: AttributionProblem): Promise<Representation> {
  const { model, trained } = problem;
  const lambda = lastLayerPenalty(model);
  const notes: string[] = [];
  let theta = trained.theta;
  if (model.recipe !== null) {
    theta = await fitLastLayer(problem);
    notes.push('The last layer was fitted to its optimum, the other layers held.');
  }
  const n = model.rows.train;
  const r = await model.outputGradients(theta, 'train', allRows(n));
  const K = model.outputs;
  const alpha = r.map((value, at) => (-model.weights[Math.floor(at / K)] / lambda) * value);
  return { alpha, theta, lambda, notes };
}

/**
 * Effect on the target by removing a row's term of the test logits: −Σₖ (∂ℓ_t/∂zₖ) αᵢₖ k(xᵢ, x_t), k the inner product of the
 * last layer's inputs (without the intercept, which is no part of the sum). Groups: the sum, as the decomposition is one.
 * Suspects: αᵢ of the row's own class, large where the model contradicts its label.
 */
export const representerPoints: AttributionEstimator = async (problem) => {
  const { model, targets } = problem;
  const { alpha, theta, notes } = await representation(problem);
  const K = model.outputs;
  const rows = rowsOf(problem);
  const inputs = await model.lastInputs(theta, 'train', rows);
  const width = inputs.length / rows.length;
  const scores = new Float64Array(targets.length * rows.length);
  for (const [t, target] of targets.entries()) {
    const r = await model.outputGradients(theta, 'test', target.rows);
    const testInputs = await model.lastInputs(theta, 'test', target.rows);
    // Σ over the target's rows of rₖ x_t: one vector per output serves every training row.
    const pulls = Array.from({ length: K }, (_, k) => {
      const pull = new Float64Array(width);
      target.rows.forEach((_row, at) =>
        addScaled(pull, r[at * K + k] / target.rows.length, testInputs.subarray(at * width, (at + 1) * width)),
      );
      return pull;
    });
    rows.forEach((row, at) => {
      const x = inputs.subarray(at * width, (at + 1) * width);
      pulls.forEach((pull, k) => (scores[t * rows.length + at] -= alpha[row * K + k] * dot(pull, x)));
    });
  }
  return {
    ...additive(problem, rows, scores),
    groupRule: 'own',
    suspicion: Float64Array.from(problem.points, (row) => norm(alpha.subarray(row * K, (row + 1) * K))),
    suspicionRule: 'length of its representer values: how far the model contradicts its label',
    notes,
  };
};

/**
 * rows×K: the logits as the representer values give them, Σᵢ αᵢₖ k(xᵢ, x_t) + bₖ.
 * @param theta of the representation
 */
export async function reconstructedLogits(
  model: TrainableModel,
  { alpha, theta }: Representation,
  testRows: Int32Array,
): Promise<Float64Array> {
  const K = model.outputs;
  const n = model.rows.train;
  const inputs = await model.lastInputs(theta, 'train', allRows(n));
  const testInputs = await model.lastInputs(theta, 'test', testRows);
  const width = inputs.length / n;
  const p = model.lastLayer.length / K;
  // Linear models keep an output's weights and intercept together, networks all weights and then all biases.
  const isNetwork = model.kind === 'mlp' || model.kind === 'cnn';
  const bias = (k: number): number =>
    p === width ? -1 : model.lastLayer.offset + (isNetwork ? K * width + k : k * p + width);
  const out = new Float64Array(testRows.length * K);
  testRows.forEach((_, t) => {
    const x = testInputs.subarray(t * width, (t + 1) * width);
    for (let k = 0; k < K; k++) out[t * K + k] = theta[bias(k)] ?? 0;
    for (let i = 0; i < n; i++) {
      const kernel = dot(inputs.subarray(i * width, (i + 1) * width), x);
      for (let k = 0; k < K; k++) out[t * K + k] += alpha[i * K + k] * kernel;
    }
  });
  return out;
}

/** λ of the last layer's weights: one number, or the error that there is none. */
function lastLayerPenalty({ penalty, lastLayer }: TrainableModel): number {
  let lambda = 0;
  for (let j = 0; j < lastLayer.length; j++) {
    const value = penalty[lastLayer.offset + j];
    if (value === 0) continue;
    if (lambda !== 0 && value !== lambda) {
      throw new LeverageError('invalidInput', 'Representer values need one λ for all weights of the last layer.');
    }
    lambda = value;
  }
  if (lambda > 0) return lambda;
  throw new LeverageError(
    'invalidInput',
    'Representer values need a regularised last layer; this model has no weight decay there.',
    'Train with weight decay.',
  );
}

/** Newton on the last layer's coordinates alone: convex there. */
async function fitLastLayer({ model, trained }: AttributionProblem): Promise<Float64Array> {
  const { offset, length } = model.lastLayer;
  const part = (v: Float64Array): Float64Array => v.slice(offset, offset + length);
  const whole = (v: Float64Array): Float64Array => {
    const out = new Float64Array(model.parameterCount);
    out.set(v, offset);
    return out;
  };
  let theta = trained.theta;
  let first = 0;
  let before = Number.POSITIVE_INFINITY;
  for (let step = 0; step < NEWTON_STEPS; step++) {
    const gradient = part(await objectiveGradient(model, theta, model.weights));
    const size = norm(gradient);
    if (step === 0) first = size;
    // Single precision stalls before double would: a step that gains nothing is the last.
    if (size <= STATIONARY * Math.max(1, first) || size > 0.9 * before) break;
    before = size;
    const product = hessianProduct(model, theta, { form: 'gaussNewton', damping: 0 });
    const restricted = async (v: Float64Array): Promise<Float64Array> => part(await product(whole(v)));
    const { x } = await conjugateGradients(restricted, gradient, { tolerance: 1e-8, maximumIterations: 4 * length });
    theta = await descend(model, theta, whole(x), size, part);
  }
  return theta;
}

/** θ − c·step, c halved until the gradient of the last layer shrinks. */
async function descend(
  model: TrainableModel,
  theta: Float64Array,
  step: Float64Array,
  size: number,
  part: (v: Float64Array) => Float64Array,
): Promise<Float64Array> {
  for (let c = 1; c > 1e-4; c /= 2) {
    const moved = sum(theta, -c, step);
    if (norm(part(await objectiveGradient(model, moved, model.weights))) < size) return moved;
  }
  return theta;
}
