/** Fitting: the batched minimiser with one "group" that keeps every row, re-based until the gradient is at rounding. */
import { LeverageError } from '../../shared/errors.ts';
import type { Design } from '../../shared/dataset.ts';
import type { Matrix } from '../../shared/matrix.ts';
import type { L2Spec } from '../../shared/study-spec.ts';
import type { Device, PlacedMatrix, SingleMatrix } from '../compute/device.ts';
import { denseWithIntercept, inSinglePrecision, sparseWithIntercept, staysSparse } from '../compute/dense-matrix.ts';
import type { RowWeights } from '../compute/row-weights.ts';
import { logSumExp, softplus } from '../compute/stable-change.ts';
import type { FittedModel, StoredFit } from './fitted-model.ts';
import { minimise } from './minimise.ts';
import type { BatchPair } from './newton-step.ts';
import { singlePrecisionPays } from './single-precision-pays.ts';
import { addPenalty, dotAt, lossResiduals, norms, parameterCount, projectFlat, type Objective } from './objective.ts';
import { buildPreconditioner, type Preconditioner } from './preconditioner.ts';

export interface FitControl {
  checkCancelled(): void;
  /** Called between the fits of a cross-validation. */
  progress?(done: number, total: number): void;
}

export interface FitOptions {
  /** As PlaceOptions.expectedGroups. */
  expectedGroups?: number;
  l2: L2Spec;
  intercept: boolean;
}

/** A fitted model with its matrices on a device: what estimators work on. */
export interface ModelOnDevice {
  device: Device;
  fitted: FittedModel;
  objective: Objective;
  /** The test rows on the device. */
  placedTest: PlacedMatrix;
  /** The training and test rows in the solver's precision: the device's own unless it has a solver. */
  working: { train: PlacedMatrix; test: PlacedMatrix };
  /** Where linear systems are solved: `working.train` if its precision gains enough digits at a time, else the device's. */
  solving: PlacedMatrix;
  preconditioner: Preconditioner;
  /** X̃ of the training and test rows, the intercept's ones included when there is one. */
  matrices: ModelMatrices;
  /** sᵢ, ones when the design has no weights. */
  weights: Float64Array;
  dispose(): void;
}

export interface ModelMatrices {
  train: Matrix;
  test: Matrix;
  /** The same in single precision, where a solver of single precision uses them in place. */
  single: { train: SingleMatrix; test: SingleMatrix } | null;
}

/** ‖∇‖ at which a fit is done, per unit of Σ sᵢ; the contract is 1e-10. */
const GRADIENT_GOAL = 1e-13;
const GRADIENT_LIMIT = 1e-10;
/** And the Newton decrement, of which a gradient's norm says little where columns differ in scale. */
const DECREMENT_GOAL = 1e-28;
const MAXIMUM_REBASES = 100;

/** Fits θ̂ in float64 to ‖∇‖ ≤ 1e-10·Σs. λ is absolute, relative (λ = relative·n) or cross-validated. */
export async function fitModel(
  design: Design,
  options: FitOptions,
  device: Device,
  control: FitControl,
): Promise<ModelOnDevice> {
  const { train, classes } = design;
  const n = train.X.rows;
  const logits = classes.length === 2 ? 1 : classes.length;
  const weights = train.weights ?? new Float64Array(n).fill(1);
  requireTwoClasses(design);
  if (options.intercept) requireEveryClass(design, weights);
  const places = await placeRows(design, options.intercept, device);
  const { placed } = places;
  const fitting: Fitting = { design, logits, weights, device, working: places.working.train, control };
  const chosen = await chooseLambda(placed, options.l2, fitting);
  const objective: Objective = { placed, logits, lambda: chosen.lambda };
  const optimum = await optimise(objective, weights, fitting);
  const stored: StoredFit = {
    summary: {
      lambda: chosen.lambda,
      intercept: options.intercept,
      trainAccuracy: 0,
      testAccuracy: 0,
      testLoss: 0,
      gradientNorm: optimum.gradientNorm,
      iterations: optimum.iterations,
      crossValidation: chosen.tried,
    },
    coefficients: optimum.theta,
    logits,
    classes,
    featureNames: design.featureNames,
  };
  const model = await placeModel(stored, design, device, { places, expectedGroups: options.expectedGroups });
  const { fitted } = model;
  stored.summary.trainAccuracy = accuracy(fitted.trainLogits, train.y, logits);
  stored.summary.testAccuracy = accuracy(fitted.testLogits, design.test.y, logits);
  stored.summary.testLoss = mean(fitted.testLoss);
  return model;
}

