/**
 * Shapley values over groups by exact retraining (Ghorbani & Zou 2019, with groups as players): of what removing all of
 * the groups does to f, each one's share, averaged over every order in which they may be removed.
 */
import type { ShapleyValues } from '../../shared/analyses.ts';
import { MOST_EXACT_PLAYERS } from '../../shared/analysis-limits.ts';
import type { AnalysisSpecOf } from '../../shared/analysis-spec.ts';
import { openStream } from '../groups/random-stream.ts';
import { chooseGroups, unionOf, type AnalysisInput } from './analysis.ts';
import { effectsOfSets, retrainingNotes } from './row-sets.ts';
import { Contributions, exactShapley } from './shapley-game.ts';

/**
 * v(S) = −(f without the groups outside S − f(θ̂)), so that a value is positive where removing the group raises f and
 * the values sum to v(all) − v(none), the effect of removing all. A row of several groups stays while one of them does.
 */
export async function shapley(input: AnalysisInput, spec: AnalysisSpecOf<'shapley'>): Promise<ShapleyValues> {
  const begun = performance.now();
  const groups = await chooseGroups(input, spec.groups);
  const coalitions = new Coalitions(
    input,
    groups.map(({ index }) => input.groups[index].members),
  );
  const found =
    groups.length <= MOST_EXACT_PLAYERS
      ? await overAllCoalitions(coalitions)
      : await overPermutations(coalitions, spec);
  const everyone = Uint8Array.from(groups, () => 1);
  const alone = groups.map((_, i) => everyone.map((_, j) => (j === i ? 0 : 1)));
  const [total, ...singles] = await coalitions.effects([everyone.map(() => 0), ...alone]);
  const actual = Float64Array.from(coalitions.known.values());
  return {
    kind: 'shapley',
    evaluation: input.evaluations.evaluations[0],
    groups,
    ...found,
    alone: Float64Array.from(singles),
    total,
    retrainings: coalitions.retrainings,
    notes: retrainingNotes({ actual, unconverged: coalitions.unconverged }),
    seconds: (performance.now() - begun) / 1000,
  };
}

type Found = Pick<ShapleyValues, 'method' | 'permutations' | 'values' | 'standardErrors'>;

async function overAllCoalitions(coalitions: Coalitions): Promise<Found> {
  const m = coalitions.players;
  const all = Array.from({ length: 2 ** m }, (_, S) => Uint8Array.from({ length: m }, (_, i) => (S >> i) & 1));
  const effects = await coalitions.effects(all);
  const values = exactShapley(
    effects.map((effect) => -effect),
    m,
  );
  return { method: 'exact', permutations: null, values, standardErrors: values.map(() => NaN) };
}

/** Orders whose coalitions are retrained together. */
const ORDERS_AT_A_TIME = 8;

async function overPermutations(
  coalitions: Coalitions,
  { permutations, seed }: AnalysisSpecOf<'shapley'>,
): Promise<Found> {
  const m = coalitions.players;
  const stream = openStream(seed, 'shapley');
  const sum = new Contributions(m);
  coalitions.expected = permutations * m;
  for (let done = 0; done < permutations; done += ORDERS_AT_A_TIME) {
    const orders = Array.from({ length: Math.min(ORDERS_AT_A_TIME, permutations - done) }, () => {
      const order = Int32Array.from({ length: m }, (_, i) => i);
      for (let i = m - 1; i > 0; i--) {
        const j = stream.below(i + 1);
        [order[i], order[j]] = [order[j], order[i]];
      }
      return order;
    });
    // Along each order, the coalition after each removal.
    const wanted = orders.flatMap((order) => {
      const present = new Uint8Array(m).fill(1);
      return Array.from(order, (player) => {
        present[player] = 0;
        return present.slice();
      });
    });
    const effects = await coalitions.effects(wanted);
    orders.forEach((order, at) => {
      const contributions = new Float64Array(m);
      order.forEach((player, step) => {
        contributions[player] = effects[at * m + step] - (step === 0 ? 0 : effects[at * m + step - 1]);
      });
      sum.add(contributions);
    });
  }
  return {
    method: 'permutations',
    permutations,
    values: sum.values(),
    standardErrors: sum.standardErrors(),
  };
}

/** Effects of coalitions (1: the group stays), each retrained once. */
class Coalitions {
  readonly players: number;
  /** By coalition, written as 0 and 1. */
  readonly known = new Map<string, number>();
  retrainings = 0;
  unconverged = 0;
  /** Retrainings that are to come in all, at most; for the progress. */
  expected = 0;
  private readonly input: AnalysisInput;
  private readonly members: readonly Int32Array[];

  constructor(input: AnalysisInput, members: readonly Int32Array[]) {
    this.input = input;
    this.members = members;
    this.players = members.length;
  }

  /** f of the model without the groups that are 0, less f(θ̂). */
  async effects(coalitions: readonly Uint8Array[]): Promise<Float64Array> {
    const { input, known } = this;
    const missing = new Map<string, Int32Array>();
    for (const coalition of coalitions) {
      const key = coalition.join('');
      if (!known.has(key) && !missing.has(key)) missing.set(key, this.removedRows(coalition));
    }
    const left = input.model.weights.reduce((count, weight) => count + (weight > 0 ? 1 : 0), 0);
    const isWhole = (rows: Int32Array): boolean =>
      rows.reduce((count, row) => count + (input.model.weights[row] > 0 ? 1 : 0), 0) === left;
    const sets = [...missing].filter(([, rows]) => !isWhole(rows));
    const found = await effectsOfSets(
      input,
      sets.map(([, rows]) => rows),
      { done: this.retrainings, total: Math.max(this.expected, this.retrainings + sets.length) },
    );
    sets.forEach(([key], at) => known.set(key, found.actual[at]));
    this.retrainings += sets.length;
    this.unconverged += found.unconverged;
    for (const key of missing.keys()) if (!known.has(key)) known.set(key, await this.effectOfNothing());
    return Float64Array.from(coalitions, (coalition) => known.get(coalition.join('')) ?? NaN);
  }

  private removedRows(coalition: Uint8Array): Int32Array {
    const staying = new Set<number>();
    this.members.forEach((rows, i) => {
      if (coalition[i] === 1) for (const row of rows) staying.add(row);
    });
    return unionOf(this.members.filter((_, i) => coalition[i] === 0)).filter((row) => !staying.has(row));
  }

  /** Without any row the penalty alone is left: θ = 0. */
  private async effectOfNothing(): Promise<number> {
    const { model, evaluations } = this.input;
    const nobody = { weights: model.weights, members: [new Int32Array(0)], side: 'only' as const };
    const delta = model.fitted.coefficients.map((value) => -value);
    const changes = await evaluations.changes(delta, { own: nobody, gradient: new Float64Array(delta.length) });
    return changes[0];
  }
}
