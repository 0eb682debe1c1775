/**
 * Why influence and Newton differ for a group (Koh et al. 2019, Proposition 2 and Corollary 1). With
 * v_f = H_λ^{-½}∇f, v_w = H_λ^{-½}g(w) and M(w) = H_λ^{-½}H(w)H_λ^{-½} = Σ μⱼeⱼeⱼᵀ:
 *
 *   influence = v_fᵀv_w,   linear Newton − influence = v_fᵀ D(w) v_w = Σ μⱼ/(1 − μⱼ) (v_fᵀeⱼ)(v_wᵀeⱼ),
 *
 * D(w) = (I − M(w))⁻¹ − I. μⱼ in [0, 1) is the share of the model's curvature along eⱼ that the group holds: a few
 * directions with a large share, along which both the group pulls and f looks, make an outlier.
 * Without an unpenalised intercept μⱼ ≤ s/(1 + s), s = σ_max(H)/λ.
 */
import { solveFullHessian } from '../estimators/influence-directions.ts';
import type { EvaluationSet } from '../evaluation/evaluation-set.ts';
import type { ModelOnDevice } from '../models/model-on-device.ts';
import { lossResiduals, parameterCount, projectFlat } from '../models/objective.ts';
import { curvatureRowCount, curvatureRows } from './curvature-rows.ts';
import { lanczosSpectrum } from './lanczos-spectrum.ts';
import { LARGEST_WHOLE, whiteningOf } from './whitening.ts';
import { alongRows, spectrumThroughParameters, spectrumThroughRows, type Directions } from './whole-directions.ts';

export interface RemovalSpectrum {
  /**
   * "rows": all directions, through the |w|·L × |w|·L matrix AH_λ⁻¹Aᵀ, H(w) = AᵀA; "parameters": all directions, through
   * the q×q matrix M(w); "lanczos": the directions that the group's gradient reaches, as well as `residual` says.
   */
  method: 'rows' | 'parameters' | 'lanczos';
  /** μⱼ, descending. */
  eigenvalues: Float64Array;
  /** v_wᵀeⱼ. */
  groupAlignment: Float64Array;
  /** E×k: v_fᵀeⱼ per evaluation. */
  testAlignment: Float64Array;
  /** E×k: μⱼ/(1 − μⱼ)(v_fᵀeⱼ)(v_wᵀeⱼ), positive = raises linear Newton above influence. */
  contributions: Float64Array;
  /** E: v_fᵀv_w, the influence of removing the group; of selfLoss g(w)ᵀH_λ⁻¹g(w). */
  influence: Float64Array;
  /** E: ∇fᵀΔθ_Nt = influence + the contributions of all directions. */
  newtonLinear: Float64Array;
  /** ‖v_w‖. */
  groupNorm: number;
  /** E: ‖v_f‖; NaN with "lanczos", where it is not known. */
  testNorm: Float64Array;
  /** Bound of ‖(I − M)x − v_w‖ / ‖v_w‖ of the solution the contributions sum to; 0 when all directions are there. */
  residual: number;
  /** k: ‖Meⱼ − μⱼeⱼ‖, a bound of the distance of μⱼ from an eigenvalue; rounding only (0) with the exact methods. */
  eigenvalueResidual: Float64Array;
  /** H_λ^{-½}eⱼ in parameters, length q; null where it was not worked out. */
  direction(j: number): Float64Array | null;
}

export interface SpectrumControl {
  /** Throws when the user stopped the run. */
  checkCancelled(): void;
  /** Forces Lanczos where parameters or rows number more; for tests. */
  largestWhole?: number;
}

/**
 * @param members rows of the group, each once
 * @throws LeverageError 'numerical' where the curvature can not be diagonalised in double precision
 */
export async function removalSpectrum(
  model: ModelOnDevice,
  evaluations: EvaluationSet,
  members: Int32Array,
  control: SpectrumControl,
): Promise<RemovalSpectrum> {
  const largest = control.largestWhole ?? LARGEST_WHOLE;
  const q = parameterCount(model.objective);
  const pull = groupGradient(model, members);
  const gradients = gradientsWithSelf(evaluations, pull);
  const whitening = await whiteningOf(model, largest);
  control.checkCancelled();
  if (whitening === null) {
    const few = curvatureRowCount(model, members) <= Math.min(MOST_ROWS_SOLVED, largest);
    return few
      ? spectrumThroughSolves(model, gradients, pull, members, control)
      : lanczosSpectrum(model, gradients, pull, members, control);
  }
  const white = await whitening.apply(concatenate(pull, gradients));
  const [group, ...tests] = Array.from({ length: white.length / q }, (_, at) => white.slice(at * q, (at + 1) * q));
  const throughRows = curvatureRowCount(model, members) < q;
  const found = throughRows
    ? await spectrumThroughRows(model, whitening, members, [group, ...tests])
    : await spectrumThroughParameters(model, whitening, members, [group, ...tests], control);
  const direction = (j: number): Float64Array | null => {
    const e = found.eigenvector(j);
    return e === null ? null : transposedProduct(whitening.inverse, e);
  };
  const products = {
    influence: Float64Array.from(tests, (test) => dot(test, group)),
    groupNorm: Math.sqrt(dot(group, group)),
    testNorm: Float64Array.from(tests, (test) => Math.sqrt(dot(test, test))),
  };
  return { ...assemble(throughRows ? 'rows' : 'parameters', found, products), direction };
}

