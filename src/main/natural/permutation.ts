/**
 * Natural groups (hospitals, sources, annotators) by slice of the test rows, judged against random groups of equal
 * size: is a group's effect more than what its number of rows would give? (Koh et al. 2019, section 5)
 */
import type { Group } from '../../shared/group.ts';
import type { Estimator, Evaluation } from '../../shared/quantities.ts';
import type { EffectsTable } from '../../shared/study.ts';
import { PERMUTATION } from '../groups/random-twins.ts';

/** One natural group on one evaluation. */
export interface NaturalCell {
  /** Index of the group in the study. */
  group: number;
  evaluation: Evaluation;
  estimator: Estimator;
  effect: number;
  /** Mean effect of the random groups of its size; NaN without them. */
  expected: number;
  /**
   * Two-sided permutation p-value: (1 + #{|random − mean| ≥ |effect − mean|}) / (1 + number of random groups), the
   * mean being over the group and its random groups alike. Never 0; NaN without random groups.
   */
  p: number;
  /** Benjamini–Hochberg's adjusted p-value over all cells of the estimator; NaN likewise. */
  q: number;
}

export interface NaturalAnalysis {
  column: string;
  groups: { index: number; value: string; size: number }[];
  evaluations: Evaluation[];
  /** Random groups per size; 0 when the study has none. */
  permutations: number;
  /** By group, then evaluation. */
  cells: NaturalCell[];
}

/** One analysis per column that groups of the study come from; of the evaluations, those of the mean test loss. */
export function naturalAnalyses(
  groups: readonly Pick<Group, 'origin' | 'label' | 'members' | 'parameters'>[],
  effects: EffectsTable,
  estimator: Estimator,
): NaturalAnalysis[] {
  const s = effects.estimators.indexOf(estimator);
  const columns = new Set(
    groups.flatMap(({ origin, parameters }) => (origin === 'natural' ? [String(parameters['column'])] : [])),
  );
  const evaluations = effects.evaluations.filter(({ quantity }) => quantity === 'meanTestLoss');
  if (s < 0 || evaluations.length === 0) return [];
  return [...columns].map((column) => {
    const twins = new Map<number, number[]>();
    const natural: NaturalAnalysis['groups'] = [];
    groups.forEach(({ origin, label, members, parameters }, index) => {
      if (parameters['column'] !== column) return;
      const size = members.length;
      if (origin === 'natural') natural.push({ index, value: String(parameters['value'] ?? label), size });
      else if (parameters[PERMUTATION] !== undefined) twins.set(size, [...(twins.get(size) ?? []), index]);
    });
    const cells = natural.flatMap(({ index, size }) =>
      evaluations.map((evaluation): NaturalCell => {
        const e = effects.evaluations.indexOf(evaluation);
        const at = (g: number) => effects.values[(e * effects.estimators.length + s) * effects.groupCount + g];
        const random = (twins.get(size) ?? []).map(at).filter((value) => Number.isFinite(value));
        return {
          group: index,
          evaluation,
          estimator,
          effect: at(index),
          ...permutationTest(at(index), random),
          q: NaN,
        };
      }),
    );
    const adjusted = benjaminiHochberg(cells.map(({ p }) => p));
    const permutations = Math.max(0, ...[...twins.values()].map((list) => list.length));
    return {
      column,
      groups: natural,
      evaluations,
      permutations,
      cells: cells.map((cell, k) => ({ ...cell, q: adjusted[k] })),
    };
  });
}

/** @returns the mean of the random effects, and the two-sided p-value of `effect` among them */
export function permutationTest(effect: number, random: readonly number[]): { expected: number; p: number } {
  if (random.length === 0 || !Number.isFinite(effect)) return { expected: NaN, p: NaN };
  const sum = random.reduce((total, value) => total + value, 0);
  const centre = (sum + effect) / (random.length + 1);
  const distance = Math.abs(effect - centre);
  const asFar = random.filter((value) => Math.abs(value - centre) >= distance).length;
  return { expected: sum / random.length, p: (1 + asFar) / (1 + random.length) };
}

/** Adjusted p-values: the smallest false-discovery rate at which each would be called. NaN stays NaN and is not counted. */
export function benjaminiHochberg(values: readonly number[]): number[] {
  const order = values.flatMap((p, k) => (Number.isNaN(p) ? [] : [k])).sort((a, b) => values[a] - values[b]);
  const adjusted = values.map(() => NaN);
  let least = 1;
  for (let rank = order.length; rank >= 1; rank--) {
    const k = order[rank - 1];
    least = Math.min(least, (values[k] * order.length) / rank);
    adjusted[k] = least;
  }
  return adjusted;
}
