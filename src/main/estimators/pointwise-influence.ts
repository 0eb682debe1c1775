/**
 * Influence of every training row on every test row (Koh & Liang 2017, over all pairs):
 *
 *   influence(i, t) = ∇f_t(θ̂)ᵀ H_λ⁻¹ sᵢ∇ℓᵢ(θ̂),   ∇ℓᵢ = rᵢ ⊗ x̃ᵢ,
 *
 * positive = removing training row i raises f_t. With H_λ = LLᵀ and the rows L⁻¹(r ⊗ x̃) as factors, a tile of
 * pairs is one matrix product and nothing else; and since the factors' lengths are the square roots of
 * self-influences, its rounding does not depend on how the features are scaled.
 */
import { freemem } from 'node:os';
import { LeverageError } from '../../shared/errors.ts';
import { formatBytes } from '../../shared/format.ts';
import type { Matrix } from '../../shared/matrix.ts';
import { rowWithIntercept } from '../evaluation/evaluation-set.ts';
import type { ModelOnDevice } from '../models/model-on-device.ts';
import { lossResiduals, parameterCount, projectFlat } from '../models/objective.ts';
import { wholeCurvature } from './few-rows.ts';
import { solveFullHessian } from './influence-directions.ts';
import { invertedCholesky } from './inverted-cholesky.ts';

/** The test function: its loss, or (two classes) its margin. */
export type PointQuantity = 'loss' | 'margin';

type Numbers = Float64Array | Float32Array;

/** influence(i, t) = the inner product of row i of `train` and row t of `test`. Lies in shared memory. */
export interface InfluenceFactors {
  trainRows: number;
  testRows: number;
  /** Entries of a row. */
  width: number;
  /** trainRows × width. */
  train: Numbers;
  /** testRows × width. */
  test: Numbers;
}

/** Influences of training rows trainStart … on test rows testStart …; `values` is testRows × trainRows. */
export interface InfluenceTile {
  testStart: number;
  testRows: number;
  trainStart: number;
  trainRows: number;
  /** Overwritten by the next tile. */
  values: Numbers;
}

/** A·Bᵀ of rows of factors into `out`. */
export type TileProduct = (A: Numbers, B: Numbers, m: number, k: number, n: number, out: Numbers) => Promise<void>;

/** Rows whose factors are made at a time. */
const ROWS_AT_ONCE = 2048;
/** Of the free memory that factors may take. */
const MEMORY_SHARE = 0.7;

/**
 * @param precision of the factors, and so of the influences
 * @throws LeverageError `invalidInput` for the margin of several classes, `unavailable` where memory does not suffice
 */
export async function influenceFactors(
  model: ModelOnDevice,
  quantity: PointQuantity,
  precision: 'float32' | 'float64',
  checkCancelled: () => void,
): Promise<InfluenceFactors> {
  const { fitted, objective, weights, matrices } = model;
  const { logits } = objective;
  const q = parameterCount(objective);
  if (quantity === 'margin' && logits > 1) {
    throw new LeverageError(
      'invalidInput',
      `The margin is defined for two classes; the model has ${fitted.classes.length}.`,
      'Ask for the loss.',
    );
  }
  const { train, test } = fitted.design;
  const [trainRows, testRows] = [train.y.length, test.y.length];
  const bytes = (trainRows + testRows) * q * (precision === 'float32' ? 4 : 8);
  if (bytes > MEMORY_SHARE * freemem()) {
    throw new LeverageError(
      'unavailable',
      `The influences of all pairs need ${formatBytes(bytes)} of memory for their factors, more than is free.`,
      'Close other programs, or use fewer rows or features.',
    );
  }
  const trainResiduals = lossResiduals(fitted.trainLogits, train.y, logits, weights);
  const testResiduals =
    quantity === 'loss'
      ? lossResiduals(fitted.testLogits, test.y, logits, null)
      : Float64Array.from(test.y, (label) => (label === 1 ? 1 : -1));
  const solve = await solver(model, testRows, checkCancelled);
  const factor = async (X: Matrix, residuals: Float64Array, map: (rows: Float64Array) => Promise<Float64Array>) => {
    const rows = X.rows;
    const out = sharedNumbers(precision, rows * q);
    for (let start = 0; start < rows; start += ROWS_AT_ONCE) {
      checkCancelled();
      const gradients = rowGradients(model, X, residuals, start, Math.min(rows, start + ROWS_AT_ONCE));
      out.set(await map(gradients), start * q);
    }
    return out;
  };
  return {
    trainRows,
    testRows,
    width: q,
    train: await factor(matrices.train, trainResiduals, solve.train),
    test: await factor(matrices.test, testResiduals, solve.test),
  };
}

/** Test rows in one tile: wide enough for the product, few enough that progress and memory stay fine. */
const TILE_TEST_ROWS = 256;
/** Numbers in one tile. */
const TILE_NUMBERS = 1 << 23;

