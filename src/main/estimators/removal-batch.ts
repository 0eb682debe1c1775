/**
 * A batch of groups about to be removed, and the parameter changes the estimators share.
 * Each is computed when first asked for: influence alone never retrains, and the Newton
 * step is the retrainer's first step.
 */
import { LeverageError } from '../../shared/errors.ts';
import type { Group } from '../../shared/group.ts';
import { openPair, type ModelOnDevice } from '../models/model-on-device.ts';
import { minimise, type Minimum } from '../models/minimise.ts';
import { selectGroups, type GroupWeights } from '../compute/row-weights.ts';
import { ALONE_LIMIT, minimiseAlone, type LonelyMinimum } from '../models/minimise-alone.ts';
import { dotAt, lossResiduals, norms, parameterCount, projectFlat } from '../models/objective.ts';
import { noSeconds, type SharedSeconds, type SharedWork } from './estimator-cost.ts';
import { openFewRows } from './few-rows.ts';
import { solveFullHessian } from './influence-directions.ts';
import { correctedResiduals, rowSpreads } from './leverages.ts';
import { newtonIterates } from './newton-iterates.ts';

export interface RetrainingControl {
  /** On ‖∇‖ / ‖g(w)‖ of every retrained group. */
  tolerance: number;
  /** False when only the Newton step is asked for: no group is then retrained. */
  retrain: boolean;
  /** The share of its rows' weight that each group leaves: 0, a removal, when left out; 2 adds the rows once more. */
  left?: number | Float64Array;
  /** B×q: parameter changes near the minima, to begin there. */
  start?: Float64Array;
  checkCancelled(): void;
}

export interface RemovalBatch {
  readonly groups: readonly Pick<Group, 'members'>[];
  /** Sample weights of the removed rows only. */
  readonly own: GroupWeights;
  /** B×q: g(w) = Σ over the group's rows of sᵢ∇ℓᵢ(θ̂). */
  readonly gradient: Float64Array;
  /** The share of their weight that each group leaves: 0 when its rows are removed. */
  readonly left: Float64Array;
  /** B×q: (1 − left) g(w), the gradient that the intervention leaves at θ̂, less its sign; g(w) for a removal. */
  readonly pull: Float64Array;
  /**
   * Per group: the classes that lose their last row while the intercept is free. The retrained model then has
   * no finite optimum: the intercept runs away from those classes.
   */
  readonly lostClasses: readonly ReadonlySet<number>[];
  /**
   * B×q: H_λ⁻¹ pull. For its product with g(w) alone (self-influence) conjugate gradients may stop early: the error
   * of gᵀx is the square of x's own in the norm of H_λ.
   */
  influenceStep(use: 'parameters' | 'selfInfluence'): Promise<Float64Array>;
  /** Newton step and, if asked for, the exact minimum. */
  minimum(): Promise<Minimum>;
  /** B×q: the parameter change after k full Newton steps from θ̂. */
  newtonIterate(k: 2 | 3): Promise<Float64Array>;
  /** P (B×q) → H(w)P, H(w) = Σ over the group's rows of sᵢ∇²ℓᵢ(θ̂); B×q. */
  ownCurvature(P: Float64Array): Promise<Float64Array>;
  /** B×q: as pull, each row's part corrected for its own leverage (see leverages.ts). */
  rescaledPull(): Promise<Float64Array>;
  /** What the shared work of this batch has taken so far. */
  readonly seconds: Readonly<SharedSeconds>;
}

/** Tight, because it is an estimate itself. */
const INFLUENCE_STEP_TOLERANCE = 1e-12;
const SELF_INFLUENCE_TOLERANCE = 1e-6;
/** Likewise. */
const NEWTON_STEP_TOLERANCE = 1e-10;
/** What the promise of 1e-6 of the largest effect asks of a retraining, whatever the norm of its gradient. */
const EFFECT_TOLERANCE = 1e-8;
const MAXIMUM_NEWTON_STEPS = 80;
const MAXIMUM_ITERATIONS = 1000;

