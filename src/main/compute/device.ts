/**
 * A Device is where the design matrix lives and where the few large batched
 * products of the method are done (method §4). It knows logits and probabilities,
 * so that a product can be fused with its element-wise middle; it does not know
 * models, groups, estimators or the store.
 *
 * Layout, everywhere: group-major. A block of C parameter vectors is a Float64Array
 * of length C·p, each vector contiguous; a block over rows is C×n, each vector
 * contiguous. C = B·L for B groups and L logits per row (1 for two classes, K for K > 2),
 * the logits of one group adjacent. A float32 device converts at its border.
 */
import type { Matrix } from '../../shared/matrix.ts';
import type { GroupWeights, RowWeights } from './row-weights.ts';
import type { ShiftedMatrix } from './shifted-matrix.ts';

export type Precision = 'float64' | 'float32';

/** Dense rows already in single precision, the intercept's ones included when there is one: a float32 device uses them in place. */
export interface SingleMatrix {
  kind: 'single';
  rows: number;
  columns: number;
  /** Row-major. */
  data: Float32Array;
}

/** What a float64 device takes, and for a float32 one also what needs no conversion. */
export type PlaceableMatrix = Matrix | SingleMatrix;

export interface DeviceInfo {
  /** As written on the command line: "onnx-cpu", "reference". */
  name: string;
  /** As shown to people: "ONNX Runtime CPU · float64 · 2 threads". */
  title: string;
  precision: Precision;
  threads: number;
}

/** Whether the model has an intercept, and if so whether X already has its column of ones. */
export type Intercept = boolean | 'included';

export interface Device {
  readonly info: DeviceInfo;
  /** Products over the entries of a shifted matrix alone, where the device's processor has them. */
  readonly overEntries?: ProductsOverEntries;
  /**
   * A quicker device of single precision, on which linear systems are solved to a few digits at a time. This
   * one, of double precision, then certifies: it computes every gradient and residual that a result rests on.
   */
  readonly solver?: Device;
  /** Puts X (n×d) on the device, with a final column of ones when `intercept`; p = d (+ 1). Dense data with its ones "included" are used in place. */
  place(X: PlaceableMatrix, intercept: Intercept): Promise<PlacedMatrix>;
  /** A (m×k) · B (k×n), or A · Bᵀ with B given n×k. Row-major, float64 in and out. */
  multiply(
    A: Float64Array,
    B: Float64Array,
    m: number,
    k: number,
    n: number,
    transposeB?: boolean,
  ): Promise<Float64Array>;
  /**
   * A (m×k) · Bᵀ (B n×k) into `out` (m×n), in single precision and without a conversion: for results too many to
   * convert. Devices of single precision only.
   */
  multiplySingle?(A: Float32Array, B: Float32Array, m: number, k: number, n: number, out: Float32Array): Promise<void>;
  dispose(): Promise<void>;
}

export interface ProductsOverEntries {
  /** The share of entries up to which they are quicker than the device's dense products. */
  share: number;
  /** @param intercept whether X's last column is the intercept's */
  place(X: ShiftedMatrix, intercept: boolean): PlacedMatrix;
}

/** X̃ = [X 1] on the device. */
export interface PlacedMatrix {
  readonly rows: number;
  /** p, the intercept's column included. */
  readonly columns: number;
  readonly intercept: boolean;
  /** P (C×p) → P·X̃ᵀ (C×n): margins of C parameter vectors. */
  margins(P: Float64Array): Promise<Float64Array>;
  /** R (C×n) → R·X̃ (C×p): weighted sums of rows, such as gradients. */
  combine(R: Float64Array): Promise<Float64Array>;
  /** X̃ᵀ diag(v) X̃ for v of length n: p×p, symmetric. */
  gram(v: Float64Array): Promise<Float64Array>;
  /** The diagonal of that, length p. */
  gramDiagonal(v: Float64Array): Promise<Float64Array>;
  /** Numbers of X̃ that a product goes through: the entries where only they are kept, else n·p. */
  readonly entries: number;
  /**
   * Opens B groups side by side around fitted logits.
   * @param base  L×n: the logits z at θ̂.
   * @param keep  B×n: the row's sample weight where it stays, 0 where it is removed.
   */
  openBatch(base: Float64Array, keep: RowWeights, logits: number): GroupBatch;
  /**
   * Sums over each group's own rows: Σ over its members of R(·, i) x̃ᵢ, such as the gradient g(w).
   * @param R L×n
   * @returns B·L×p
   */
  combineGroups(R: Float64Array, members: readonly Int32Array[]): Promise<Float64Array>;
  /**
   * Weighted sums of the change of the rows' losses when the logits move by X̃δ, each
   * term ℓᵢ(θ̂+δ) − ℓᵢ(θ̂) computed without cancellation.
   * @param base    L×n logits at θ̂
   * @param y       class index per row
   * @param weights S×n, shared by the groups, when `sharing` is "shared"; B×n, one row per group, when "own"
   * @param delta   B·L×p
   * @returns B×S when shared, B×1 when own
   */
  lossChange(
    base: Float64Array,
    y: Int32Array,
    weights: RowWeights,
    sharing: 'shared' | 'own',
    delta: Float64Array,
    logits: number,
  ): Promise<Float64Array>;
  /**
   * The part of a weighted sum of losses that is not linear in δ: Σ wᵢ [ℓᵢ(z + X̃δ) − ℓᵢ(z) − ℓᵢ′(z)X̃δ], each
   * term ≥ 0 and independent of the label, so that single precision keeps its digits. Absent where the device's
   * elementary functions are not accurate to a few units in the last place.
   * @param base    L×n logits at θ̂
   * @param weights S×n, shared by the groups, or each group's own
   * @param delta   B·L×p
   * @returns B×S (S = 1 for groups' own weights), or null when a step is too large for single precision
   */
  lossCurve?(
    base: Float64Array,
    weights: Float64Array | GroupWeights,
    delta: Float64Array,
    logits: number,
  ): Promise<Float64Array | null>;
  dispose(): void;
}

/**
 * B removals in progress. "The held point" is the δ of the last gradientChange
 * (0 before the first one).
 */
export interface GroupBatch {
  readonly groups: number;
  /**
   * Moves the held point to δ (B·L×p).
   * @returns B·L×p: X̃ᵀ[keep ∘ (p(z + X̃δ) − p(z))], by a difference that does not cancel
   */
  gradientChange(delta: Float64Array): Promise<Float64Array>;
  /** The same without moving the held point: quicker where the curvature is not asked for afterwards. */
  gradientAt(delta: Float64Array): Promise<Float64Array>;
  /**
   * P (B·L×p) → X̃ᵀ[keep ∘ V(held) ∘ (X̃P)], V the Jacobian of the probabilities in the logits; B·L×p.
   * @param into where the result may go, to spare new memory: the caller uses what is returned
   */
  curvatureProduct(P: Float64Array, into?: Float64Array): Promise<Float64Array>;
  /**
   * B×p: Σᵢ keepᵢ vᵢ x̃ᵢ at the held point, vᵢ = p(1 − p) for one logit, min over classes of pₖ for more:
   * a lower bound of the row's curvature, from which a strong-convexity constant is derived.
   */
  curvatureMass(): Promise<Float64Array>;
  /** A new batch of the groups at `indices` (ascending) at their held points; this one stays as it is. */
  select(indices: Int32Array): GroupBatch;
}
