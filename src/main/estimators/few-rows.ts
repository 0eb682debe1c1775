/**
 * Removals of few rows. Their curvature is that of all rows, a q×q matrix that is formed once, less that of the
 * rows removed: H_λ − H(w) then costs q² operations a product instead of n·q, and a Newton step next to nothing.
 * Retraining afterwards goes through all rows only for its gradients: each is corrected with the curvature at θ̂,
 * which a few rows do not move by much, and where that does not do, with the curvature where it has come to.
 */
import type { GroupBatch, PlacedMatrix } from '../compute/device.ts';
import { areFewRows, selectGroups, type GroupWeights } from '../compute/row-weights.ts';
import { softmaxInto, sigmoid } from '../compute/stable-change.ts';
import { rowWithIntercept } from '../evaluation/evaluation-set.ts';
import type { ModelOnDevice } from '../models/model-on-device.ts';
import type { BatchPair } from '../models/newton-step.ts';
import { parameterCount, takeVectors } from '../models/objective.ts';
import { hessian } from '../models/hessian.ts';

/** Up to here H is formed whole. */
const LARGEST_HESSIAN = 1024;
/** Trace of H_λ⁻¹H(w) up to which a difference of the two keeps its digits. */
const LARGEST_LEVERAGE = 0.9;
/** Corrections with the curvature at θ̂ before the curvature is taken anew. */
const STEPS_WITH_BASE_CURVATURE = 6;

/** Σ sᵢ∇²ℓᵢ(θ̂) without the penalty, q×q, with the model; null where it is too large to be formed. */
export function wholeCurvature(model: ModelOnDevice): Promise<Float64Array> | null {
  const q = parameterCount(model.objective);
  if (q > LARGEST_HESSIAN || model.preconditioner.kind !== 'full') return null;
  const known = formed.get(model);
  if (known !== undefined) return known;
  const forming = hessian({ ...model.objective, lambda: 0 }, model.fitted.trainLogits, model.weights);
  formed.set(model, forming);
  return forming;
}

const formed = new WeakMap<ModelOnDevice, Promise<Float64Array>>();

/** Batches of which no row is removed, for solves with H_λ alone; null where H is too large to be formed. */
export async function openWhole(model: ModelOnDevice, groups: number): Promise<BatchPair | null> {
  const curvature = await wholeCurvature(model);
  if (curvature === null) return null;
  const members = Array.from({ length: groups }, () => new Int32Array(0));
  const kept: GroupWeights = { weights: model.weights, members, side: 'without' };
  const removed: Removed = { model, curvature, kept, rows: members.map(() => []) };
  const batch = new FewRowsBatch(removed, model.objective.placed, 0);
  return { exact: batch, working: batch };
}

/** Groups of few rows, or null where the rows are many, or hold so much of the curvature that it must be summed anew. */
export async function openFewRows(model: ModelOnDevice, kept: GroupWeights): Promise<BatchPair | null> {
  const { placed } = model.objective;
  const { members, left } = kept;
  if (!areFewRows(members, placed.rows)) return null;
  const curvature = await wholeCurvature(model);
  if (curvature === null) return null;
  const rows = members.map((group, g) => curvedRows(model, group, 1 - (left?.[g] ?? 0)));
  const removed: Removed = { model, curvature, kept, rows };
  if ((await leverages(removed)).some((leverage) => !(leverage <= LARGEST_LEVERAGE))) return null;
  const exact = new FewRowsBatch(removed, placed, 0);
  const { solving } = model;
  if (solving === placed) return { exact, working: exact };
  return { exact, working: new FewRowsBatch(removed, solving, STEPS_WITH_BASE_CURVATURE), baseCurvature: true };
}

/** A removed row and what the curvature of its loss in its logits, sᵢ∇²ℓ (L×L), loses. */
interface CurvedRow {
  /** x̃ᵢ, length p. */
  x: Float64Array;
  curvature: Float64Array;
}

interface Removed {
  model: ModelOnDevice;
  /** Of all rows, q×q. */
  curvature: Float64Array;
  kept: GroupWeights;
  rows: readonly (readonly CurvedRow[])[];
}

/** @param taken the share of their weight that they lose: below 0 they gain */
function curvedRows(
  { fitted, weights, objective, matrices }: ModelOnDevice,
  group: Int32Array,
  taken: number,
): CurvedRow[] {
  const { logits, placed } = objective;
  const z = fitted.trainLogits;
  const n = placed.rows;
  const q = new Float64Array(logits);
  return Array.from(group, (row) => {
    const x = rowWithIntercept(matrices.train, row, placed.columns);
    const curvature = new Float64Array(logits * logits);
    const weight = taken * weights[row];
    if (logits === 1) {
      curvature[0] = weight * sigmoid(z[row]) * sigmoid(-z[row]);
      return { x, curvature };
    }
    softmaxInto(z, logits, row, n, q);
    for (let k = 0; k < logits; k++) {
      for (let l = 0; l < logits; l++) curvature[k * logits + l] = weight * q[k] * ((k === l ? 1 : 0) - q[l]);
    }
    return { x, curvature };
  });
}

