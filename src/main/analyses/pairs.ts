/** Two groups together: is the effect of A ∪ B the sum of theirs? */
import type { PairEffects, PairEstimator } from '../../shared/analyses.ts';
import type { AnalysisSpecOf } from '../../shared/analysis-spec.ts';
import { chooseGroups, unionOf, type AnalysisInput } from './analysis.ts';
import { effectsOfSets, retrainingNotes } from './row-sets.ts';

/**
 * Influence of the union is the sum where the groups share no row, and misses the rows they share once; whatever else the
 * actual union differs by is synergy (more than the sum) or redundancy (less).
 */
export async function pairs(input: AnalysisInput, spec: AnalysisSpecOf<'pairs'>): Promise<PairEffects> {
  const begun = performance.now();
  const groups = await chooseGroups(input, spec.groups);
  const members = groups.map(({ index }) => input.groups[index].members);
  const m = groups.length;
  const couples = groups.flatMap((_, a) => groups.slice(a + 1).map((_, b) => [a, a + 1 + b] as const));
  const effects = await effectsOfSets(input, [
    ...members,
    ...couples.map(([a, b]) => unionOf([members[a], members[b]])),
  ]);
  const matrix = (values: (pair: number) => number): Float64Array => {
    const out = new Float64Array(m * m).fill(NaN);
    couples.forEach(([a, b], pair) => (out[a * m + b] = out[b * m + a] = values(pair)));
    return out;
  };
  const of = <T>(make: (estimator: PairEstimator) => T): Record<PairEstimator, T> => ({
    influence: make('influence'),
    newton: make('newton'),
    actual: make('actual'),
  });
  return {
    kind: 'pairs',
    evaluation: input.evaluations.evaluations[0],
    groups,
    single: of((estimator) => effects[estimator].slice(0, m)),
    both: of((estimator) => matrix((pair) => effects[estimator][m + pair])),
    shared: matrix((pair) => {
      const [a, b] = couples[pair];
      const inside = new Set(members[a]);
      return members[b].reduce((count, row) => count + (inside.has(row) ? 1 : 0), 0);
    }),
    retrainings: m + couples.length,
    notes: retrainingNotes(effects),
    seconds: (performance.now() - begun) / 1000,
  };
}
