/** The functions that a What-if measures, in parts that can be had apart: the study's own, and those of more test rows. */
import { solveFullHessian } from '../estimators/influence-directions.ts';
import { createEvaluationSet, type EvaluationSet, type Slice } from '../evaluation/evaluation-set.ts';
import type { ModelOnDevice } from '../models/model-on-device.ts';
import type { Evaluation } from '../../shared/quantities.ts';
import type { RemovedRows } from './removed-rows.ts';

export interface MeasuredSet {
  set: EvaluationSet;
  /** E×q: H_λ⁻¹∇f. */
  directions: Float64Array;
}

export async function measuredSet(
  model: ModelOnDevice,
  evaluations: readonly Evaluation[],
  slices: readonly Slice[],
  checkCancelled: () => void,
): Promise<MeasuredSet> {
  const set = await createEvaluationSet(model, evaluations, slices);
  return { set, directions: await solveFullHessian(model, set.gradients, checkCancelled) };
}

/** What a change costs: a point next to nothing, self-loss a pass over the removed rows, a mean one over all test rows. */
function costOf({ quantity }: Evaluation): 'point' | 'self' | 'mean' {
  if (quantity === 'selfLoss') return 'self';
  return quantity === 'meanTestLoss' ? 'mean' : 'point';
}

/** The evaluations in their order, in runs of like cost. */
export function partsByCost(evaluations: readonly Evaluation[]): Evaluation[][] {
  const parts: Evaluation[][] = [];
  evaluations.forEach((evaluation, e) => {
    if (e > 0 && costOf(evaluation) === costOf(evaluations[e - 1])) parts[parts.length - 1].push(evaluation);
    else parts.push([evaluation]);
  });
  return parts;
}

/** The same parts with means over the test rows left out: NaN. */
export function withoutMeans(parts: readonly MeasuredSet[]): MeasuredSet[] {
  return parts.map((part) => {
    const { evaluations } = part.set;
    const [first] = evaluations;
    if (first === undefined || costOf(first) !== 'mean') return part;
    const changes = async (): Promise<Float64Array> => new Float64Array(evaluations.length).fill(NaN);
    return { ...part, set: { ...part.set, changes } };
  });
}

/** The same parts with self-loss taken over the gathered rows: as exact, and no pass over all others. */
export function selfOverRemoved(parts: readonly MeasuredSet[], rows: RemovedRows, logits: number): MeasuredSet[] {
  const { placed, logits: z, y, weights } = rows;
  return parts.map((part) =>
    part.set.evaluations[0]?.quantity !== 'selfLoss'
      ? part
      : {
          ...part,
          set: {
            ...part.set,
            changes: (delta) => placed.lossChange(z, y, weights, 'shared', delta, logits),
          },
        },
  );
}

/** One set of the evaluations of all, in order. */
export function joinedSets(parts: readonly MeasuredSet[]): MeasuredSet {
  const [only] = parts;
  if (parts.length === 1) return only;
  const sets = parts.map(({ set }) => set);
  const evaluations = sets.flatMap((set) => set.evaluations);
  const at = sets.flatMap((set) => set.evaluations.map((_, e) => ({ set, e })));
  return {
    directions: concatenated(parts.map(({ directions }) => directions)),
    set: {
      evaluations,
      gradients: concatenated(sets.map(({ gradients }) => gradients)),
      // Group by group within an evaluation: the parts' answers follow each other.
      changes: async (delta, removed) =>
        concatenated(await Promise.all(sets.map((set) => set.changes(delta, removed)))),
      pointGradientAfter: (e, delta, g) => at[e].set.pointGradientAfter(at[e].e, delta, g),
      limitWithout: (e, lost) => at[e].set.limitWithout(at[e].e, lost),
      sliceMoments: (e) => at[e].set.sliceMoments(at[e].e),
    },
  };
}

function concatenated(arrays: readonly Float64Array[]): Float64Array {
  const out = new Float64Array(arrays.reduce((sum, array) => sum + array.length, 0));
  let start = 0;
  for (const array of arrays) {
    out.set(array, start);
    start += array.length;
  }
  return out;
}
