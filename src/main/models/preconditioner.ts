/**
 * Approximate inverses of the full-data Hessian H_λ, shared by all groups.
 * The closer to H_λ⁻¹, the fewer products a retraining takes; any of them gives the
 * same answer, because conjugate gradients stop on the true residual.
 */
import { totalmem } from 'node:os';
import { LeverageError } from '../../shared/errors.ts';
import type { Device, PlacedMatrix } from '../compute/device.ts';
import { solveBatch } from './conjugate-gradients.ts';
import { boundBlock, classBlock, classProbabilities, fillFlatDirection, hessian, hessianDiagonal } from './hessian.ts';
import { invertPositiveDefinite } from './spd-inverse.ts';
import type { TrialRemoval } from './trial-removal.ts';
import { hessianProduct, norms, type Objective, parameterCount, projectFlat } from './objective.ts';

export interface Preconditioner {
  /** For provenance: "full Hessian, 650 × 650", "per-class blocks, 10 of 785 × 785". */
  description: string;
  /**
   * R (B×q) → ≈ R·H_λ⁻¹, in the space without the flat direction.
   * @param into where the result may go: the caller uses what is returned
   */
  apply(R: Float64Array, into?: Float64Array): Promise<Float64Array>;
  readonly kind: PreconditionerKind;
  /** One q×q inverse, one p×p inverse per class or for all, or q numbers: enough to have the same preconditioner elsewhere. */
  readonly inverses: readonly Inverse[];
}

export type PreconditionerKind = 'full' | 'blocks' | 'bound' | 'diagonal';

/** Symmetric; of single precision only where a device has a solver. */
export type Inverse = Float64Array | Float32Array;

/** What the preconditioner is for: one fit, or the removals of about so many groups. */
export type Use = 'fit' | { groups: number; trial: TrialRemoval };

/** Where a preconditioner is built and used: the device, and the training rows where its systems are solved. */
export interface Site {
  device: Device;
  working: PlacedMatrix;
  checkCancelled(): void;
}

/** Up to here H_λ is formed and inverted whole without further thought: it takes no time. */
const SMALL_HESSIAN = 1024;
/** Above it never: the inverse alone takes half a gigabyte in double precision. */
export const LARGEST_HESSIAN = 8192;
/** A Hessian too large to be exact is taken of a sample of rows, so many for each of its parameters per class. */
const SAMPLED_ROWS_PER_COLUMN = 12;
/** Rows are sampled in runs, so that what is left out need not be gone through. */
const SAMPLED_RUN = 128;
/** Multiplications above which a Hessian is formed in the solver's single precision. */
const WORTH_SINGLE = 2e10;
/** Of all the machine's memory (not of what is free now: a resumed study must choose alike). */
const MEMORY_SHARE = 0.25;
/** Matrices of q×q alive at the peak of the inversion. */
export const PEAK_MATRICES = 4;

/**
 * @param z       L×n logits at which the curvature is taken
 * @param weights sᵢ per row
 */
export async function buildPreconditioner(
  objective: Objective,
  z: Float64Array,
  weights: Float64Array,
  site: Site,
  use: Use,
): Promise<Preconditioner> {
  const kind = use === 'fit' ? kindForFit(objective) : await kindForGroups(objective, z, weights, site, use);
  return build(kind, objective, z, weights, site);
}

async function build(
  kind: PreconditionerKind,
  objective: Objective,
  z: Float64Array,
  weights: Float64Array,
  { device, working }: Site,
): Promise<Preconditioner> {
  const inSingle =
    kind !== 'diagonal' && device.solver !== undefined && multiplications(kind, objective) > WORTH_SINGLE;
  if (inSingle) {
    try {
      // Formed in single precision, a Hessian is off by 2⁻²⁴ σ_max, little against λ; inverted so, it would be off by
      // that times its condition number, so that is done in double.
      const inverses = await inversesOf(kind, { ...objective, placed: working }, z, weights, device);
      const preconditioner = await preconditionerOf(kind, objective, inverses.map(toSingle), device);
      if (await serves(preconditioner, objective, z, weights)) return preconditioner;
    } catch (thrown) {
      // In single precision a Hessian may be indefinite that is not so in double.
      if (!(thrown instanceof LeverageError) || thrown.kind !== 'numerical') throw thrown;
    }
  }
  return preconditionerOf(kind, objective, await inversesOf(kind, objective, z, weights, device), device);
}

async function inversesOf(
  kind: PreconditionerKind,
  objective: Objective,
  z: Float64Array,
  weights: Float64Array,
  device: Device,
): Promise<Float64Array[]> {
  const q = parameterCount(objective);
  const { placed, logits } = objective;
  const p = placed.columns;
  switch (kind) {
    case 'full': {
      const H = await hessian(objective, z, sampledWeights(objective, weights));
      fillFlatDirection(objective, H, q);
      return [await invertPositiveDefinite(H, q, device)];
    }
    case 'blocks': {
      const probabilities = classProbabilities(z, logits, placed.rows);
      const inverses: Float64Array[] = [];
      for (let k = 0; k < logits; k++) {
        inverses.push(await invertPositiveDefinite(await classBlock(objective, probabilities, weights, k), p, device));
      }
      return inverses;
    }
    case 'bound':
      return [await invertPositiveDefinite(await boundBlock(objective, weights), p, device)];
    case 'diagonal':
      return [(await hessianDiagonal(objective, z, weights)).map((value) => 1 / value)];
  }
}

