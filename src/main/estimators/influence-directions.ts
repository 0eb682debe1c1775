/** Solves with the full-data Hessian H_λ: one per function f serves the influence of every group (Koh & Liang 2017). */
import { openPair, type ModelOnDevice } from '../models/model-on-device.ts';
import { openWhole } from './few-rows.ts';
import { newtonSteps } from '../models/newton-step.ts';
import { lossResiduals, parameterCount } from '../models/objective.ts';

/** On the residual; in double precision, where influence alone is the result. */
const TOLERANCE = 1e-12;
/** Right-hand sides solved side by side (groups × logits); bounds the memory of the solver at n × this. */
const SIDE_BY_SIDE = 128;

/**
 * @param right C×q, orthogonal to the flat direction
 * @returns C×q: rows of right·H_λ⁻¹
 */
export async function solveFullHessian(
  model: ModelOnDevice,
  right: Float64Array,
  checkCancelled: () => void,
  tolerance = TOLERANCE,
): Promise<Float64Array> {
  const { objective, weights, preconditioner } = model;
  const q = parameterCount(objective);
  const count = right.length / q;
  const out = new Float64Array(right.length);
  const width = Math.max(1, Math.floor(SIDE_BY_SIDE / objective.logits));
  const control = { checkCancelled, maximumIterations: 1000 };
  for (let start = 0; start < count; start += width) {
    const part = right.subarray(start * q, Math.min(count, start + width) * q);
    const nobody = Array.from({ length: part.length / q }, () => new Int32Array(0));
    const batches =
      (await openWhole(model, nobody.length)) ?? openPair(model, { weights, members: nobody, side: 'without' });
    out.set((await newtonSteps(objective, batches, part, tolerance, preconditioner, control)).step, start * q);
  }
  return out;
}

/**
 * Influence of every training row on functions whose directions h = H_λ⁻¹∇f are given:
 * hᵀ sᵢ∇ℓᵢ(θ̂), positive = removing the row raises f.
 * @param directions E×q
 * @returns E×n
 */
export async function rowInfluence(model: ModelOnDevice, directions: Float64Array): Promise<Float64Array> {
  const { objective, fitted, weights } = model;
  const { placed, logits } = objective;
  const n = placed.rows;
  const margins = await placed.margins(directions);
  const residual = lossResiduals(fitted.trainLogits, fitted.design.train.y, logits, weights);
  const count = directions.length / parameterCount(objective);
  const out = new Float64Array(count * n);
  for (let e = 0; e < count; e++) {
    for (let k = 0; k < logits; k++) {
      for (let i = 0; i < n; i++) out[e * n + i] += residual[k * n + i] * margins[(e * logits + k) * n + i];
    }
  }
  return out;
}
