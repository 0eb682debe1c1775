/** A fitted model with its matrices where they are computed with: what estimators work on. */
import type { Design } from '../../shared/dataset.ts';
import type { Matrix } from '../../shared/matrix.ts';
import { denseWithIntercept, inSinglePrecision, sparseWithIntercept } from '../compute/dense-matrix.ts';
import type { Device, PlacedMatrix, SingleMatrix } from '../compute/device.ts';
import type { RowWeights } from '../compute/row-weights.ts';
import { aroundCommonValues, aroundValues, type ShiftedMatrix } from '../compute/shifted-matrix.ts';
import { logSumExp, softplus } from '../compute/stable-change.ts';
import type { FittedModel, StoredFit } from './fitted-model.ts';
import type { BatchPair } from './newton-step.ts';
import type { Objective } from './objective.ts';
import { buildPreconditioner, type Preconditioner } from './preconditioner.ts';
import { singlePrecisionPays } from './single-precision-pays.ts';
import { trialRemoval } from './trial-removal.ts';

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
  /** The same as entries around common values, where products over the entries are the quicker ones. */
  shifted: { train: ShiftedMatrix; test: ShiftedMatrix } | null;
}

export interface PlaceOptions {
  /** Where the rows are already, if they are. */
  places?: PlacedRows;
  /** How many removals are to be computed: decides which preconditioner pays. */
  expectedGroups?: number;
  /** Throws when the user stopped the run. */
  checkCancelled?(): void;
}

const MANY_GROUPS = 1000;

/** Puts a kept fit back on a device, without refitting: the same numbers as when it was kept. */
export async function placeModel(
  stored: StoredFit,
  design: Design,
  device: Device,
  { places, expectedGroups = MANY_GROUPS, checkCancelled = () => {} }: PlaceOptions = {},
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
  const site = { device, working: working.train, checkCancelled };
  const trial = await trialRemoval(objective, trainLogits, design.train.y, weights);
  const use = { groups: expectedGroups, trial };
  const preconditioner = await buildPreconditioner(objective, trainLogits, weights, site, use);
  const inSingle = await singlePrecisionPays(objective, trainLogits, site, trial, preconditioner);
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

/** Puts a design's rows, with the intercept's ones, on a device (and its solver). */
export async function placeRows(design: Design, intercept: boolean, device: Device): Promise<PlacedRows> {
  const withOnes = (X: Matrix): Matrix =>
    X.kind === 'sparse' ? sparseWithIntercept(X, intercept) : denseWithIntercept(X, intercept);
  const train = withOnes(design.train.X);
  // Around the training rows' common values nothing may be missing: what a sparse row leaves out is 0, not common.
  const test = train.kind === 'dense' ? denseWithIntercept(design.test.X, intercept) : withOnes(design.test.X);
  const { overEntries, solver } = device;
  const shifted = overEntries === undefined ? null : aroundCommonValues(train, intercept, overEntries.share);
  if (shifted !== null) {
    const around = { train: shifted, test: aroundValues(test, shifted.shift) };
    return placeMatrices({ train, test, single: null, shifted: around }, intercept, device);
  }
  const dense = { train: denseWithIntercept(train, false), test: denseWithIntercept(test, false) };
  const single =
    solver === undefined ? null : { train: inSinglePrecision(dense.train), test: inSinglePrecision(dense.test) };
  return placeMatrices({ ...dense, single, shifted: null }, intercept, device);
}

/** Puts matrices that are there already on a device (and its solver). */
export async function placeMatrices(matrices: ModelMatrices, intercept: boolean, device: Device): Promise<PlacedRows> {
  const { overEntries, solver } = device;
  if (matrices.shifted !== null && overEntries !== undefined) {
    const placed = overEntries.place(matrices.shifted.train, intercept);
    const placedTest = overEntries.place(matrices.shifted.test, intercept);
    return { matrices, placed, placedTest, working: { train: placed, test: placedTest } };
  }
  const included = intercept && 'included';
  const placed = await device.place(matrices.train, included);
  const placedTest = await device.place(matrices.test, included);
  const working =
    solver === undefined || matrices.single === null
      ? { train: placed, test: placedTest }
      : {
          train: await solver.place(matrices.single.train, included),
          test: await solver.place(matrices.single.test, included),
        };
  return { matrices, placed, placedTest, working };
}

/** ℓᵢ per row, unweighted. */
function losses(z: Float64Array, y: Int32Array, logits: number): Float64Array {
  const n = y.length;
  return Float64Array.from(y, (label, i) =>
    logits === 1 ? softplus(label === 1 ? -z[i] : z[i]) : logSumExp(z, logits, i, n) - z[label * n + i],
  );
}