/** Every how many-th run of rows the whole Hessian is taken of: 1 where it is exact. */
function samplingStep({ placed, logits }: Objective): number {
  const { rows: n, columns: p } = placed;
  if (logits * p <= SMALL_HESSIAN) return 1;
  return Math.max(1, Math.floor(n / (SAMPLED_ROWS_PER_COLUMN * p)));
}

/** Weights of the sampled rows, so that the sample's Hessian has the size of the whole. */
function sampledWeights(objective: Objective, weights: Float64Array): Float64Array {
  const step = samplingStep(objective);
  if (step === 1) return weights;
  return weights.map((weight, i) => (Math.floor(i / SAMPLED_RUN) % step === 0 ? weight * step : 0));
}

// ---------------------------------------------------------------- the choice

/** Multiplications to form and invert. */
function multiplications(kind: PreconditionerKind, objective: Objective): number {
  const { placed, logits } = objective;
  const { rows: n, columns: p, entries } = placed;
  const q = logits * p;
  // A row of a sparse matrix adds the square of its entries, at most.
  const gram = entries < n * p ? entries * Math.min(entries / n, p / SPARSE) * SPARSE : n * p * p;
  switch (kind) {
    case 'full':
      return ((logits * (logits + 1)) / 2) * (gram / samplingStep(objective)) + 2 * q ** 3;
    case 'blocks':
      return logits * (gram + 2 * p ** 3);
    case 'bound':
      return gram + 2 * p ** 3;
    case 'diagonal':
      return logits * entries;
  }
}

/** Multiplications of one application to one vector. */
function applied(kind: PreconditionerKind, { placed, logits }: Objective): number {
  const p = placed.columns;
  if (kind === 'full') return (logits * p) ** 2;
  return kind === 'diagonal' ? logits * p * ELEMENTWISE : logits * p * p;
}

/** A multiplication outside of a matrix product costs as much as this many inside. */
const ELEMENTWISE = 20;
/** Entries are gone through at a fraction of the rate of a dense product. */
const SPARSE = 5;
/** What an iteration does to each parameter outside of its products, in multiplications of a dense one. */
const BESIDE = 500;
/** A matrix with a smaller share of entries has many more columns than products with its Hessian are worth forming it for. */
const FEW_ENTRIES = 0.05;

function kindForFit(objective: Objective): PreconditionerKind {
  const { placed } = objective;
  if (parameterCount(objective) <= SMALL_HESSIAN) return 'full';
  return placed.entries < FEW_ENTRIES * placed.rows * placed.columns ? 'diagonal' : 'blocks';
}

/** Solves to a few digits that one retraining takes, and those digits. */
const SOLVES_PER_GROUP = 4.5;
const TRIAL_TOLERANCE = 1e-5;
/** Iterations of such a solve with the whole Hessian: 5 (Diabetes) to 20 (Enron, a quarter of the rows removed). */
const FULL_ITERATIONS = 12;
const MOST_TRIAL_ITERATIONS = 400;

/**
 * The cheapest for `groups` removals: iterations of a trial  × the multiplications of
 * a product and an application, and what it takes to build. Counted, not timed: the choice is the same on every machine
 * of as much memory.
 */
async function kindForGroups(
  objective: Objective,
  z: Float64Array,
  weights: Float64Array,
  site: Site,
  { groups, trial }: Exclude<Use, 'fit'>,
): Promise<PreconditionerKind> {
  const { placed, logits } = objective;
  const q = parameterCount(objective);
  const sparse = placed.entries < placed.rows * placed.columns;
  if (q <= SMALL_HESSIAN) return 'full';
  const product = 2 * placed.entries * logits * (sparse ? SPARSE : 1);
  const cost = (kind: PreconditionerKind, iterations: number): number =>
    multiplications(kind, objective) +
    groups * SOLVES_PER_GROUP * iterations * (product + applied(kind, objective) + BESIDE * q);
  const candidates: PreconditionerKind[] = logits > 1 ? ['bound', 'blocks', 'diagonal'] : ['diagonal'];
  let best: { kind: PreconditionerKind; cost: number } | null = null;
  const affordable = PEAK_MATRICES * 8 * q * q <= MEMORY_SHARE * totalmem();
  if (q <= LARGEST_HESSIAN && affordable) best = { kind: 'full', cost: cost('full', FULL_ITERATIONS) };
  else if (logits === 1 && !sparse) candidates.push('blocks');
  for (const kind of candidates) {
    // Not even tried where building alone, or the fewest thinkable iterations, cost more than the best so far.
    if (best !== null && cost(kind, FULL_ITERATIONS) >= best.cost) continue;
    const preconditioner = await build(kind, objective, z, weights, site);
    const total = cost(kind, await trialIterations(objective, z, site, trial, preconditioner));
    if (best === null || total < best.cost) best = { kind, cost: total };
  }
  return best?.kind ?? 'diagonal';
}

