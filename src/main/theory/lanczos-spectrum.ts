/**
 * The spectrum of a removal where H_λ is too large to be factored: Lanczos on M(w) from v_w = H_λ^{-½}g(w), with full
 * reorthogonalisation. Written in parameters, y = H_λ^{-½}e, the operator is H_λ⁻¹H(w), symmetric in the inner product
 * yᵀH_λy: each step is one product with H(w) and one solve with H_λ, and no root of H_λ is needed.
 * Directions that v_w does not reach contribute nothing and are not found.
 */
import { solveFullHessian } from '../estimators/influence-directions.ts';
import type { ModelOnDevice } from '../models/model-on-device.ts';
import { parameterCount, projectFlat } from '../models/objective.ts';
import { diagonalise } from './aligned-spectrum.ts';
import type { RemovalSpectrum, SpectrumControl } from './removal-spectrum.ts';

/** On ‖(I − M)x − v_w‖ / ‖v_w‖. */
const TOLERANCE = 1e-11;
const MOST_STEPS = 240;

/**
 * @param gradients E×q: ∇f
 * @param pull      q: g(w)
 */
export async function lanczosSpectrum(
  model: ModelOnDevice,
  gradients: Float64Array,
  pull: Float64Array,
  members: Int32Array,
  { checkCancelled }: SpectrumControl,
): Promise<RemovalSpectrum> {
  const { objective, fitted, weights } = model;
  const { placed, logits } = objective;
  const q = parameterCount(objective);
  const own = placed.openBatch(fitted.trainLogits, { weights, members: [members], side: 'only' }, logits);
  const start = await solveFullHessian(model, pull, checkCancelled);
  const groupNorm = Math.sqrt(Math.max(0, dot(start, pull)));
  const count = gradients.length / q;
  const tests = Array.from({ length: count }, (_, e) => gradients.subarray(e * q, (e + 1) * q));
  const influence = Float64Array.from(tests, (gradient) => dot(gradient, start));
  // Y: basis in parameters; Z = H_λY, its dual: yᵢᵀzⱼ = δᵢⱼ.
  const Y: Float64Array[] = [];
  const Z: Float64Array[] = [];
  const alpha: number[] = [];
  const beta: number[] = [];
  let residual = groupNorm === 0 ? 0 : 1;
  if (groupNorm > 0) {
    Y.push(start.map((value) => value / groupNorm));
    Z.push(pull.map((value) => value / groupNorm));
  }
  while (residual > TOLERANCE && alpha.length < MOST_STEPS) {
    checkCancelled();
    const k = alpha.length;
    const z = (await own.curvatureProduct(Y[k])).slice();
    projectFlat(objective, z);
    const y = await solveFullHessian(model, z, checkCancelled);
    alpha.push(dot(z, Y[k]));
    // Twice is enough: what the first pass leaves is rounding of what it took.
    for (let pass = 0; pass < 2; pass++) {
      for (let i = 0; i <= k; i++) {
        const part = dot(y, Z[i]);
        for (let j = 0; j < q; j++) {
          y[j] -= part * Y[i][j];
          z[j] -= part * Z[i][j];
        }
      }
    }
    const size = Math.sqrt(Math.max(0, dot(y, z)));
    beta.push(size);
    residual = size * Math.abs(lastOfSolution(alpha, beta));
    if (size <= Number.EPSILON * Math.abs(alpha[0])) {
      residual = 0;
      break;
    }
    Y.push(y.map((value) => value / size));
    Z.push(z.map((value) => value / size));
  }
  return ritz({ alpha, beta, Y, tests, groupNorm, influence, residual });
}

/** The last entry of x in (I − T)x = e₁, by elimination: with βₖ the residual that Lanczos leaves. */
function lastOfSolution(alpha: readonly number[], beta: readonly number[]): number {
  // Forward elimination of the tridiagonal I − T: pivots dᵢ = 1 − αᵢ − βᵢ₋₁²/dᵢ₋₁, right-hand side cᵢ = βᵢ₋₁cᵢ₋₁/dᵢ₋₁.
  let pivot = 1 - alpha[0];
  let right = 1;
  for (let i = 1; i < alpha.length; i++) {
    right = (beta[i - 1] * right) / pivot;
    pivot = 1 - alpha[i] - beta[i - 1] ** 2 / pivot;
  }
  return right / pivot;
}

interface Krylov {
  alpha: readonly number[];
  beta: readonly number[];
  Y: readonly Float64Array[];
  tests: readonly Float64Array[];
  groupNorm: number;
  influence: Float64Array;
  residual: number;
}

/** Ritz values, and the components of v_w, of each v_f and of the last basis vector along the Ritz vectors. */
function ritz({ alpha, beta, Y, tests, groupNorm, influence, residual }: Krylov): RemovalSpectrum {
  const k = alpha.length;
  const diagonal = Float64Array.from(alpha);
  const off = new Float64Array(Math.max(1, k));
  for (let i = 0; i + 1 < k; i++) off[i] = beta[i];
  const unit = (at: number): Float64Array => Float64Array.from({ length: k }, (_, i) => (i === at ? 1 : 0));
  const first = unit(0);
  const last = unit(k - 1);
  const along = tests.map((gradient) => Float64Array.from({ length: k }, (_, i) => dot(gradient, Y[i])));
  diagonalise(diagonal, off, [first, last, ...along]);
  const order = Array.from(diagonal.keys()).sort((a, b) => diagonal[b] - diagonal[a]);
  const eigenvalues = Float64Array.from(order, (at) => Math.max(0, diagonal[at]));
  const groupAlignment = Float64Array.from(order, (at) => groupNorm * first[at]);
  const testAlignment = new Float64Array(tests.length * k);
  const contributions = new Float64Array(tests.length * k);
  const newtonLinear = influence.slice();
  tests.forEach((_, e) => {
    let sum = 0;
    order.forEach((at, j) => {
      testAlignment[e * k + j] = along[e][at];
      const value = (eigenvalues[j] / (1 - eigenvalues[j])) * along[e][at] * groupAlignment[j];
      contributions[e * k + j] = value;
      sum += value;
    });
    newtonLinear[e] += sum;
  });
  return {
    method: 'lanczos',
    eigenvalues,
    groupAlignment,
    testAlignment,
    contributions,
    influence,
    newtonLinear,
    groupNorm,
    testNorm: new Float64Array(tests.length).fill(NaN),
    residual,
    direction: () => null,
    eigenvalueResidual: Float64Array.from(order, (at) => (k === 0 ? 0 : beta[k - 1] * Math.abs(last[at]))),
  };
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let j = 0; j < a.length; j++) sum += a[j] * b[j];
  return sum;
}
