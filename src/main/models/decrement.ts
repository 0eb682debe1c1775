/**
 * When what is left of a group's gradient no longer matters for its effects. The norm of a gradient can not tell: with
 * columns of very different scale, or a small λ, a gradient of 1e-8 in norm may still move the model by half. The
 * Newton decrement ∇Fᵀ H⁻¹ ∇F can: by Cauchy–Schwarz an effect is off by at most √(∇fᵀH⁻¹∇f) √(∇FᵀH⁻¹∇F), and
 * neither factor depends on the units of the columns (Boyd & Vandenberghe, Convex Optimization, 9.5).
 */
import { dotAt, parameterCount, type Objective } from './objective.ts';
import type { Preconditioner } from './preconditioner.ts';

export interface DecrementTest {
  /**
   * Per entry of `groups`, whether its decrement is surely small, by the preconditioner alone; 0 where a Newton step
   * has to tell.
   * @param gradient one q-vector per entry of `groups`, as `delta`
   */
  surelySmall(gradient: Float64Array, delta: Float64Array, groups: ArrayLike<number>): Promise<Uint8Array>;
  /** Whether a decrement is small for the effects of `group`, which has moved by the at-th vector of `delta`. */
  isSmall(decrement: number, delta: Float64Array, at: number, group: number): boolean;
  /** pullᵀδ: the decrement's norm, squared, of the group's whole move. */
  whole(delta: Float64Array, at: number, group: number): number;
  /** Whether it is so small that another step would be for nothing. */
  isNothing(decrement: number, delta: Float64Array, at: number, group: number): boolean;
  /** The same test for some of the groups, numbered anew. */
  of(groups: ArrayLike<number>): DecrementTest;
}

/** Where a Newton step had to be solved to know the decrement, it is taken too, down to this share of the tolerance. */
const NOTHING = 1e-3;
/** A decrement that does not fall below this share of the least so far, in as many steps as STALLED, has met rounding. */
const LEAST_FALL = 0.7;
const STALLED = 3;
/** Relative to the whole move: above it the decrement of a damped step may rise. */
const STALLS_BELOW = 1e-10;

/** Notices when a decrement no longer falls. On the way to the optimum it may fall by no more than a factor of e in a step. */
export class Stall {
  private least = Infinity;
  private steps = 0;

  /** Takes note of the decrement after a step; true when it is rounding. @param whole pullᵀδ */
  met(decrement: number, whole: number): boolean {
    const falls = decrement <= LEAST_FALL * this.least || !(decrement <= STALLS_BELOW * whole);
    this.steps = falls ? 0 : this.steps + 1;
    if (decrement < this.least) this.least = decrement;
    return this.steps >= STALLED;
  }
}

/**
 * How much less curvature a group may leave, by its Newton step and by how much further or less far it went than that,
 * for the preconditioner, of all rows at θ̂, to speak for the rows that stay where they went.
 */
const LIKE_THE_WHOLE = 2;
/** And then its decrement may be this much too small. */
const MARGIN = 4;

/**
 * @param pull      B×q
 * @param firstStep B×q: the Newton step of each group
 * @param tolerance per group, on √decrement relative to √(pullᵀδ), the same norm of the group's whole move; Infinity for
 *   a group without a finite optimum, on whose way out no decrement is small
 */
export async function decrementTest(
  objective: Objective,
  pull: Float64Array,
  firstStep: Float64Array,
  preconditioner: Preconditioner,
  tolerance: Float64Array,
): Promise<DecrementTest> {
  const q = parameterCount(objective);
  const influence = await preconditioner.apply(pull);
  // A bound or a diagonal is off by a factor everywhere, which the Newton step tells.
  const rough = preconditioner.kind !== 'full';
  const loss = Float64Array.from({ length: pull.length / q }, (_, g) => {
    const ratio = dotAt(pull, firstStep, g, q) / dotAt(pull, influence, g, q);
    return Number.isFinite(ratio) ? Math.max(1, ratio) : Infinity;
  });
  const whole = (delta: Float64Array, at: number, group: number): number => {
    let sum = 0;
    for (let j = 0; j < q; j++) sum += pull[group * q + j] * delta[at * q + j];
    return sum;
  };
  const isSmall: DecrementTest['isSmall'] = (decrement, delta, at, group) =>
    tolerance[group] === Infinity || decrement <= tolerance[group] ** 2 * whole(delta, at, group);
  const test: DecrementTest = {
    isSmall,
    whole,
    isNothing: (decrement, delta, at, group) => isSmall(decrement / NOTHING ** 2, delta, at, group),
    of: (some) => ({
      ...test,
      surelySmall: (gradient, delta, groups) =>
        test.surelySmall(
          gradient,
          delta,
          Array.from(groups, (g) => some[g]),
        ),
      isSmall: (decrement, delta, at, group) => test.isSmall(decrement, delta, at, some[group]),
      whole: (delta, at, group) => whole(delta, at, some[group]),
      isNothing: (decrement, delta, at, group) => test.isNothing(decrement, delta, at, some[group]),
      of: (fewer) => test.of(Array.from(fewer, (g) => some[g])),
    }),
    async surelySmall(gradient, delta, groups) {
      const z = await preconditioner.apply(gradient);
      return Uint8Array.from({ length: groups.length }, (_, at) => {
        const group = groups[at];
        const decrement = dotAt(gradient, z, at, q);
        // Nothing left at all: also where nothing was removed.
        if (decrement === 0 || tolerance[group] === Infinity) return 1;
        const moved = whole(delta, at, group) / dotAt(pull, firstStep, group, q);
        const alike =
          (rough || loss[group] <= LIKE_THE_WHOLE) && moved <= LIKE_THE_WHOLE && moved * LIKE_THE_WHOLE >= 1;
        return alike && isSmall((rough ? 1 : MARGIN) * loss[group] * decrement, delta, at, group) ? 1 : 0;
      });
    },
  };
  return test;
}
