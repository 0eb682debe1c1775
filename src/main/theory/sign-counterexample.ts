/**
 * Figure 3, left: influence and Newton of opposite sign. Two Gaussian classes in 60 dimensions; of all 7,140 pairs of
 * rows, the K whose parameter changes a (influence) and b (Newton) have the smallest cosine. The effects of a pair on the
 * margin of a test point x are aᵀx and bᵀx.
 *
 * Which test points: those whose effects on the chosen pairs are as random as can be, x = G⁺z with the 2K changes in the
 * rows of G and z standard normal. A direction uniform in the span of the changes gives ρ about .85 instead: the changes
 * are far from orthogonal.
 */
import type { Device } from '../compute/device.ts';
import { openStream, type RandomStream } from '../groups/random-stream.ts';
import { fitModel } from '../models/fit.ts';
import type { ModelOnDevice } from '../models/model-on-device.ts';
import { lossResiduals } from '../models/objective.ts';
import type { Design } from '../../shared/dataset.ts';
import { spearman } from '../../shared/statistics.ts';
import { alignedSpectrum } from './aligned-spectrum.ts';
import { curvatureRows } from './curvature-rows.ts';
import { COUNTEREXAMPLE_LAMBDA } from './scale-counterexample.ts';
import { whiteningOf } from './whitening.ts';

const DIMENSIONS = 60;
const PER_CLASS = 60;
const AXIS = 0.5;

/** Parameter changes of removing one pair of rows. */
export interface PairChange {
  rows: [number, number];
  /** H_λ⁻¹g. */
  influence: Float64Array;
  /** (H_λ − H(w))⁻¹g. */
  newton: Float64Array;
  cosine: number;
}

export interface SignCounterexample {
  /** Agreement of the two over the K pairs, for random test points. */
  agreement: {
    pairs: number;
    testPoints: number;
    meanSpearman: number;
    /** Share of pairs and test points with effects of opposite sign. */
    oppositeSigns: number;
    /** The same with test points uniform in the span of the changes. */
    uniform: { meanSpearman: number; oppositeSigns: number };
  }[];
  /** K = 30 pairs at the test point whose ρ is the median one. */
  points: { rows: [number, number]; influence: number; newton: number }[];
  /** The exact minimal case: for x = b − a(aᵀb)/(aᵀa) influence is 0 and Newton positive. */
  minimal: { testPoint: Float64Array; rows: [number, number]; influence: number; newton: number; cosine: number };
  pairCount: number;
  medianCosine: number;
}

/** @param seed of the Gaussian data */
export function signDesign(seed: number): Design {
  const stream = openStream(seed, 'sign counterexample');
  const axis = normals(stream, DIMENSIONS);
  const length = Math.sqrt(dot(axis, axis));
  const rows = 2 * PER_CLASS;
  const y = Int32Array.from({ length: rows }, (_, i) => (i < PER_CLASS ? 0 : 1));
  const data = normals(stream, rows * DIMENSIONS).map((value, at) => {
    const side = y[Math.floor(at / DIMENSIONS)] === 1 ? 0.5 : -0.5;
    return value + (side * AXIS * axis[at % DIMENSIONS]) / length;
  });
  const part = (X: Float64Array, labels: Int32Array): Design['train'] => ({
    X: { kind: 'dense', rows: labels.length, columns: DIMENSIONS, data: X },
    y: labels,
    weights: null,
  });
  return {
    train: part(data, y),
    test: part(new Float64Array(DIMENSIONS).fill(1), Int32Array.of(1)),
    classes: ['0', '1'],
    featureNames: Array.from({ length: DIMENSIONS }, (_, j) => `x${j + 1}`),
  };
}

/** Random test points for each K. */
const TEST_POINTS = 400;