async function trialIterations(
  objective: Objective,
  z: Float64Array,
  { working, checkCancelled }: Site,
  { rows, pull }: TrialRemoval,
  preconditioner: Preconditioner,
): Promise<number> {
  const batch = working.openBatch(z, rows, objective.logits);
  const tolerance = Float64Array.of(TRIAL_TOLERANCE);
  const control = { checkCancelled, maximumIterations: MOST_TRIAL_ITERATIONS };
  const { iterations } = await solveBatch(objective, batch, pull, tolerance, preconditioner, control);
  return Math.max(1, iterations);
}

// ---------------------------------------------------------------- application

/** Residual of a solve by the preconditioner alone up to which its rounding does not matter. */
const SERVES = 0.1;

/** Whether rounding has left an inverse of single precision one: ‖H·M·r − r‖ for a vector of ones of changing sign. */
async function serves(
  { apply, kind }: Preconditioner,
  objective: Objective,
  z: Float64Array,
  weights: Float64Array,
): Promise<boolean> {
  if (kind !== 'full') return true;
  const q = parameterCount(objective);
  const r = Float64Array.from({ length: q }, (_, j) => ((j * 7919) % 13 < 6 ? 1 : -1));
  projectFlat(objective, r);
  const x = await apply(r);
  const product = await hessianProduct(objective, objective.placed.openBatch(z, weights, objective.logits), x);
  for (let j = 0; j < q; j++) product[j] -= r[j];
  return norms(product, q)[0] <= SERVES * norms(r, q)[0];
}

function toSingle(inverse: Float64Array): Float32Array {
  const single = new Float32Array(new SharedArrayBuffer(4 * inverse.length));
  single.set(inverse);
  return single;
}

/** The preconditioner that `inverses` make up: on the device, or on its solver where they are of single precision. */
export async function preconditionerOf(
  kind: PreconditionerKind,
  objective: Objective,
  inverses: readonly Inverse[],
  device: Device,
): Promise<Preconditioner> {
  const q = parameterCount(objective);
  const { logits, placed } = objective;
  const p = placed.columns;
  const precision = inverses[0] instanceof Float32Array ? ' in float32' : '';
  const projected =
    (apply: (R: Float64Array, into?: Float64Array) => Promise<Float64Array>) =>
    async (R: Float64Array, into?: Float64Array): Promise<Float64Array> => {
      const out = await apply(R, into);
      projectFlat(objective, out);
      return out;
    };
  if (kind === 'diagonal') {
    const [diagonal] = inverses;
    const apply = async (R: Float64Array, into?: Float64Array): Promise<Float64Array> => {
      const out = into ?? new Float64Array(R.length);
      for (let start = 0; start < R.length; start += q) {
        for (let j = 0; j < q; j++) out[start + j] = R[start + j] * diagonal[j];
      }
      return out;
    };
    return { kind, description: `diagonal of the Hessian, ${q}`, inverses, apply: projected(apply) };
  }
  const products = await Promise.all(inverses.map((inverse) => productWith(inverse, kind === 'full' ? q : p, device)));
  switch (kind) {
    case 'full':
      return { kind, description: `full Hessian, ${q} × ${q}${precision}`, inverses, apply: projected(products[0]) };
    case 'bound':
      // B×L vectors of p numbers: all classes share the product.
      return {
        kind,
        description: `bound of the Hessian, ${p} × ${p} for each of ${logits} classes${precision}`,
        inverses,
        apply: projected(products[0]),
      };
    case 'blocks':
      return {
        kind,
        description: `per-class blocks, ${logits} of ${p} × ${p}${precision}`,
        inverses,
        apply: projected((R) => byClass(R, logits, p, products)),
      };
  }
}

async function byClass(
  R: Float64Array,
  logits: number,
  p: number,
  products: readonly ((part: Float64Array) => Promise<Float64Array>)[],
): Promise<Float64Array> {
  const groups = R.length / (logits * p);
  const out = new Float64Array(R.length);
  for (let k = 0; k < logits; k++) {
    const part = new Float64Array(groups * p);
    for (let g = 0; g < groups; g++) part.set(R.subarray((g * logits + k) * p, (g * logits + k + 1) * p), g * p);
    const solved = await products[k](part);
    for (let g = 0; g < groups; g++) out.set(solved.subarray(g * p, (g + 1) * p), (g * logits + k) * p);
  }
  return out;
}

/** R ↦ R·M for a symmetric M that stays on the device. */
async function productWith(
  inverse: Inverse,
  size: number,
  device: Device,
): Promise<(R: Float64Array) => Promise<Float64Array>> {
  if (inverse instanceof Float64Array) return (R) => device.multiply(R, inverse, R.length / size, size, size);
  const solver = device.solver ?? device;
  const placed = await solver.place({ kind: 'single', rows: size, columns: size, data: inverse }, false);
  return (R) => placed.combine(R);
}
