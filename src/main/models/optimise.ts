/** One fit: the batched minimiser with one "group" that keeps every row, re-based until the gradient is at rounding. */
import { LeverageError } from '../../shared/errors.ts';
import type { Design } from '../../shared/dataset.ts';
import type { Device, PlacedMatrix } from '../compute/device.ts';
import { minimise } from './minimise.ts';
import { addPenalty, dotAt, lossResiduals, norms, parameterCount, projectFlat, type Objective } from './objective.ts';
import { buildPreconditioner, type Preconditioner } from './preconditioner.ts';

export interface FitControl {
  checkCancelled(): void;
  /** Called between the fits of a cross-validation. */
  progress?(done: number, total: number): void;
}

/** ‖∇‖ at which a fit is done, per unit of Σ sᵢ; the contract is 1e-10. */
const GRADIENT_GOAL = 1e-13;
const GRADIENT_LIMIT = 1e-10;
/** And the Newton decrement, of which a gradient's norm says little where columns differ in scale. */
const DECREMENT_GOAL = 1e-28;
const MAXIMUM_REBASES = 100;

export interface Optimum {
  theta: Float64Array;
  gradientNorm: number;
  iterations: number;
}

/** What the fits of one design share. */
export interface Fitting {
  design: Design;
  logits: number;
  weights: Float64Array;
  device: Device;
  /** The training rows where systems are solved. */
  working: PlacedMatrix;
  control: FitControl;
}

/** Relative gradient of one re-basing: what the solving precision reaches with ease. */
const REBASE_TOLERANCE: Record<Device['info']['precision'], number> = { float64: 1e-6, float32: 1e-4 };
/** Of the gradient before, or of what single precision promised: more left than both is its rounding. */
const REBASE_GAIN = 0.3;
const PROMISE = 3;
/** Enough that an overlong step is shortened; after so many iterations of one solve a new preconditioner is the better way on. */
const ROUNDS_PER_REBASE = 12;
const ITERATIONS_PER_ROUND = 120;
/** Far from the minimum the Newton step need not be known well. */
const FIRST_STEP_TOLERANCE = 0.05;

/** Minimises the objective over the rows with `weights`, from `start` (0 when left out), to ‖∇‖ ≤ 1e-10·Σs. Throws `numerical` where that is out of reach. */
export async function optimise(
  objective: Objective,
  weights: Float64Array,
  fitting: Fitting,
  start?: Float64Array,
): Promise<Optimum> {
  const { device, control, design } = fitting;
  const { placed, logits } = objective;
  const { y } = design.train;
  const mass = weights.reduce((sum, weight) => sum + weight, 0);
  const theta = start?.slice() ?? new Float64Array(parameterCount(objective));
  let best: Optimum = { theta: theta.slice(), gradientNorm: Infinity, iterations: 0 };
  let iterations = 0;
  let { working } = fitting;
  let preconditioner: Preconditioner | null = null;
  let productsSinceBuilt = 0;
  let promised = Infinity;
  // Twice what the objective can still fall by, as far as the last re-basing tells; it does not depend on the units.
  let coming = Infinity;
  for (let rebase = 0; rebase < MAXIMUM_REBASES; rebase++) {
    control.checkCancelled();
    const z = await placed.margins(theta);
    // pull = −∇ = −(Σ sᵢ ∇ℓᵢ + λθ)
    const pull = await placed.combine(lossResiduals(z, y, logits, weights));
    addPenalty(objective, theta, pull);
    for (let j = 0; j < pull.length; j++) pull[j] = -pull[j];
    projectFlat(objective, pull);
    const gradientNorm = norms(pull, pull.length)[0];
    // What single precision promised and double does not find was rounding.
    const gained = gradientNorm <= REBASE_GAIN * best.gradientNorm;
    const kept = gained || gradientNorm <= PROMISE * promised;
    // Below the contract, a gradient that no longer falls is rounding.
    if (gradientNorm >= best.gradientNorm && best.gradientNorm <= GRADIENT_LIMIT * mass && working === placed) break;
    if (gradientNorm < best.gradientNorm) best = { theta: theta.slice(), gradientNorm, iterations };
    if (gradientNorm <= GRADIENT_GOAL * mass && (coming <= DECREMENT_GOAL * mass || !gained)) break;
    if (!kept && working !== placed) {
      working = placed;
      preconditioner = null;
      promised = Infinity;
      theta.set(best.theta);
      if (gradientNorm > best.gradientNorm) continue;
    }
    if (preconditioner === null || productsSinceBuilt > worthRebuilding(objective)) {
      preconditioner = await buildPreconditioner(
        objective,
        z,
        weights,
        { device, working, checkCancelled: control.checkCancelled },
        'fit',
      );
      productsSinceBuilt = 0;
    }
    const batch = working.openBatch(z, weights, logits);
    const tolerance = rebase === 0 ? 1e-2 : REBASE_TOLERANCE[working === placed ? 'float64' : 'float32'];
    const minimum = await minimise(objective, { exact: batch, working: batch }, pull, preconditioner, {
      tolerance,
      firstStepTolerance: FIRST_STEP_TOLERANCE,
      maximumRounds: ROUNDS_PER_REBASE,
      maximumIterations: ITERATIONS_PER_ROUND,
      checkCancelled: control.checkCancelled,
    });
    iterations += minimum.newtonSteps[0];
    promised = minimum.gradientNorm[0];
    productsSinceBuilt += minimum.iterations;
    coming = tolerance ** 2 * dotAt(pull, minimum.delta, 0, pull.length);
    for (let j = 0; j < theta.length; j++) theta[j] += minimum.delta[j];
    projectFlat(objective, theta);
  }
  if (!(best.gradientNorm <= GRADIENT_LIMIT * mass)) {
    throw new LeverageError(
      'numerical',
      `The fit stopped at a gradient norm of ${best.gradientNorm.toExponential(1)}, above the limit of ${(GRADIENT_LIMIT * mass).toExponential(1)}.`,
      'Use a larger λ, or rescale the features (standardise).',
    );
  }
  return { ...best, iterations };
}

/**
 * Products after which a new preconditioner has paid for itself: it takes n·p²·L + 2L·p³ multiplications, a product
 * of a single vector 2n·p·L, at a tenth of the speed.
 */
function worthRebuilding({ placed: { rows, columns } }: Objective): number {
  return 4 + (rows * columns ** 2 + 2 * columns ** 3) / (20 * rows * columns);
}