/** g(w), length q: the gradient of the rows' loss at θ̂. */
export function groupGradient(model: ModelOnDevice, members: Int32Array): Float64Array {
  const { objective, fitted, weights, matrices } = model;
  const { logits, placed } = objective;
  const { rows: n, columns: p } = placed;
  const residuals = lossResiduals(fitted.trainLogits, fitted.design.train.y, logits, weights);
  const out = new Float64Array(logits * p);
  const { train } = matrices;
  for (const row of members) {
    for (let k = 0; k < logits; k++) {
      const scale = residuals[k * n + row];
      const start = k * p;
      if (train.kind === 'dense') {
        for (let j = 0; j < p; j++) out[start + j] += scale * train.data[row * p + j];
      } else {
        for (let e = train.indptr[row]; e < train.indptr[row + 1]; e++) {
          out[start + train.indices[e]] += scale * train.values[e];
        }
      }
    }
  }
  projectFlat(objective, out);
  return out;
}

/** E×q: ∇f, the group's own gradient for selfLoss. */
function gradientsWithSelf({ evaluations, gradients }: EvaluationSet, pull: Float64Array): Float64Array {
  const out = gradients.slice();
  evaluations.forEach(({ quantity }, e) => {
    if (quantity === 'selfLoss') out.set(pull, e * pull.length);
  });
  return out;
}

/** Up to here a group's rows are solved for one by one where H_λ is too large to be factored. */
const MOST_ROWS_SOLVED = 128;

/** As through rows, without a factor: Y = AH_λ⁻¹ by conjugate gradients; YAᵀ has M's eigenvalues, eᵀv = uᵀ(Yb)/√μ for v = H_λ^{-½}b. */
async function spectrumThroughSolves(
  model: ModelOnDevice,
  gradients: Float64Array,
  pull: Float64Array,
  members: Int32Array,
  { checkCancelled }: SpectrumControl,
): Promise<RemovalSpectrum> {
  const q = parameterCount(model.objective);
  const r = curvatureRowCount(model, members);
  const A = curvatureRows(model, members);
  const vectors = concatenate(pull, gradients);
  const solved = await solveFullHessian(model, concatenate(vectors, A), checkCancelled);
  const count = vectors.length / q;
  const Y = solved.subarray(vectors.length);
  const inner = (a: Float64Array, b: Float64Array, i: number, j: number): number =>
    dot(a.subarray(i * q, (i + 1) * q), b.subarray(j * q, (j + 1) * q));
  const gram = Float64Array.from({ length: r * r }, (_, at) => inner(Y, A, Math.floor(at / r), at % r));
  const along = Array.from({ length: count }, (_, v) =>
    Float64Array.from({ length: r }, (__, i) => inner(Y, vectors, i, v)),
  );
  const { eigenvalues, alignments, vector } = alongRows(gram, along, r);
  const products = {
    influence: Float64Array.from({ length: count - 1 }, (_, e) => inner(solved, vectors, 0, e + 1)),
    groupNorm: Math.sqrt(Math.max(0, inner(solved, vectors, 0, 0))),
    testNorm: Float64Array.from({ length: count - 1 }, (_, e) =>
      Math.sqrt(Math.max(0, inner(solved, vectors, e + 1, e + 1))),
    ),
  };
  const direction = (j: number): Float64Array | null => {
    const u = vector(j);
    if (u === null || !(eigenvalues[j] > 0)) return null;
    const y = new Float64Array(q);
    for (let i = 0; i < r; i++) for (let c = 0; c < q; c++) y[c] += (u[i] * Y[i * q + c]) / Math.sqrt(eigenvalues[j]);
    return y;
  };
  return { ...assemble('rows', { eigenvalues, alignments }, products), direction };
}

/** Contributions and sums from the components along the directions. */
function assemble(
  method: RemovalSpectrum['method'],
  { eigenvalues, alignments }: Omit<Directions, 'eigenvector'>,
  products: Pick<RemovalSpectrum, 'influence' | 'groupNorm' | 'testNorm'>,
): Omit<RemovalSpectrum, 'direction'> {
  const [groupAlignment, ...testAlignments] = alignments;
  const count = eigenvalues.length;
  const contributions = new Float64Array(testAlignments.length * count);
  const testAlignment = new Float64Array(testAlignments.length * count);
  const newtonLinear = products.influence.slice();
  testAlignments.forEach((along, e) => {
    let sum = 0;
    testAlignment.set(along, e * count);
    for (let j = 0; j < count; j++) {
      // A negative eigenvalue is rounding.
      const mu = Math.max(0, eigenvalues[j]);
      const value = (mu / (1 - mu)) * along[j] * groupAlignment[j];
      contributions[e * count + j] = value;
      sum += value;
    }
    newtonLinear[e] += sum;
  });
  return {
    method,
    eigenvalues: eigenvalues.map((value) => Math.max(0, value)),
    groupAlignment,
    testAlignment,
    contributions,
    ...products,
    newtonLinear,
    residual: 0,
    eigenvalueResidual: new Float64Array(count),
  };
}

/** C⁻ᵀe for C⁻¹ lower triangular, q×q. */
function transposedProduct(inverse: Float64Array, e: Float64Array): Float64Array {
  const q = e.length;
  const out = new Float64Array(q);
  for (let i = 0; i < q; i++) for (let j = 0; j <= i; j++) out[j] += inverse[i * q + j] * e[i];
  return out;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let j = 0; j < a.length; j++) sum += a[j] * b[j];
  return sum;
}

function concatenate(a: Float64Array, b: Float64Array): Float64Array {
  const out = new Float64Array(a.length + b.length);
  out.set(a);
  out.set(b, a.length);
  return out;
}