export async function createRemovalBatch(
  model: ModelOnDevice,
  groups: readonly Pick<Group, 'members'>[],
  control: RetrainingControl,
): Promise<RemovalBatch> {
  const { objective, fitted, weights, preconditioner } = model;
  const residual = lossResiduals(fitted.trainLogits, fitted.design.train.y, objective.logits, weights);
  const members = groups.map((group) => group.members);
  const gradient = await objective.placed.combineGroups(residual, members);
  projectFlat(objective, gradient);
  const left =
    control.left instanceof Float64Array ? control.left : new Float64Array(groups.length).fill(control.left ?? 0);
  const q = parameterCount(objective);
  const pull = gradient.map((value, at) => (1 - left[Math.floor(at / q)]) * value);

  // A class is lost only by a removal.
  const lostClasses = lostClassesOf(
    model,
    members.map((rows, g) => (left[g] === 0 ? rows : new Int32Array(0))),
  );
  const effectTolerance = Float64Array.from(lostClasses, (lost) =>
    lost.size > 0 ? Infinity : Math.max(EFFECT_TOLERANCE, control.tolerance),
  );
  let step: { tolerance: number; solution: Promise<Float64Array> } | null = null;
  let minimum: Promise<Minimum> | null = null;
  const seconds = noSeconds();
  const timed = async <T>(work: SharedWork, compute: () => Promise<T>): Promise<T> => {
    const begun = performance.now();
    const result = await compute();
    seconds[work] += (performance.now() - begun) / 1000;
    return result;
  };
  const own: GroupWeights = { weights, members, side: 'only' };
  const kept: GroupWeights = { weights, members, side: 'without', left };
  const findMinimum = (): Promise<Minimum> => {
    minimum ??= (async () => {
      const begun = performance.now();
      const pair = (await openFewRows(model, kept)) ?? openPair(model, kept);
      const shared = await minimise(objective, pair, pull, preconditioner, {
        tolerance: control.tolerance,
        firstStepTolerance: NEWTON_STEP_TOLERANCE,
        maximumRounds: control.retrain ? MAXIMUM_NEWTON_STEPS : 0,
        maximumIterations: MAXIMUM_ITERATIONS,
        decrementTolerance: effectTolerance,
        ...(control.start === undefined ? {} : { start: control.start }),
        checkCancelled: control.checkCancelled,
      });
      const found = await redoLonely(model, { kept, pull, effectTolerance }, shared, control);
      seconds.newtonStep += found.firstStepSeconds;
      seconds.retraining += (performance.now() - begun) / 1000 - found.firstStepSeconds;
      return found;
    })();
    return minimum;
  };
  const iterate = newtonIterates(
    model,
    kept,
    pull,
    async () => (await findMinimum()).firstStep,
    control.checkCancelled,
  );
  return {
    groups,
    own,
    gradient,
    left,
    pull,
    seconds,
    lostClasses,
    influenceStep(use) {
      // Solutions of two precisions are not those of conjugate gradients: their errors are not squared.
      const early = use === 'selfInfluence' && model.solving === objective.placed;
      const tolerance = early ? SELF_INFLUENCE_TOLERANCE : INFLUENCE_STEP_TOLERANCE;
      if (step === null || step.tolerance > tolerance) {
        const solve = () => solveFullHessian(model, pull, control.checkCancelled, tolerance);
        step = { tolerance, solution: timed('influenceStep', solve) };
      }
      return step.solution;
    },
    minimum: findMinimum,
    async newtonIterate(k) {
      await iterate(1);
      const second = await timed('secondStep', () => iterate(2));
      return k === 2 ? second : timed('thirdStep', () => iterate(3));
    },
    async ownCurvature(P) {
      const { placed, logits } = objective;
      const product = await placed.openBatch(fitted.trainLogits, own, logits).curvatureProduct(P);
      projectFlat(objective, product);
      return product;
    },
    async rescaledPull() {
      await timed('leverages', () => rowSpreads(model, control.checkCancelled));
      const out = new Float64Array(pull.length);
      for (const share of new Set(left)) {
        const corrected = await correctedResiduals(model, 1 - share, control.checkCancelled);
        const part = Int32Array.from(left.keys()).filter((g) => left[g] === share);
        const sums = await objective.placed.combineGroups(
          corrected,
          Array.from(part, (g) => members[g]),
        );
        part.forEach((g, at) => out.set(sums.subarray(at * q, (at + 1) * q), g * q));
      }
      projectFlat(objective, out);
      return out;
    },
  };
}

interface Removal {
  kept: GroupWeights;
  pull: Float64Array;
  /** Per group; Infinity where there is no finite optimum. */
  effectTolerance: Float64Array;
}

/** Tighter than this a tolerance is no reason for another try: it is not promised. */
const TIGHTEST = 1e-10;
/** A system solved in more products than this, or than its unknowns and a few, is one the preconditioner serves badly. */
const LONG_SOLVE = 60;
const SPARE_ITERATIONS = 4;
/** A removal whose Newton step goes this much further than its influence leaves little of the curvature in some direction. */
const THINNED = 3;
/** A group that took more steps ends far from θ̂, where the preconditioner was taken. */
const LONG_WAY = 20;
/** How far a group without an optimum goes. */
const LIMIT_TOLERANCE = 1e-12;

