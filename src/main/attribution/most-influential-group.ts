/**
 * The group of size k with the largest second-order effect on a target (Basu et al. 2020, section 5): maximise
 *   e(w) = Σᵢ wᵢ sᵀgᵢ + sᵀH(w)H⁻¹g(w),  w ∈ {0,1}ⁿ, Σwᵢ = k,  s = H⁻¹∇f
 * by conditional gradients on the relaxation w ∈ [0,1]ⁿ, whose vertices are groups: each step takes the k rows of largest
 * ∂e/∂wᵢ, and the best group seen is kept. Exchanges of
 * single rows follow. A local maximum: e is not concave.
 */
import { checkCancelled, type AttributionProblem } from './attribution.ts';
import { openInverse, type InverseOptions } from './inverse-hessian.ts';
import { topRows } from './metrics/top-overlap.ts';
import { addScaled, dot, norm, sum } from './solvers/vectors.ts';
import { rowProducts, setCurvature, setGradient, targetGradients } from './training-objective.ts';

export interface InfluentialGroup {
  /** Ascending. */
  members: Int32Array;
  /** Second-order estimate; positive = removing the group raises the target. */
  effect: number;
  /** First-order estimate of the same group, and of the k rows of largest first-order influence with their second-order one. */
  firstOrder: number;
  greedy: { members: Int32Array; effect: number };
  rounds: number;
}

const ROUNDS = 30;
/** Rows that an exchange considers on either side. */
const EXCHANGED = 8;
/** Relative step of the difference that gives every row's sᵀ∇²ℓᵢu at once. */
const DIFFERENCE = 1e-5;

/** @param direction 'harmful' seeks the largest drop of the target by a removal, 'helpful' the largest rise */
export async function mostInfluentialGroup(
  problem: AttributionProblem,
  {
    target,
    size,
    direction = 'helpful',
    ...options
  }: InverseOptions & {
    target: number;
    size: number;
    direction?: 'helpful' | 'harmful';
  },
): Promise<InfluentialGroup> {
  const { model, trained, points: rows } = problem;
  const { theta } = trained;
  const inverse = await openInverse(problem, options);
  const sign = direction === 'helpful' ? 1 : -1;
  const [gradient] = await targetGradients(model, theta, [problem.targets[target]]);
  const s = await inverse.solve(gradient);
  const first = await rowProducts(model, theta, rows, [s]);

  const evaluate = async (members: Int32Array) => {
    const pull = await setGradient(model, theta, members);
    const u = await inverse.solve(pull);
    const Hs = await setCurvature(model, theta, members, s, inverse.form);
    return { firstOrder: dot(s, pull), effect: dot(s, pull) + dot(Hs, u), u, Hs };
  };
  /** ∂e/∂wᵢ = sᵀgᵢ + sᵀHᵢu + gᵢᵀH⁻¹H(w)s */
  const slopes = async (u: Float64Array, Hs: Float64Array): Promise<Float64Array> => {
    const size = norm(u);
    const step = size === 0 ? 0 : (DIFFERENCE * (1 + norm(theta))) / size;
    const out = first.slice();
    if (step > 0) {
      const ahead = await rowProducts(model, sum(theta, step, u), rows, [s]);
      const behind = await rowProducts(model, sum(theta, -step, u), rows, [s]);
      for (let i = 0; i < out.length; i++) out[i] += (ahead[i] - behind[i]) / (2 * step);
    }
    addScaled(out, 1, await rowProducts(model, theta, rows, [await inverse.solve(Hs)]));
    return out;
  };
  const choose = (scores: Float64Array): Int32Array =>
    Int32Array.from(
      topRows(
        scores.map((value) => sign * value),
        size,
      ),
      (at) => rows[at],
    ).sort();

  let members = choose(first);
  let state = await evaluate(members);
  const greedy = { members, effect: state.effect };
  let best = { members, effect: state.effect, firstOrder: state.firstOrder };
  const seen = new Set([members.join()]);
  let rounds = 0;
  while (rounds < ROUNDS) {
    checkCancelled(problem);
    rounds++;
    members = choose(await slopes(state.u, state.Hs));
    if (seen.has(members.join())) break;
    seen.add(members.join());
    state = await evaluate(members);
    if (sign * state.effect > sign * best.effect) {
      best = { members, effect: state.effect, firstOrder: state.firstOrder };
    }
  }
  // Exchanges of a row with little slope for one with much, each judged by its own effect: conditional gradients jump past them.
  for (let improved = true; improved && rounds < 2 * ROUNDS; rounds++) {
    checkCancelled(problem);
    improved = false;
    const held = best.members;
    const at = await evaluate(held);
    const slope = await slopes(at.u, at.Hs);
    const inside = new Set(held);
    const order = Array.from(
      topRows(
        slope.map((value) => sign * value),
        rows.length,
      ),
      (position) => rows[position],
    );
    const leaving = order.filter((row) => inside.has(row)).slice(-EXCHANGED);
    const coming = order.filter((row) => !inside.has(row)).slice(0, EXCHANGED);
    for (const out of leaving) {
      for (const into of coming) {
        const trial = Int32Array.from([...held].filter((row) => row !== out).concat(into)).sort();
        const { effect, firstOrder } = await evaluate(trial);
        if (sign * effect <= sign * best.effect + 1e-14) continue;
        best = { members: trial, effect, firstOrder };
        improved = true;
      }
    }
  }
  return { ...best, greedy, rounds };
}
