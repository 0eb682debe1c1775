/** The functions f of a study (method.md §1) for a TrainableModel: values at any θ, gradients at θ̂. */
import type { Evaluation } from '../../shared/quantities.ts';
import type { Slice } from '../evaluation/evaluation-set.ts';
import type { TrainableModel } from '../models/trainable/trainable-model.ts';

export interface TrainableEvaluations {
  readonly evaluations: readonly Evaluation[];
  /** E×q: ∇f(θ̂); rows of selfLoss are 0, their gradient is the group's own. */
  readonly gradients: Float64Array;
  /** E: f(θ) for the group of these training rows. */
  values(theta: Float64Array, members: Int32Array): Promise<Float64Array>;
}

export async function trainableEvaluations(
  model: TrainableModel,
  theta: Float64Array,
  evaluations: readonly Evaluation[],
  slices: readonly Slice[],
): Promise<TrainableEvaluations> {
  const q = model.parameterCount;
  const rowsOf = ({ quantity, target }: Evaluation): Int32Array => {
    if (quantity !== 'meanTestLoss') return Int32Array.of(Number(target));
    const slice = slices.find((candidate) => candidate.target === target);
    if (slice === undefined) throw new RangeError(`no slice ${target}`);
    return slice.rows;
  };
  /** y of a margin: ±1. */
  const sign = (row: number): number => (model.targets.test[row] > 0 ? 1 : -1);
  const gradients = new Float64Array(evaluations.length * q);
  for (const [e, evaluation] of evaluations.entries()) {
    if (evaluation.quantity === 'selfLoss') continue;
    const rows = rowsOf(evaluation);
    if (evaluation.quantity === 'margin') {
      gradients.set(await model.pullBack(theta, 'test', rows, Float64Array.of(sign(rows[0]))), e * q);
    } else {
      const share = new Float64Array(rows.length).fill(1 / rows.length);
      gradients.set(await model.gradientSum(theta, 'test', rows, share), e * q);
    }
  }
  const needed = Int32Array.from(
    new Set(evaluations.flatMap((one) => (one.quantity === 'selfLoss' ? [] : [...rowsOf(one)]))),
  ).sort();
  const place = new Map([...needed].map((row, at) => [row, at]));
  const wantsMargin = evaluations.some(({ quantity }) => quantity === 'margin');
  const wantsSelf = evaluations.some(({ quantity }) => quantity === 'selfLoss');

  return {
    evaluations,
    gradients,
    async values(at, members) {
      const losses = await model.losses(at, 'test', needed);
      const z = wantsMargin ? await model.logits(at, 'test', needed) : new Float64Array(0);
      const own = wantsSelf ? await model.losses(at, 'train', members) : new Float64Array(0);
      return Float64Array.from(evaluations, (evaluation) => {
        if (evaluation.quantity === 'selfLoss') {
          return own.reduce((sum, loss, k) => sum + model.weights[members[k]] * loss, 0);
        }
        const rows = rowsOf(evaluation);
        if (evaluation.quantity === 'margin') return sign(rows[0]) * z[place.get(rows[0]) ?? NaN];
        let sum = 0;
        for (const row of rows) sum += losses[place.get(row) ?? NaN];
        return sum / rows.length;
      });
    },
  };
}