/** The batch's minimum, with those groups done anew, each alone, that the shared preconditioner serves badly. */
async function redoLonely(
  model: ModelOnDevice,
  { kept, pull, effectTolerance }: Removal,
  shared: Minimum,
  { tolerance, retrain, checkCancelled }: RetrainingControl,
): Promise<Minimum> {
  const { objective, device, fitted } = model;
  const q = parameterCount(objective);
  if (q > ALONE_LIMIT) return shared;
  const p = objective.placed.columns;
  const pullNorm = norms(pull, q);
  const influence = await model.preconditioner.apply(pull);
  for (const g of kept.members.keys()) {
    const bounded = effectTolerance[g] !== Infinity;
    // On its way out a group without an optimum comes near the limits of its effects as its gradient vanishes.
    const limits = retrain && !bounded && objective.logits > 2;
    const longSolve = shared.firstStepIterations[g] > Math.min(LONG_SOLVE, q + SPARE_ITERATIONS);
    const longWay = retrain && bounded && shared.newtonSteps[g] > LONG_WAY;
    const reachable = tolerance >= TIGHTEST || shared.gradientNorm[g] > TIGHTEST * pullNorm[g];
    const failed = retrain && bounded && shared.converged[g] === 0 && reachable;
    const thinned =
      model.preconditioner.kind === 'full' &&
      dotAt(pull, shared.firstStep, g, q) > THINNED * dotAt(pull, influence, g, q);
    if (!longSolve && !longWay && !failed && !limits && !thinned) continue;
    const anew = limits || failed || longWay || (retrain && bounded && longSolve);
    const found = await aloneOrNull(
      {
        objective,
        device,
        theta: fitted.coefficients,
        y: fitted.design.train.y,
        trainLogits: fitted.trainLogits,
        rows: selectGroups(kept, [g]),
        pull: pull.subarray(g * q, (g + 1) * q),
      },
      {
        tolerance: bounded ? tolerance : Math.min(tolerance, LIMIT_TOLERANCE),
        decrementTolerance: effectTolerance[g],
        maximumSteps: anew ? MAXIMUM_NEWTON_STEPS : 0,
        checkCancelled,
      },
    );
    if (found === null) continue;
    if (longSolve || longWay || failed || thinned) {
      shared.firstStep.set(found.firstStep, g * q);
      shared.firstStepResidual[g] = found.firstStepResidual;
    }
    if (!anew || (shared.converged[g] === 1 && !found.converged)) continue;
    shared.delta.set(found.delta, g * q);
    shared.gradient.set(found.gradient, g * q);
    shared.mass.set(found.mass, g * p);
    shared.gradientNorm[g] = found.gradientNorm;
    shared.newtonSteps[g] += found.newtonSteps;
    shared.converged[g] = found.converged ? 1 : 0;
  }
  return shared;
}

/** Null where not even the group's own Hessian can be inverted in double precision: what is there already then stays. */
async function aloneOrNull(...input: Parameters<typeof minimiseAlone>): Promise<LonelyMinimum | null> {
  try {
    return await minimiseAlone(...input);
  } catch (thrown) {
    if (thrown instanceof LeverageError && thrown.kind === 'numerical') return null;
    throw thrown;
  }
}

/** Per group, the classes of which its members are all the rows with a positive weight; none when there is no intercept. */
export function lostClassesOf(
  { fitted, objective, weights }: ModelOnDevice,
  groups: readonly Int32Array[],
): ReadonlySet<number>[] {
  if (!objective.placed.intercept) return groups.map(() => new Set<number>());
  const { y } = fitted.design.train;
  const rows = new Int32Array(fitted.classes.length);
  for (let i = 0; i < y.length; i++) if (weights[i] > 0) rows[y[i]]++;
  return groups.map((members) => {
    const left = rows.slice();
    for (const row of members) if (weights[row] > 0) left[y[row]]--;
    return new Set(Array.from(members, (row) => y[row]).filter((label) => left[label] === 0));
  });
}

/**
 * Bytes of one group in a batch, over what the batch shares: decides how many go side by side. In double precision
 * the curvature or probabilities at two points and a copy while the batch narrows, the same in single precision for
 * a solver; vectors of parameters for both.
 */
export function bytesPerGroup(rows: number, logits: number, parametersPerLogit: number): number {
  const q = logits * parametersPerLogit;
  const overRows = rows * (1 + 3 * logits);
  return (8 + 4) * overRows + 8 * 24 * q;
}
