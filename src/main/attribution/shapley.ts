/** Shapley values of any game: exact for few players, by truncated Monte Carlo for many (Ghorbani & Zou 2019). */
import { invalidInput } from '../../shared/errors.ts';
import { openStream } from '../groups/random-stream.ts';
import { allRows } from './attribution.ts';

export interface Game {
  players: number;
  /** v(S), S ascending. Of the empty set too. */
  value(coalition: Int32Array): Promise<number>;
}

export interface ShapleyValues {
  values: Float64Array;
  /** v(∅) and v(N): the values sum to their difference, exactly for the exact form, and for permutations that were not truncated. */
  empty: number;
  full: number;
  /** Coalitions evaluated. */
  evaluations: number;
}

const MOST_PLAYERS = 16;

/** φᵢ = Σ_S |S|!(n−|S|−1)!/n! [v(S ∪ i) − v(S)] over all 2ⁿ coalitions. Throws 'invalidInput' above 16 players. */
export async function exactShapley({ players, value }: Game): Promise<ShapleyValues> {
  if (players > MOST_PLAYERS) {
    throw invalidInput(
      `Exact Shapley values of ${players} players need 2^${players} trainings.`,
      'Sample permutations.',
    );
  }
  const count = 2 ** players;
  const v = new Float64Array(count);
  for (let mask = 0; mask < count; mask++) v[mask] = await value(allRows(players).filter((i) => (mask >> i) & 1));
  // |S|!(n−|S|−1)!/n! = 1 / (n · C(n−1, |S|))
  const weight = new Float64Array(players);
  for (let size = 0, choose = 1; size < players; size++) {
    weight[size] = 1 / (players * choose);
    choose = (choose * (players - 1 - size)) / (size + 1);
  }
  const values = new Float64Array(players);
  for (let mask = 0; mask < count; mask++) {
    const size = bitCount(mask);
    for (let i = 0; i < players; i++)
      if (!((mask >> i) & 1)) values[i] += weight[size] * (v[mask | (1 << i)] - v[mask]);
  }
  return { values, empty: v[0], full: v[count - 1], evaluations: count };
}

export interface MonteCarloOptions {
  seed: number;
  /** Permutations at most. */
  permutations: number;
  /** A permutation stops after `patience` consecutive values within this share of v(N) from it. 0 never stops early. */
  truncation?: number;
  patience?: number;
  /** Stops when the mean relative change of the running means over the last 100 permutations is below this. */
  convergence?: number;
  checkCancelled?(): void;
}

export interface SampledShapley extends ShapleyValues {
  permutations: number;
  converged: boolean;
  /** Standard error of each value over the permutations. */
  standardErrors: Float64Array;
  /** Share of the players' turns that truncation left out. */
  truncated: number;
}

const TRUNCATION = 0.01;
const PATIENCE = 5;
const CONVERGENCE = 0.05;
const WINDOW = 100;

/** Marginal contributions along random permutations; after truncation the rest of a permutation contributes 0. */
export async function sampledShapley(
  { players, value }: Game,
  {
    seed,
    permutations,
    truncation = TRUNCATION,
    patience = PATIENCE,
    convergence = CONVERGENCE,
    checkCancelled,
  }: MonteCarloOptions,
): Promise<SampledShapley> {
  const empty = await value(new Int32Array(0));
  const full = await value(allRows(players));
  const stream = openStream(seed, 'shapley');
  const mean = new Float64Array(players);
  const squares = new Float64Array(players);
  const history: Float64Array[] = [];
  let evaluations = 2;
  let skipped = 0;
  let done = 0;
  let converged = false;
  while (done < permutations && !converged) {
    const order = shuffled(players, stream);
    const gains = new Float64Array(players);
    let before = empty;
    let near = 0;
    for (let at = 0; at < players; at++) {
      checkCancelled?.();
      if (truncation > 0 && near >= patience) {
        skipped += players - at;
        break;
      }
      const last = at === players - 1;
      const now = last ? full : await value(order.slice(0, at + 1).sort());
      if (!last) evaluations++;
      gains[order[at]] = now - before;
      before = now;
      near = Math.abs(full - now) <= truncation * Math.abs(full) ? near + 1 : 0;
    }
    done++;
    for (let i = 0; i < players; i++) {
      const change = gains[i] - mean[i];
      mean[i] += change / done;
      squares[i] += change * (gains[i] - mean[i]);
    }
    history.push(mean.slice());
    if (history.length > WINDOW) {
      const old = history[history.length - 1 - WINDOW];
      converged = meanRelativeChange(old, mean) < convergence;
      history.shift();
    }
  }
  const standardErrors = squares.map((value) => (done < 2 ? Number.NaN : Math.sqrt(value / (done - 1) / done)));
  return {
    values: mean,
    empty,
    full,
    evaluations,
    permutations: done,
    converged,
    standardErrors,
    truncated: done === 0 ? 0 : skipped / (done * players),
  };
}

function meanRelativeChange(before: Float64Array, now: Float64Array): number {
  return now.reduce((sum, value, i) => sum + Math.abs(value - before[i]) / (Math.abs(value) + 1e-12), 0) / now.length;
}

function shuffled(players: number, stream: ReturnType<typeof openStream>): Int32Array {
  const order = allRows(players);
  for (let i = players - 1; i > 0; i--) {
    const j = stream.below(i + 1);
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

function bitCount(mask: number): number {
  let count = 0;
  for (let rest = mask; rest > 0; rest >>= 1) count += rest & 1;
  return count;
}
