/** Shapley values of any game of few players, and their Monte Carlo estimate. Pure: knows no model. */

/**
 * φᵢ = Σ over coalitions S without i of |S|!(m − |S| − 1)!/m! · (v(S ∪ i) − v(S)) (Shapley 1953).
 * @param values 2^m: v(S), bit i of the index telling whether player i is in S
 */
export function exactShapley(values: Float64Array, m: number): Float64Array {
  // |S|!(m − |S| − 1)!/m! = 1 / (m · (m − 1 choose |S|))
  const share = new Float64Array(m);
  for (let size = 0, choose = 1; size < m; size++) {
    share[size] = 1 / (m * choose);
    choose = (choose * (m - 1 - size)) / (size + 1);
  }
  const phi = new Float64Array(m);
  for (let S = 0; S < values.length; S++) {
    const size = bitCount(S);
    for (let i = 0; i < m; i++) {
      if ((S & (1 << i)) === 0) phi[i] += share[size] * (values[S | (1 << i)] - values[S]);
    }
  }
  return phi;
}

function bitCount(S: number): number {
  let count = 0;
  for (let rest = S; rest !== 0; rest &= rest - 1) count++;
  return count;
}

/** Running mean and variance of each player's marginal contributions (Welford 1962). */
export class Contributions {
  private count = 0;
  private readonly mean: Float64Array;
  private readonly spread: Float64Array;

  constructor(players: number) {
    this.mean = new Float64Array(players);
    this.spread = new Float64Array(players);
  }

  /** One order of the players: player i's contribution in it. */
  add(contributions: ArrayLike<number>): void {
    this.count++;
    for (let i = 0; i < this.mean.length; i++) {
      const off = contributions[i] - this.mean[i];
      this.mean[i] += off / this.count;
      this.spread[i] += off * (contributions[i] - this.mean[i]);
    }
  }

  values(): Float64Array {
    return this.mean.slice();
  }

  /** Of the means: s/√count. */
  standardErrors(): Float64Array {
    return this.spread.map((sum) => Math.sqrt(sum / (this.count - 1) / this.count));
  }
}
