/** Largest and smallest eigenvalue of the Hessian, with and without the penalty: s, and what the propositions divide by. */
import type { StudyTheory } from '../../shared/theory.ts';
import { solveFullHessian } from '../estimators/influence-directions.ts';
import { openStream } from '../groups/random-stream.ts';
import { hessian } from '../models/hessian.ts';
import type { ModelOnDevice } from '../models/model-on-device.ts';
import { parameterCount, projectFlat } from '../models/objective.ts';
import { alignedSpectrum } from './aligned-spectrum.ts';
import { ritzValues } from './lanczos.ts';
import type { SpectrumControl } from './removal-spectrum.ts';
import { LARGEST_WHOLE } from './whitening.ts';

export type CurvatureExtremes = Pick<StudyTheory, 'method' | 'largest' | 'smallest' | 'smallestWithPenalty'>;

/** Relative accuracy asked of Lanczos, and the steps after which what is left is stated instead. */
const TOLERANCE = 1e-8;
const MOST_STEPS = 160;
/** Each step of the inverse is a solve, and its end is a cluster near λ: more steps tell little more. */
const MOST_INVERSE_STEPS = 48;

/** Eigenvalues along directions in which softmax is flat are left out: losses do not change there. */
export async function curvatureExtremes(model: ModelOnDevice, control: SpectrumControl): Promise<CurvatureExtremes> {
  const { objective, fitted, weights } = model;
  const { logits, placed } = objective;
  const q = parameterCount(objective);
  const flat = logits === 1 ? 0 : placed.columns;
  if (q > (control.largestWhole ?? LARGEST_WHOLE)) return extremesByLanczos(model, control);
  const H = await hessian({ ...objective, lambda: 0 }, fitted.trainLogits, weights);
  const withPenalty = await hessian(objective, fitted.trainLogits, weights);
  if (flat > 0) {
    // Lifted out of the way: the flat directions then hold the largest eigenvalues, which are left out.
    const lift = trace(H, q);
    liftFlat(H, q, placed.columns, logits, lift);
    liftFlat(withPenalty, q, placed.columns, logits, lift);
  }
  control.checkCancelled();
  const plain = alignedSpectrum(H, []).eigenvalues.subarray(flat);
  control.checkCancelled();
  const penalised = alignedSpectrum(withPenalty, []).eigenvalues.subarray(flat);
  // What diagonalising a matrix of this size leaves.
  const accuracy = Math.sqrt(q) * Number.EPSILON * plain[0];
  const exact = (value: number): { value: number; accuracy: number } => ({ value: Math.max(0, value), accuracy });
  return {
    method: 'whole',
    largest: exact(plain[0]),
    smallest: exact(plain[plain.length - 1]),
    smallestWithPenalty: exact(penalised[penalised.length - 1]),
  };
}

async function extremesByLanczos(
  model: ModelOnDevice,
  { checkCancelled }: SpectrumControl,
): Promise<CurvatureExtremes> {
  const { objective, fitted, weights } = model;
  const q = parameterCount(objective);
  const everyone = { weights, members: [new Int32Array(0)], side: 'without' as const };
  const batch = objective.placed.openBatch(fitted.trainLogits, everyone, objective.logits);
  const stream = openStream(1, 'curvature extremes');
  const start = Float64Array.from({ length: q }, () => stream.unit() - 0.5);
  projectFlat(objective, start);
  const curvature = async (v: Float64Array): Promise<Float64Array> => {
    const product = await batch.curvatureProduct(v);
    projectFlat(objective, product);
    return product;
  };
  const control = { checkCancelled, mostSteps: Math.min(q, MOST_STEPS), tolerance: TOLERANCE };
  const plain = await ritzValues(curvature, start, { ...control, ends: 'both' });
  // Of H_λ⁻¹ the largest eigenvalues are the smallest of H_λ, and Lanczos finds them soon.
  const inverse = await ritzValues((v) => solveFullHessian(model, v, checkCancelled), start, {
    ...control,
    mostSteps: Math.min(q, MOST_INVERSE_STEPS),
    ends: 'largest',
  });
  const [inverseLargest] = inverse.values;
  const end = plain.values.length - 1;
  const low = Math.max(0, plain.values[end]);
  return {
    method: 'lanczos',
    largest: { value: plain.values[0], accuracy: plain.residuals[0] },
    // A smaller eigenvalue may have been passed over, but none lies below 0.
    smallest: { value: low, accuracy: low },
    smallestWithPenalty: {
      value: 1 / inverseLargest,
      accuracy: inverse.residuals[0] / (inverseLargest * Math.max(Number.MIN_VALUE, inverseLargest)),
    },
  };
}

/** H + c Σ uuᵀ over the flat directions u: "the same for every class". */
function liftFlat(H: Float64Array, q: number, p: number, logits: number, c: number): void {
  for (let j = 0; j < p; j++) {
    for (let k = 0; k < logits; k++) for (let l = 0; l < logits; l++) H[(k * p + j) * q + l * p + j] += c / logits;
  }
}

function trace(H: Float64Array, q: number): number {
  let sum = 1;
  for (let j = 0; j < q; j++) sum += H[j * q + j];
  return sum;
}
