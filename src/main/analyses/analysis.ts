/** What every analysis works on: a fitted model, the study's groups, one function f of the parameters. */
import type { AnalysedGroup } from '../../shared/analyses.ts';
import type { ChosenGroups } from '../../shared/analysis-spec.ts';
import { invalidInput } from '../../shared/errors.ts';
import type { Group } from '../../shared/group.ts';
import { lossResiduals, parameterCount, projectFlat } from '../models/objective.ts';
import type { EvaluationSet } from '../evaluation/evaluation-set.ts';
import type { ModelOnDevice } from '../models/model-on-device.ts';

export interface AnalysisInput {
  model: ModelOnDevice;
  groups: readonly Pick<Group, 'id' | 'label' | 'members'>[];
  /** Of one evaluation: the f that is analysed. */
  evaluations: EvaluationSet;
  /** q: H_λ⁻¹∇f. */
  direction: Float64Array;
  /** On ‖∇‖ / ‖g(w)‖ of every retrained model. */
  tolerance: number;
  /** Models retrained side by side. */
  sideBySide: number;
  checkCancelled(): void;
  /** Models retrained so far, of so many. */
  progress(done: number, total: number): void;
}

/** Influence on f of removing each set of rows: additive over rows. */
export async function influenceOfSets(
  { model, direction }: Pick<AnalysisInput, 'model' | 'direction'>,
  sets: readonly Int32Array[],
): Promise<Float64Array> {
  const { objective, fitted, weights } = model;
  const q = parameterCount(objective);
  const residuals = lossResiduals(fitted.trainLogits, fitted.design.train.y, objective.logits, weights);
  const out = new Float64Array(sets.length);
  const AT_A_TIME = 256;
  for (let start = 0; start < sets.length; start += AT_A_TIME) {
    const part = sets.slice(start, start + AT_A_TIME);
    const gradients = await objective.placed.combineGroups(residuals, part);
    projectFlat(objective, gradients);
    for (let g = 0; g < part.length; g++) {
      for (let j = 0; j < q; j++) out[start + g] += gradients[g * q + j] * direction[j];
    }
  }
  return out;
}

/**
 * The groups that a study's file asks for: by id, in that order, or those of the largest influence in size.
 * @throws LeverageError 'invalidInput' for an id that no group has
 */
export async function chooseGroups(input: AnalysisInput, chosen: ChosenGroups): Promise<AnalysedGroup[]> {
  const { groups } = input;
  const told = (index: number): AnalysedGroup => {
    const { id, label, members } = groups[index];
    return { index, id, label, size: members.length };
  };
  if ('ids' in chosen) {
    const byId = new Map(groups.map(({ id }, index) => [id, index]));
    return [...new Set(chosen.ids)].map((id) => {
      const index = byId.get(id);
      if (index === undefined) {
        throw invalidInput(
          `analyses: the study has no group with the id "${id}".`,
          'The ids are in the bundle’s groups.json.',
        );
      }
      return told(index);
    });
  }
  const influence = await influenceOfSets(
    input,
    groups.map(({ members }) => members),
  );
  const order = [...influence.keys()].sort((a, b) => Math.abs(influence[b]) - Math.abs(influence[a]) || a - b);
  return order.slice(0, chosen.mostInfluential).map(told);
}

/** Rows that are in at least one of the sets, ascending. */
export function unionOf(sets: readonly Int32Array[]): Int32Array {
  const rows = new Set<number>();
  for (const set of sets) for (const row of set) rows.add(row);
  return Int32Array.from(rows).sort();
}
