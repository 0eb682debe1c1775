/**
 * Influence of pre-training rows on a fine-tuned model (Chen et al. 2020, "Multi-stage influence function"), by the implicit
 * function theorem. Stage one: (W, U) minimises the pre-training objective; stage two starts from the embedding W:
 *   frozen      Θ minimises F(W, Θ): df/dW = ∂_W f − ∂²_{WΘ}F (∂²_{ΘΘ}F)⁻¹ ∂_Θ f
 *   fine-tuned  (V, Θ) minimises F(V, Θ) + (α/2)‖V − W‖²: df/dW = α [(∇²F + α I_V)⁻¹ ∇f]_V
 * and removing pre-training row i moves W by [H₁⁻¹gᵢ]_W. One solve per target and stage serves every row.
 */
import type { CurvatureForm, TrainableModel } from '../../models/trainable/trainable-model.ts';
import type { Target } from '../attribution.ts';
import { conjugateGradients } from '../solvers/conjugate-gradients.ts';
import type { Product } from '../solvers/linear-system.ts';
import { hessianProduct, rowProducts, targetGradients } from '../training-objective.ts';

/** Coordinates of θ that are the embedding. */
export interface Embedding {
  offset: number;
  length: number;
}

export interface Stage {
  model: TrainableModel;
  theta: Float64Array;
  embedding: Embedding;
  /** Added to the Hessian of the stage; 0 at a strict minimum. */
  damping: number;
  form: CurvatureForm;
}

export interface TwoStages {
  pretraining: Stage;
  finetuning: Stage;
  /** 'frozen', or α of the pull towards the pre-trained embedding. */
  mode: 'frozen' | { proximity: number };
}

const SOLVE = { tolerance: 1e-10 };

/**
 * @param targets mean loss over test rows of the fine-tuning stage
 * @param rows of the pre-training stage
 * @returns T×R; positive = removing the pre-training row raises the fine-tuned model's loss. A group's effect is the sum.
 */
export async function multiStageInfluence(
  stages: TwoStages,
  targets: readonly Target[],
  rows: Int32Array,
): Promise<Float64Array> {
  const { pretraining } = stages;
  const { model, theta, form, damping, embedding } = pretraining;
  const first = hessianProduct(model, theta, { form, damping });
  const directions: Float64Array[] = [];
  for (const slope of await embeddingSlopes(stages, targets)) {
    const right = new Float64Array(model.parameterCount);
    right.set(slope, embedding.offset);
    directions.push((await conjugateGradients(first, right, control(model))).x);
  }
  return rowProducts(model, theta, rows, directions);
}

/** df/dW of each target through the second stage. */
export async function embeddingSlopes(
  { finetuning, mode }: TwoStages,
  targets: readonly Target[],
): Promise<Float64Array[]> {
  const { model, theta, embedding, form, damping } = finetuning;
  const end = embedding.offset + embedding.length;
  const product = hessianProduct(model, theta, { form, damping: 0 });
  const keep = (v: Float64Array, inside: boolean): Float64Array =>
    v.map((value, j) => (j >= embedding.offset && j < end === inside ? value : 0));
  const slopes: Float64Array[] = [];
  for (const gradient of await targetGradients(model, theta, targets)) {
    if (mode === 'frozen') {
      const onHead: Product = async (v) => {
        const out = keep(await product(keep(v, false)), false);
        for (let j = 0; j < out.length; j++) if (j < embedding.offset || j >= end) out[j] += damping * v[j];
        return out;
      };
      const { x } = await conjugateGradients(onHead, keep(gradient, false), control(model));
      const mixed = await product(x);
      slopes.push(gradient.map((value, j) => value - mixed[j]).slice(embedding.offset, end));
      continue;
    }
    const alpha = mode.proximity;
    const whole: Product = async (v) => {
      const out = await product(v);
      for (let j = 0; j < out.length; j++) out[j] += (damping + (j >= embedding.offset && j < end ? alpha : 0)) * v[j];
      return out;
    };
    const { x } = await conjugateGradients(whole, gradient, control(model));
    slopes.push(x.slice(embedding.offset, end).map((value) => alpha * value));
  }
  return slopes;
}

function control(model: TrainableModel) {
  return { ...SOLVE, maximumIterations: 10 * model.parameterCount };
}
