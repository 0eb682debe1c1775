import type { AttributionEstimator, AttributionProblem } from '../attribution.ts';
import { allRows, checkCancelled } from '../attribution.ts';
import { exactShapley, sampledShapley, type Game, type ShapleyValues } from '../shapley.ts';
import { targetLosses } from '../training-objective.ts';
import { trainOn } from '../training-subsets.ts';

export interface DataShapleyOptions {
  /** Permutations at most. */
  permutations?: number;
  truncation?: number;
}

const PERMUTATIONS = 200;
/** Groups are valued exactly up to here. */
const FEW_PLAYERS = 10;

/**
 * Data Shapley (Ghorbani & Zou 2019) with v(S) = −(loss of the target of the model trained on S); positive: the row
 * lowers the loss, removing it raises it. Points: every asked row a player, the others always in. Groups: the groups
 * are the players and the rows of none of them always in, where they do not overlap; else the sum over their rows.
 * The empty set, and one without any row of a class, has the loss of the class shares of the training rows:
 * the majority class.
 */
export function dataShapley({
  permutations = PERMUTATIONS,
  truncation,
}: DataShapleyOptions = {}): AttributionEstimator {
  return async (problem) => {
    const { points, groups, targets, seed } = problem;
    const notes: string[] = [];
    const valuesOf = async (players: readonly Int32Array[], what: string): Promise<Float64Array> => {
      const out = new Float64Array(targets.length * players.length);
      if (players.length === 0) return out;
      for (let t = 0; t < targets.length; t++) {
        const game = trainingGame(problem, players, t);
        const options = { seed, permutations, truncation, checkCancelled: () => checkCancelled(problem) };
        let found: ShapleyValues;
        if (players.length <= FEW_PLAYERS) found = await exactShapley(game);
        else {
          const sampled = await sampledShapley(game, options);
          found = sampled;
          notes.push(
            `${what}, ${targets[t].label}: ${sampled.permutations} permutations, ${sampled.evaluations} trainings, ${Math.round(100 * sampled.truncated)} % of the turns truncated${sampled.converged ? '' : ', not yet converged'}.`,
          );
        }
        out.set(found.values, t * players.length);
      }
      return out;
    };
    const asPoints = await valuesOf(
      Array.from(points, (row) => Int32Array.of(row)),
      'points',
    );
    const disjoint = areDisjoint(groups);
    const asGroups = disjoint ? await valuesOf(groups, 'groups') : sumOf(problem, asPoints);
    if (!disjoint) {
      notes.push(
        'The groups overlap and can not be players: the sum over their rows stands in, where all of them are valued.',
      );
    }
    return {
      points: asPoints,
      groups: asGroups,
      groupRule: disjoint ? 'own' : 'sum',
      suspicion: Float64Array.from(points, (_, i) => {
        let mean = 0;
        for (let t = 0; t < targets.length; t++) mean -= asPoints[t * points.length + i] / targets.length;
        return mean;
      }),
      suspicionRule: 'negative Shapley value',
      notes,
    };
  };
}

/** v(S) = −loss of target t of the model trained on the union of the players in S and all rows that are no player's. */
export function trainingGame(problem: AttributionProblem, players: readonly Int32Array[], t: number): Game {
  const { model, targets, seed } = problem;
  const played = new Set(players.flatMap((members) => [...members]));
  const always = allRows(model.rows.train).filter((row) => !played.has(row));
  return {
    players: players.length,
    async value(coalition) {
      const rows = Int32Array.from([...always, ...Array.from(coalition, (i) => [...players[i]]).flat()]).sort();
      if (!hasEveryClass(problem, rows)) return -(await priorLoss(problem, t));
      const { theta } = await trainOn(problem, rows, seed);
      return -(await targetLosses(model, theta, [targets[t]]))[0];
    },
  };
}

/** A class without a row leaves a free intercept without an optimum. */
function hasEveryClass({ model }: AttributionProblem, rows: Int32Array): boolean {
  if (rows.length === 0) return false;
  const wanted = model.kind === 'ridge' ? 1 : Math.max(2, model.outputs);
  const seen = new Set<number>();
  for (const row of rows) if (model.weights[row] > 0) seen.add(model.targets.train[row]);
  return seen.size >= wanted;
}

/** Loss of the target when the model knows only the class shares (for a number: its mean). */
async function priorLoss({ model, targets }: AttributionProblem, t: number): Promise<number> {
  const { train, test } = model.targets;
  const mass = model.weights.reduce((sum, weight) => sum + weight, 0);
  if (model.kind === 'ridge') {
    const mean = train.reduce((sum, value, i) => sum + model.weights[i] * value, 0) / mass;
    return meanOver(targets[t].rows, (row) => 0.5 * (test[row] - mean) ** 2);
  }
  if (model.kind === 'smoothHinge') return 1;
  const shares = new Map<number, number>();
  train.forEach((label, i) => shares.set(label, (shares.get(label) ?? 0) + model.weights[i] / mass));
  return meanOver(targets[t].rows, (row) => -Math.log(Math.max(shares.get(test[row]) ?? 0, 1e-12)));
}

function meanOver(rows: Int32Array, valueOf: (row: number) => number): number {
  return rows.reduce((sum, row) => sum + valueOf(row), 0) / rows.length;
}

function areDisjoint(groups: readonly Int32Array[]): boolean {
  const seen = new Set<number>();
  for (const members of groups) {
    for (const row of members) {
      if (seen.has(row)) return false;
      seen.add(row);
    }
  }
  return true;
}

function sumOf({ points, groups, targets }: AttributionProblem, values: Float64Array): Float64Array {
  const at = new Map(Array.from(points, (row, i) => [row, i]));
  const out = new Float64Array(targets.length * groups.length);
  groups.forEach((members, g) => {
    for (const row of members) {
      const i = at.get(row);
      // Not valued: neither is then the group.
      if (i === undefined) {
        for (let t = 0; t < targets.length; t++) out[t * groups.length + g] = Number.NaN;
        break;
      }
      for (let t = 0; t < targets.length; t++) out[t * groups.length + g] += values[t * points.length + i];
    }
  });
  return out;
}