export async function signCounterexample(
  design: Design,
  device: Device,
  checkCancelled: () => void,
): Promise<SignCounterexample> {
  const model = await fitModel(design, { l2: { absolute: COUNTEREXAMPLE_LAMBDA }, intercept: false }, device, {
    checkCancelled,
  });
  try {
    const changes = await changesOfPairs(model);
    checkCancelled();
    const stream = openStream(1, 'sign counterexample test points');
    const cosines = Float64Array.from(changes, ({ cosine }) => cosine);
    const drawn = [30, 120].map((K) => draw(changes.slice(0, K), stream, checkCancelled));
    const [least] = changes;
    const scale = dot(least.influence, least.newton) / dot(least.influence, least.influence);
    const testPoint = least.newton.map((value, j) => value - scale * least.influence[j]);
    return {
      agreement: drawn.map(({ agreement }) => agreement),
      points: drawn[0].points,
      minimal: {
        testPoint,
        rows: least.rows,
        influence: dot(least.influence, testPoint),
        newton: dot(least.newton, testPoint),
        cosine: least.cosine,
      },
      pairCount: changes.length,
      medianCosine: cosines[Math.floor(cosines.length / 2)],
    };
  } finally {
    model.dispose();
  }
}

/**
 * Of all pairs, by cosine ascending. The Newton change by Woodbury: b = a + Y(I₂ − AY)⁻¹Aa with A the pair's two
 * curvature rows and Y = H_λ⁻¹Aᵀ.
 */
export async function changesOfPairs(model: ModelOnDevice): Promise<PairChange[]> {
  const { fitted, device, weights } = model;
  const whitening = await whiteningOf(model);
  if (whitening === null) throw new RangeError('the counterexample’s Hessian is definite and small');
  const n = fitted.design.train.y.length;
  const all = Int32Array.from({ length: n }, (_, i) => i);
  const A = curvatureRows(model, all);
  const q = A.length / n;
  const W = await whitening.apply(A);
  // K = AH_λ⁻¹Aᵀ; rows of Y: H_λ⁻¹Aᵢ.
  const K = await device.multiply(W, W, n, q, n, true);
  const Y = await device.multiply(W, whitening.inverse, n, q, q);
  const residual = lossResiduals(fitted.trainLogits, fitted.design.train.y, 1, weights);
  // gᵢ = rᵢx̃ᵢ = tᵢAᵢ, because Aᵢ is a multiple of x̃ᵢ.
  const { train } = fitted.design;
  if (train.X.kind !== 'dense') throw new RangeError('the counterexample’s rows are dense');
  const { data } = train.X;
  const t = Float64Array.from(all, (i) => (residual[i] * data[i * q]) / A[i * q]);
  const changes: PairChange[] = [];
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) {
      // Aa, 2 numbers; then (I − AY)⁻¹ by its determinant.
      const u = t[i] * K[i * n + i] + t[j] * K[i * n + j];
      const v = t[i] * K[j * n + i] + t[j] * K[j * n + j];
      const [a, b, d] = [1 - K[i * n + i], -K[i * n + j], 1 - K[j * n + j]];
      const determinant = a * d - b * b;
      const onI = (d * u - b * v) / determinant;
      const onJ = (a * v - b * u) / determinant;
      const influence = new Float64Array(q);
      const newton = new Float64Array(q);
      for (let c = 0; c < q; c++) {
        influence[c] = t[i] * Y[i * q + c] + t[j] * Y[j * q + c];
        newton[c] = influence[c] + onI * Y[i * q + c] + onJ * Y[j * q + c];
      }
      const cosine = dot(influence, newton) / Math.sqrt(dot(influence, influence) * dot(newton, newton));
      changes.push({ rows: [i, j], influence, newton, cosine });
    }
  }
  return changes.sort((first, second) => first.cosine - second.cosine);
}

type Drawn = { agreement: SignCounterexample['agreement'][number]; points: SignCounterexample['points'] };