/** The tiles of test rows from … to − 1, by test rows and within them by training rows. */
export async function* influenceTiles(
  { trainRows, width, train, test }: InfluenceFactors,
  product: TileProduct,
  from: number,
  to: number,
): AsyncGenerator<InfluenceTile> {
  const across = Math.min(trainRows, Math.max(1, Math.floor(TILE_NUMBERS / TILE_TEST_ROWS)));
  const room = numbers(train, Math.min(TILE_TEST_ROWS, to - from) * across);
  for (let testStart = from; testStart < to; testStart += TILE_TEST_ROWS) {
    const down = Math.min(TILE_TEST_ROWS, to - testStart);
    const B = test.subarray(testStart * width, (testStart + down) * width);
    for (let trainStart = 0; trainStart < trainRows; trainStart += across) {
      const count = Math.min(across, trainRows - trainStart);
      const values = room.subarray(0, down * count);
      await product(B, train.subarray(trainStart * width, (trainStart + count) * width), down, width, count, values);
      yield { testStart, testRows: down, trainStart, trainRows: count, values };
    }
  }
}

/** The strips of test rows that tiles are made of; parts of a study between lanes are whole numbers of them. */
export function stripCount({ testRows }: Pick<InfluenceFactors, 'testRows'>): number {
  return Math.ceil(testRows / TILE_TEST_ROWS);
}

export function stripRange(
  strip: number,
  { testRows }: Pick<InfluenceFactors, 'testRows'>,
): [from: number, to: number] {
  return [strip * TILE_TEST_ROWS, Math.min(testRows, (strip + 1) * TILE_TEST_ROWS)];
}

interface FactorMaps {
  train(gradients: Float64Array): Promise<Float64Array>;
  test(gradients: Float64Array): Promise<Float64Array>;
}

/** Both sides through L⁻¹ where H_λ can be formed; else the test side through H_λ⁻¹ and the other left as it is. */
async function solver(model: ModelOnDevice, testRows: number, checkCancelled: () => void): Promise<FactorMaps> {
  const { objective, device } = model;
  const q = parameterCount(objective);
  const plain = (gradients: Float64Array): Promise<Float64Array> => Promise.resolve(gradients);
  const L = await cholesky(model);
  if (L !== null) {
    const whitened = (gradients: Float64Array) => device.multiply(gradients, L, gradients.length / q, q, q, true);
    return { train: whitened, test: whitened };
  }
  if (testRows <= q) return { train: plain, test: (rows) => solveFullHessian(model, rows, checkCancelled) };
  const identity = new Float64Array(q * q);
  for (let j = 0; j < q; j++) identity[j * q + j] = 1;
  projectFlat(objective, identity);
  const inverse = await solveFullHessian(model, identity, checkCancelled);
  return { train: plain, test: (rows) => device.multiply(rows, inverse, rows.length / q, q, q) };
}

/** L⁻¹ with H_λ = LLᵀ, the flat direction of softmax filled (no gradient has a part in it); null where there is none. */
async function cholesky(model: ModelOnDevice): Promise<Float64Array | null> {
  const curvature = await wholeCurvature(model);
  if (curvature === null) return null;
  const { lambda, logits, placed } = model.objective;
  const p = placed.columns;
  const q = logits * p;
  const H = curvature.slice();
  for (let j = 0; j < q; j++) if (!placed.intercept || j % p !== p - 1) H[j * q + j] += lambda;
  if (placed.intercept && logits > 1) {
    const at = (k: number): number => k * p + p - 1;
    let mean = 0;
    for (let k = 0; k < logits; k++) mean += H[at(k) * q + at(k)] / logits;
    for (let k = 0; k < logits; k++) for (let l = 0; l < logits; l++) H[at(k) * q + at(l)] += mean / logits;
  }
  return invertedCholesky(H, q);
}

/** r ⊗ x̃ of rows from … to − 1, side by side. */
function rowGradients(
  { objective }: ModelOnDevice,
  X: Matrix,
  residuals: Float64Array,
  from: number,
  to: number,
): Float64Array {
  const { logits, placed } = objective;
  const p = placed.columns;
  const out = new Float64Array((to - from) * logits * p);
  for (let row = from; row < to; row++) {
    const x = rowWithIntercept(X, row, p);
    for (let k = 0; k < logits; k++) {
      const offset = ((row - from) * logits + k) * p;
      const r = residuals[k * X.rows + row];
      for (let j = 0; j < p; j++) out[offset + j] = r * x[j];
    }
  }
  projectFlat(objective, out);
  return out;
}

function sharedNumbers(precision: 'float32' | 'float64', length: number): Numbers {
  return precision === 'float32'
    ? new Float32Array(new SharedArrayBuffer(4 * length))
    : new Float64Array(new SharedArrayBuffer(8 * length));
}

function numbers(like: Numbers, length: number): Numbers {
  return like instanceof Float32Array ? new Float32Array(length) : new Float64Array(length);
}
