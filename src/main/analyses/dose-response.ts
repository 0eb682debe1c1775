/**
 * Groups re-weighted: f at the model whose rows of the group have t times their weight, t from 0 (removed) over 1
 * (the fit) to 2 (each twice). The exact path is followed from the fit outwards, each model begun where the one
 * before ended. Influence is a straight line through (1, 0) with its slope at the fit.
 */
import type { AnalysedGroup, DoseResponse } from '../../shared/analyses.ts';
import type { AnalysisSpecOf } from '../../shared/analysis-spec.ts';
import { EFFECT_ESTIMATORS } from '../estimators/index.ts';
import { createRemovalBatch } from '../estimators/removal-batch.ts';
import { chooseGroups, type AnalysisInput } from './analysis.ts';
import { retrainingNotes } from './row-sets.ts';

export async function doseResponse(input: AnalysisInput, spec: AnalysisSpecOf<'doseResponse'>): Promise<DoseResponse> {
  const begun = performance.now();
  const groups = await chooseGroups(input, spec.groups);
  const weights = weightGrid(spec.weights);
  const path = await followPath(input, groups, weights);
  const { unconverged, retrainings, ...curves } = path;
  return {
    kind: 'doseResponse',
    evaluation: input.evaluations.evaluations[0],
    groups,
    weights,
    ...curves,
    retrainings,
    notes: retrainingNotes({ actual: curves.actual, unconverged }),
    seconds: (performance.now() - begun) / 1000,
  };
}

/** Evenly spaced, with the 1 of the fit itself exactly among them where it falls on the grid. */
export function weightGrid({ from, to, count }: { from: number; to: number; count: number }): Float64Array {
  return Float64Array.from({ length: count }, (_, k) => {
    const t = from + ((to - from) * k) / (count - 1);
    return Math.abs(t - 1) < 1e-12 ? 1 : t;
  });
}

interface Path extends Pick<DoseResponse, 'influence' | 'newton' | 'actual' | 'newtonSteps'> {
  unconverged: number;
  retrainings: number;
}

async function followPath(
  input: AnalysisInput,
  groups: readonly AnalysedGroup[],
  weights: Float64Array,
): Promise<Path> {
  const T = weights.length;
  const path: Path = {
    influence: new Float64Array(groups.length * T),
    newton: new Float64Array(groups.length * T),
    actual: new Float64Array(groups.length * T),
    newtonSteps: new Float64Array(groups.length * T),
    unconverged: 0,
    retrainings: 0,
  };
  // Outwards from the fit, both ways; at the fit itself nothing changes.
  const indices = [...weights.keys()];
  const down = indices.filter((k) => weights[k] < 1).reverse();
  const up = indices.filter((k) => weights[k] > 1);
  const total = groups.length * (down.length + up.length);
  for (const steps of [down, up]) {
    let before: { weight: number; delta: Float64Array } | null = null;
    for (const k of steps) {
      const found = await oneWeight(input, groups, weights[k], before);
      before = { weight: weights[k], delta: found.delta };
      groups.forEach((_, g) => {
        for (const name of ['influence', 'newton', 'actual', 'newtonSteps'] as const)
          path[name][g * T + k] = found[name][g];
      });
      path.unconverged += found.unconverged;
      path.retrainings += groups.length;
      input.progress(path.retrainings, total);
    }
  }
  return path;
}

async function oneWeight(
  { model, groups: all, evaluations, direction, tolerance, checkCancelled }: AnalysisInput,
  groups: readonly AnalysedGroup[],
  weight: number,
  before: { weight: number; delta: Float64Array } | null,
) {
  checkCancelled();
  // In proportion to the distance from the fit: right to first order.
  const stretch = before === null ? 0 : (1 - weight) / (1 - before.weight);
  const start = before?.delta.map((value) => stretch * value);
  const batch = await createRemovalBatch(
    model,
    groups.map(({ index }) => ({ members: all[index].members })),
    { tolerance, retrain: true, left: weight, ...(start === undefined ? {} : { start }), checkCancelled },
  );
  const asked = { batch, evaluations, directions: direction };
  const [influence, newton, actual] = [
    await EFFECT_ESTIMATORS.influence(asked),
    await EFFECT_ESTIMATORS.newton(asked),
    await EFFECT_ESTIMATORS.actual(asked),
  ];
  const { delta, newtonSteps, converged } = await batch.minimum();
  const unconverged = converged.reduce(
    (count, reached, g) => count + (reached === 0 && batch.lostClasses[g].size === 0 ? 1 : 0),
    0,
  );
  return { influence, newton, actual, newtonSteps, delta, unconverged };
}