/** Trace of H_λ⁻¹H(w) per group: at least the largest share of the curvature that it holds in any direction. */
async function leverages({ model, rows }: Removed): Promise<Float64Array> {
  const { objective, preconditioner } = model;
  const { logits, placed } = objective;
  const p = placed.columns;
  const q = logits * p;
  const flat = rows.flat();
  const right = new Float64Array(flat.length * logits * q);
  flat.forEach(({ x }, at) => {
    for (let k = 0; k < logits; k++) right.set(x, (at * logits + k) * q + k * p);
  });
  const solved = flat.length === 0 ? right : await preconditioner.apply(right);
  let at = 0;
  return Float64Array.from(rows, (group) => {
    let sum = 0;
    for (const { x, curvature } of group) {
      for (let k = 0; k < logits; k++) {
        for (let l = 0; l < logits; l++)
          sum += curvature[k * logits + l] * along(x, solved, (at * logits + k) * q + l * p);
      }
      at++;
    }
    return sum;
  });
}

/** See GroupBatch. The curvature is that at θ̂ for the first `baseSteps` moves of the held point. */
class FewRowsBatch implements GroupBatch {
  readonly groups: number;
  private readonly removed: Removed;
  private readonly placed: PlacedMatrix;
  private readonly baseSteps: number;
  private moves = 0;
  /** δ of the held point; null at θ̂. */
  private held: Float64Array | null = null;
  /** The same groups over all rows: made when first needed. */
  private open: () => Promise<GroupBatch>;
  private opened: Promise<GroupBatch> | null = null;

  constructor(removed: Removed, placed: PlacedMatrix, baseSteps: number) {
    this.groups = removed.kept.members.length;
    this.removed = removed;
    this.placed = placed;
    this.baseSteps = baseSteps;
    this.open = () => this.openAnew();
  }

  private async openAnew(): Promise<GroupBatch> {
    const { model, kept } = this.removed;
    const batch = this.placed.openBatch(model.fitted.trainLogits, kept, model.objective.logits);
    if (this.held !== null) await batch.gradientChange(this.held);
    return batch;
  }

  private overAllRows(): Promise<GroupBatch> {
    this.opened ??= this.open();
    return this.opened;
  }

  async gradientChange(delta: Float64Array): Promise<Float64Array> {
    const batch = await this.overAllRows();
    this.moves++;
    this.held = delta.slice();
    return batch.gradientChange(delta);
  }

  async gradientAt(delta: Float64Array): Promise<Float64Array> {
    return (await this.overAllRows()).gradientAt(delta);
  }

  async curvatureProduct(P: Float64Array): Promise<Float64Array> {
    if (this.moves > this.baseSteps) return (await this.overAllRows()).curvatureProduct(P);
    const { model, curvature, rows } = this.removed;
    const { logits, placed } = model.objective;
    const p = placed.columns;
    const q = logits * p;
    const out = await model.device.multiply(P, curvature, P.length / q, q, q);
    const steps = new Float64Array(logits);
    rows.forEach((group, g) => {
      for (const { x, curvature: own } of group) {
        for (let k = 0; k < logits; k++) steps[k] = along(x, P, g * q + k * p);
        for (let k = 0; k < logits; k++) {
          let scale = 0;
          for (let l = 0; l < logits; l++) scale += own[k * logits + l] * steps[l];
          for (let j = 0; j < p; j++) out[g * q + k * p + j] -= scale * x[j];
        }
      }
    });
    return out;
  }

  async curvatureMass(): Promise<Float64Array> {
    return (await this.overAllRows()).curvatureMass();
  }

  select(indices: Int32Array): GroupBatch {
    const { model, curvature, kept, rows } = this.removed;
    const part = new FewRowsBatch(
      {
        model,
        curvature,
        kept: selectGroups(kept, indices),
        rows: Array.from(indices, (g) => rows[g]),
      },
      this.placed,
      this.baseSteps,
    );
    const { moves } = this;
    part.moves = moves;
    part.held = this.held === null ? null : takeVectors(this.held, this.held.length / this.groups, indices);
    part.open = async () => (this.moves === moves ? (await this.overAllRows()).select(indices) : part.openAnew());
    return part;
  }
}

/** xᵀv for the part of `v` that begins at `offset`. */
function along(x: Float64Array, v: Float64Array, offset: number): number {
  let sum = 0;
  for (let j = 0; j < x.length; j++) sum += x[j] * v[offset + j];
  return sum;
}
