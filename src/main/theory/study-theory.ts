/** What the propositions say of a whole study. */
import type { StudyTheory } from '../../shared/theory.ts';
import type { EvaluationSet } from '../evaluation/evaluation-set.ts';
import type { ModelOnDevice } from '../models/model-on-device.ts';
import { parameterCount } from '../models/objective.ts';
import { areCopies, copiesFactors } from './copies.ts';
import { curvatureExtremes } from './curvature-extremes.ts';
import { boundConstants, newtonErrorBounds } from './newton-error-bound.ts';
import type { SpectrumControl } from './removal-spectrum.ts';

export async function studyTheory(
  model: ModelOnDevice,
  evaluations: EvaluationSet,
  slices: readonly { target: string; rows: Int32Array }[],
  groups: readonly { members: Int32Array }[],
  control: SpectrumControl,
): Promise<StudyTheory> {
  const { objective, fitted } = model;
  const { lambda, placed, logits } = objective;
  const extremes = await curvatureExtremes(model, control);
  const s = extremes.largest.value / lambda;
  const copies = Int32Array.from(groups.keys()).filter((g) => areCopies(model, groups[g].members));
  const points = Array.from(copies, (g) => groups[g].members);
  const constants = boundConstants(model, evaluations, slices);
  const sizes = groups.map(({ members }) => members.length);
  return {
    ...extremes,
    parameters: parameterCount(objective),
    trainRows: placed.rows,
    lambda,
    freeIntercept: fitted.summary.intercept,
    s,
    selfLossSlope: selfLossSlope(s),
    copies,
    copiesFactor:
      logits === 1
        ? await copiesFactors(model, points, control.checkCancelled)
        : new Float64Array(copies.length).fill(NaN),
    hessianConstant: constants.hessian,
    lossConstant: constants.loss,
    functionConstant: constants.functions,
    bound: newtonErrorBounds(constants, evaluations, sizes, placed.rows, extremes.smallestWithPenalty.value),
  };
}

/** Proposition 3: I ≤ I_Nt ≤ (1 + 3s/2 + s²/2) I for self-loss, up to O(λ⁻³). */
export function selfLossSlope(s: number): number {
  return 1 + 1.5 * s + 0.5 * s * s;
}