function draw(chosen: readonly PairChange[], stream: RandomStream, checkCancelled: () => void): Drawn {
  const G = [...chosen.map(({ influence }) => influence), ...chosen.map(({ newton }) => newton)];
  const pseudoInverse = pseudoInverseOf(G);
  const random = Array.from({ length: TEST_POINTS }, () => pseudoInverse(normals(stream, G.length)));
  checkCancelled();
  const judged = random.map((x) => judge(chosen, x));
  const median = judged.toSorted((a, b) => a.rho - b.rho)[Math.floor(judged.length / 2)];
  const uniform = Array.from({ length: TEST_POINTS }, () => judge(chosen, combination(G, stream)));
  const mean = (of: readonly ReturnType<typeof judge>[], pick: 'rho' | 'opposite'): number =>
    of.reduce((sum, one) => sum + one[pick], 0) / of.length;
  return {
    agreement: {
      pairs: chosen.length,
      testPoints: TEST_POINTS,
      meanSpearman: mean(judged, 'rho'),
      oppositeSigns: mean(judged, 'opposite'),
      uniform: { meanSpearman: mean(uniform, 'rho'), oppositeSigns: mean(uniform, 'opposite') },
    },
    points: chosen.map(({ rows }, k) => ({ rows, influence: median.influence[k], newton: median.newton[k] })),
  };
}

function judge(chosen: readonly PairChange[], x: Float64Array) {
  const influence = Float64Array.from(chosen, (change) => dot(change.influence, x));
  const newton = Float64Array.from(chosen, (change) => dot(change.newton, x));
  let opposite = 0;
  influence.forEach((value, k) => (opposite += Math.sign(value) === Math.sign(newton[k]) ? 0 : 1));
  return { influence, newton, rho: spearman(influence, newton), opposite: opposite / chosen.length };
}

/** Eigenvalues of GᵀG below this part of the largest are rounding: pairs share rows, so that G may lack rank. */
const RANK = 1e-12;

/** z ↦ G⁺z = (GᵀG)⁺Gᵀz: the shortest test point whose effects on the pairs are nearest to z. */
function pseudoInverseOf(G: readonly Float64Array[]): (z: Float64Array) => Float64Array {
  const q = G[0].length;
  const gram = new Float64Array(q * q);
  for (const row of G) for (let i = 0; i < q; i++) for (let j = 0; j < q; j++) gram[i * q + j] += row[i] * row[j];
  const units = Array.from({ length: q }, (_, at) => Float64Array.from({ length: q }, (__, i) => (i === at ? 1 : 0)));
  // V[i][j]: entry i of eigenvector j.
  const { eigenvalues, alignments: V } = alignedSpectrum(gram, units);
  const rank = eigenvalues.filter((value) => value > RANK * eigenvalues[0]).length;
  return (z) => {
    const right = new Float64Array(q);
    G.forEach((row, k) => row.forEach((value, j) => (right[j] += z[k] * value)));
    const out = new Float64Array(q);
    for (let j = 0; j < rank; j++) {
      let part = 0;
      for (let i = 0; i < q; i++) part += V[i][j] * right[i];
      for (let i = 0; i < q; i++) out[i] += (V[i][j] * part) / eigenvalues[j];
    }
    return out;
  };
}

/** A random direction in the span: standard normal coefficients of the changes, each of unit length. */
function combination(G: readonly Float64Array[], stream: RandomStream): Float64Array {
  const out = new Float64Array(G[0].length);
  const z = normals(stream, G.length);
  G.forEach((row, k) => {
    const length = Math.sqrt(dot(row, row));
    row.forEach((value, j) => (out[j] += (z[k] * value) / length));
  });
  return out;
}

/** Box and Muller. */
function normals(stream: RandomStream, count: number): Float64Array {
  const out = new Float64Array(count);
  for (let i = 0; i < count; i += 2) {
    const radius = Math.sqrt(-2 * Math.log(1 - stream.unit()));
    const angle = 2 * Math.PI * stream.unit();
    out[i] = radius * Math.cos(angle);
    if (i + 1 < count) out[i + 1] = radius * Math.sin(angle);
  }
  return out;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let j = 0; j < a.length; j++) sum += a[j] * b[j];
  return sum;
}
