/**
 * The k training rows whose removal raises (or lowers) f most: chosen greedily by influence, and greedily by the linear
 * Newton step, which knows what the rows already chosen do to the next one; both then retrained (after Basu, You &
 * Feizi 2020, and the most influential sets of Broderick, Giordano & Meager 2020).
 */
import type { ChosenRows, LargestGroup } from '../../shared/analyses.ts';
import type { AnalysisSpecOf } from '../../shared/analysis-spec.ts';
import { invalidInput } from '../../shared/errors.ts';
import { rowInfluence } from '../estimators/influence-directions.ts';
import type { AnalysisInput } from './analysis.ts';
import { greedyNewton } from './greedy-newton.ts';
import { effectsOfSets, retrainingNotes } from './row-sets.ts';

/** Prefixes of a choice that are retrained. */
const CHECKED_SIZES = 8;

export async function largestGroup(input: AnalysisInput, spec: AnalysisSpecOf<'largestGroup'>): Promise<LargestGroup> {
  const begun = performance.now();
  const { model, direction } = input;
  const n = model.objective.placed.rows;
  const { size, direction: wanted } = spec;
  if (size >= n) {
    throw invalidInput(
      `analyses: a group of ${size} rows is asked for; the dataset has ${n} training rows.`,
      'Ask for fewer rows than there are.',
    );
  }
  const sign = wanted === 'raise' ? 1 : -1;
  const influence = await rowInfluence(model, direction);
  const first = [...influence.keys()].sort((a, b) => sign * (influence[b] - influence[a]) || a - b).slice(0, size);
  const chosen: { by: ChosenRows['by']; rows: Int32Array }[] = [
    { by: 'influence', rows: Int32Array.from(first) },
    { by: 'newton', rows: await greedyNewton(model, direction, { size, sign, checkCancelled: input.checkCancelled }) },
  ];
  const sizes = Int32Array.from(
    new Set(
      Array.from({ length: CHECKED_SIZES }, (_, at) => Math.max(1, Math.round((size * (at + 1)) / CHECKED_SIZES))),
    ),
  );
  const sets = chosen.flatMap(({ rows }) => Array.from(sizes, (count) => rows.slice(0, count).sort()));
  const effects = await effectsOfSets(input, sets);
  const inFirst = new Set(first);
  return {
    kind: 'largestGroup',
    evaluation: input.evaluations.evaluations[0],
    size,
    direction: wanted,
    sizes,
    lists: chosen.map(({ by, rows }, at) => {
      const part = (values: Float64Array) => values.slice(at * sizes.length, (at + 1) * sizes.length);
      return {
        by,
        rows,
        influence: part(effects.influence),
        newton: part(effects.newton),
        actual: part(effects.actual),
      };
    }),
    common: chosen[1].rows.reduce((count, row) => count + (inFirst.has(row) ? 1 : 0), 0),
    retrainings: sets.length,
    notes: retrainingNotes(effects),
    seconds: (performance.now() - begun) / 1000,
  };
}