export interface PlaceOptions {
  /** Where the rows are already, if they are. */
  places?: PlacedRows;
  /** How many removals are to be computed: decides which preconditioner pays. */
  expectedGroups?: number;
}

const MANY_GROUPS = 1000;

/** Puts a kept fit back on a device, without refitting: the same numbers as when it was kept. */
export async function placeModel(
  stored: StoredFit,
  design: Design,
  device: Device,
  { places, expectedGroups = MANY_GROUPS }: PlaceOptions = {},
): Promise<ModelOnDevice> {
  const { intercept, lambda } = stored.summary;
  const { matrices, placed, placedTest, working } = places ?? (await placeRows(design, intercept, device));
  const { logits, coefficients } = stored;
  const trainLogits = await placed.margins(coefficients);
  const testLogits = await placedTest.margins(coefficients);
  const objective: Objective = { placed, logits, lambda };
  const weights = design.train.weights ?? new Float64Array(design.train.X.rows).fill(1);
  const fitted: FittedModel = {
    ...stored,
    design,
    parametersPerLogit: placed.columns,
    trainLogits,
    testLogits,
    trainLoss: losses(trainLogits, design.train.y, logits),
    testLoss: losses(testLogits, design.test.y, logits),
  };
  const site = { device, working: working.train };
  const preconditioner = await buildPreconditioner(objective, trainLogits, weights, site, {
    groups: expectedGroups,
    y: design.train.y,
  });
  const inSingle = await singlePrecisionPays(
    objective,
    working.train,
    trainLogits,
    design.train.y,
    weights,
    preconditioner,
    () => {},
  );
  return {
    device,
    fitted,
    objective,
    placedTest,
    working,
    solving: inSingle ? working.train : placed,
    preconditioner,
    matrices,
    weights,
    dispose() {
      for (const matrix of new Set([placed, placedTest, working.train, working.test])) matrix.dispose();
    },
  };
}

/** Groups of rows around the fit, on the device that certifies and on the one that solves. */
export function openPair({ objective, fitted, solving }: ModelOnDevice, rows: RowWeights): BatchPair {
  const { placed, logits } = objective;
  const exact = placed.openBatch(fitted.trainLogits, rows, logits);
  if (solving === placed) return { exact, working: exact };
  return { exact, working: solving.openBatch(fitted.trainLogits, rows, logits) };
}

export interface PlacedRows {
  matrices: ModelMatrices;
  placed: PlacedMatrix;
  placedTest: PlacedMatrix;
  working: ModelOnDevice['working'];
}

async function placeRows(design: Design, intercept: boolean, device: Device): Promise<PlacedRows> {
  const { X } = design.train;
  if (X.kind === 'sparse' && staysSparse(X)) {
    const [train, test] = [X, design.test.X].map((rows) =>
      rows.kind === 'sparse' ? sparseWithIntercept(rows, intercept) : denseWithIntercept(rows, intercept),
    );
    return placeMatrices({ train, test, single: null }, intercept, device);
  }
  const train = denseWithIntercept(X, intercept);
  const test = denseWithIntercept(design.test.X, intercept);
  const single =
    device.solver === undefined ? null : { train: inSinglePrecision(train), test: inSinglePrecision(test) };
  return placeMatrices({ train, test, single }, intercept, device);
}

/** Puts matrices that are there already on a device (and its solver). */
export async function placeMatrices(matrices: ModelMatrices, intercept: boolean, device: Device): Promise<PlacedRows> {
  const included = intercept && 'included';
  const placed = await device.place(matrices.train, included);
  const placedTest = await device.place(matrices.test, included);
  const { solver } = device;
  // Over the non-zeros alone, double precision is quicker than a dense product in single.
  const working =
    solver === undefined || matrices.single === null
      ? { train: placed, test: placedTest }
      : {
          train: await solver.place(matrices.single.train, included),
          test: await solver.place(matrices.single.test, included),
        };
  return { matrices, placed, placedTest, working };
}

/** Of one class every model is sure: there is nothing to compare. */
function requireTwoClasses({ classes }: Design): void {
  if (classes.length >= 2) return;
  throw new LeverageError(
    'invalidInput',
    classes.length === 0 ? 'The training rows have no class.' : `All training rows are of the class "${classes[0]}".`,
    'A classifier needs at least two classes: choose another label column or other training rows.',
  );
}

/** With an intercept, a class without any weight has no finite optimum. */
function requireEveryClass({ train, classes }: Design, weights: Float64Array): void {
  const present = new Set<number>();
  train.y.forEach((label, i) => weights[i] > 0 && present.add(label));
  classes.forEach((name, label) => {
    if (present.has(label)) return;
    throw new LeverageError(
      'invalidInput',
      `Class "${name}" has no training row with a positive weight.`,
      'Leave the class out, or give one of its rows a weight.',
    );
  });
}

interface Optimum {
  theta: Float64Array;
  gradientNorm: number;
  iterations: number;
}

/** What the fits of one design share. */
interface Fitting {
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

async function optimise(
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
      preconditioner = await buildPreconditioner(objective, z, weights, { device, working }, 'fit');
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

interface ChosenLambda {
  lambda: number;
  tried: StoredFit['summary']['crossValidation'];
}

/**
 * The paper's cross-validation: contiguous unshuffled folds, λ not rescaled to the smaller
 * training part, highest mean accuracy over the folds, smallest λ on ties (method §2).
 */
async function chooseLambda(placed: PlacedMatrix, l2: L2Spec, fitting: Fitting): Promise<ChosenLambda> {
  const { design, logits, weights, control } = fitting;
  const n = placed.rows;
  if ('absolute' in l2) return { lambda: l2.absolute, tried: null };
  if ('relative' in l2) return { lambda: l2.relative * n, tried: null };
  const { folds, from, to, count } = l2.crossValidate;
  if (folds > n)
    throw new LeverageError(
      'invalidInput',
      `Cross-validation with ${folds} folds needs at least ${folds} training rows; there are ${n}.`,
    );
  const { y } = design.train;
  const tried: NonNullable<ChosenLambda['tried']> = [];
  // From the largest λ down, each fit started at the previous one's optimum for the same fold.
  const grid = Array.from({ length: count }, (_, i) => (count === 1 ? from : from * (to / from) ** (i / (count - 1))));
  const starts = new Map<number, Float64Array>();
  let done = 0;
  for (const relative of grid.toReversed()) {
    const objective: Objective = { placed, logits, lambda: relative * n };
    let sum = 0;
    for (let fold = 0; fold < folds; fold++) {
      const begin = Math.floor((fold * n) / folds);
      const end = Math.floor(((fold + 1) * n) / folds);
      const kept = weights.slice().fill(0, begin, end);
      const { theta } = await optimise(objective, kept, fitting, starts.get(fold));
      starts.set(fold, theta);
      const z = await placed.margins(theta);
      sum += accuracyOf(z, y, logits, begin, end);
      control.progress?.(++done, folds * count);
    }
    tried.unshift({ lambda: relative * n, relative, accuracy: sum / folds });
  }
  const best = tried.reduce((a, b) => (b.accuracy > a.accuracy ? b : a));
  return { lambda: best.lambda, tried };
}

/** ℓᵢ per row, unweighted. */
function losses(z: Float64Array, y: Int32Array, logits: number): Float64Array {
  const n = y.length;
  return Float64Array.from(y, (label, i) =>
    logits === 1 ? softplus(label === 1 ? -z[i] : z[i]) : logSumExp(z, logits, i, n) - z[label * n + i],
  );
}

function accuracy(z: Float64Array, y: Int32Array, logits: number): number {
  return accuracyOf(z, y, logits, 0, y.length);
}

function accuracyOf(z: Float64Array, y: Int32Array, logits: number, begin: number, end: number): number {
  const n = y.length;
  let right = 0;
  for (let i = begin; i < end; i++) {
    let label = 0;
    if (logits === 1) label = z[i] > 0 ? 1 : 0;
    else for (let k = 1; k < logits; k++) if (z[k * n + i] > z[label * n + i]) label = k;
    if (label === y[i]) right++;
  }
  return end > begin ? right / (end - begin) : NaN;
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
