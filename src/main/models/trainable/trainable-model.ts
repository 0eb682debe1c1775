/**
 * What an estimator needs of a model, and no more.
 * Objective: Σᵢ sᵢ ℓᵢ(θ) + ½ Σⱼ penaltyⱼ θⱼ² (sum form, method.md §1); losses, gradients and curvature below are unweighted
 * and without the penalty unless they say otherwise. Nothing here changes a model: θ is always given.
 */

export type Split = 'train' | 'test';

export type ModelKind = 'logistic' | 'softmax' | 'ridge' | 'smoothHinge' | 'mlp' | 'cnn';

/** 'gaussNewton': Jᵀ (∂²ℓ/∂z²) J, positive semi-definite; for linear models the same as 'hessian'. */
export type CurvatureForm = 'hessian' | 'gaussNewton';

export interface TrainableModel {
  readonly kind: ModelKind;
  /** q */
  readonly parameterCount: number;
  readonly rows: { train: number; test: number };
  /** Class index (0…K−1) per row, or the number that ridge regression fits. */
  readonly targets: { train: Float64Array; test: Float64Array };
  /** sᵢ of the data: ones where the dataset has no weights. */
  readonly weights: Float64Array;
  /** q: λ on regularised coordinates, else 0. */
  readonly penalty: Float64Array;
  /** K logits, or 1 (two classes: the logit of the second; regression: the prediction). */
  readonly outputs: number;
  /** The coordinates of θ that are the last linear layer, for last-layer forms; all of θ for linear models. */
  readonly lastLayer: { offset: number; length: number };
  /** How `train` steps, for estimators that follow the steps; null when it solves for the optimum itself. */
  readonly recipe: TrainingRecipe | null;
  /** ℓᵢ(θ) of the rows (all when left out). */
  losses(theta: Float64Array, split: Split, rows?: Int32Array): Promise<Float64Array>;
  /** rows×outputs, row-major. */
  logits(theta: Float64Array, split: Split, rows?: Int32Array): Promise<Float64Array>;
  /** Share of rows whose class is right; for numbers R². */
  score(theta: Float64Array, split: Split): Promise<number>;
  /** rows×outputs: ∂ℓᵢ/∂zᵢ. */
  outputGradients(theta: Float64Array, split: Split, rows: Int32Array): Promise<Float64Array>;
  /** rows×width: what the last linear layer multiplies (the features themselves for linear models), without the bias's 1. */
  lastInputs(theta: Float64Array, split: Split, rows: Int32Array): Promise<Float64Array>;
  /** rows×q: ∇ℓᵢ(θ). */
  gradients(theta: Float64Array, split: Split, rows: Int32Array): Promise<Float64Array>;
  /** rows×V: ∇ℓᵢᵀv for the V vectors (V×q), without ever holding rows×q. */
  gradientProducts(theta: Float64Array, split: Split, rows: Int32Array, vectors: Float64Array): Promise<Float64Array>;
  /** q: Σ Jᵢᵀcᵢ, J the Jacobian of a row's outputs and c the rows×outputs cotangents. */
  outputPullback(theta: Float64Array, split: Split, rows: Int32Array, cotangents: Float64Array): Promise<Float64Array>;
  /** q: Σ weights[i] ∇ℓ of rows[i]. */
  gradientSum(theta: Float64Array, split: Split, rows: Int32Array, weights: Float64Array): Promise<Float64Array>;
  /** q: Σ Jᵢᵀ dzᵢ, Jᵢ = ∂zᵢ/∂θ (outputs×q); dz rows×outputs. Of a margin, a logit, or any other function of the outputs. */
  pullBack(theta: Float64Array, split: Split, rows: Int32Array, dz: Float64Array): Promise<Float64Array>;
  /** q: (Σ weights[i] ∇²ℓ of the training row rows[i]) v. */
  curvatureProduct(
    theta: Float64Array,
    rows: Int32Array,
    weights: Float64Array,
    v: Float64Array,
    form: CurvatureForm,
  ): Promise<Float64Array>;
  /** An approximate H_λ⁻¹r over all rows near θ, to precondition conjugate gradients with; absent where there is none. */
  precondition?(theta: Float64Array): (r: Float64Array) => Float64Array;
  /** Deterministic for (seed, weights, from, device). Throws LeverageError: `cancelled`, `numerical` when it diverges. */
  train(options: TrainOptions): Promise<TrainedModel>;
}

export interface TrainOptions {
  /** sᵢ per training row: 0 leaves a row out. The model's own weights when left out. */
  weights?: Float64Array;
  /** Where to start; the seed's initialisation (linear models: 0) when left out. */
  from?: Float64Array;
  /** Initialisation and order of the rows. Linear models have one optimum and ignore it. */
  seed: number;
  signal?: AbortSignal;
  /** Called before each step; what it throws ends the training. */
  checkCancelled?(): void;
  /** After each epoch, and once before the first. The state resumes from here. */
  onEpoch?(point: CurvePoint, state: TrainingState): void | Promise<void>;
  /** Before each step, with the θ that it starts from (not to be changed or kept): the exact trajectory. */
  onStep?(step: TrainingStep): void | Promise<void>;
  /** Goes on from a state that `onEpoch` gave, to the same numbers as without an interruption. */
  resume?: TrainingState;
}

export interface TrainedModel {
  theta: Float64Array;
  /** In order; the last is θ. Linear models: the optimum alone. */
  checkpoints: Checkpoint[];
  curve: CurvePoint[];
  /** Whether ‖∇‖ is below what the model promises (linear: 1e-10·Σs; networks: the recipe's `gradientGoal`). */
  converged: boolean;
  /** ‖∇ objective‖₂ at θ, over all rows, penalty included, float64. */
  gradientNorm: number;
}

export interface Checkpoint {
  theta: Float64Array;
  /** η of the epoch that led here (sum over its steps divided by their number). */
  learningRate: number;
  /** Epochs done. */
  epoch: number;
  /** Steps done. */
  step: number;
}

export interface CurvePoint {
  epoch: number;
  /** Weighted mean of sᵢℓᵢ over the training rows, without penalty. */
  trainLoss: number;
  testLoss: number;
  /** Share of test rows whose class is right; for regression R² on the test rows. */
  accuracy: number;
}

export interface TrainingStep {
  /** From 0. */
  step: number;
  epoch: number;
  /** Training rows of the batch; a row of weight 0 keeps its place and adds nothing. */
  rows: Int32Array;
  learningRate: number;
  theta: Float64Array;
}

/** All that the next epoch depends on. */
export interface TrainingState {
  theta: Float64Array;
  /** The optimiser's memory: velocity (momentum), first and second moments one after the other (Adam), empty (SGD). */
  memory: Float64Array;
  epoch: number;
  step: number;
  checkpoints: Checkpoint[];
  curve: CurvePoint[];
}

/**
 * One step on the batch B, n = training rows, η of the step:
 *   g = (1/|B|) Σ_{i∈B} sᵢ ∇ℓᵢ(θ) + (penalty/n)∘θ          (the mean form of the objective; |B| and n count rows of weight 0 too)
 *   sgd:      θ ← θ − ηg
 *   momentum: v ← μv + g, θ ← θ − ηv
 *   adam:     m ← β₁m + (1−β₁)g, u ← β₂u + (1−β₂)g², θ ← θ − η m̂/(√û + ε), β₁ = .9, β₂ = .999, ε = 1e-8, bias-corrected
 */
export interface TrainingRecipe {
  optimiser: 'sgd' | 'momentum' | 'adam';
  /** μ; used by 'momentum'. */
  momentum: number;
  learningRate: number;
  schedule: 'constant' | 'cosine' | 'step';
  batchSize: number;
  epochs: number;
  /** A checkpoint after every so many epochs, and after the last. */
  checkpointEvery: number;
  /** ‖∇ objective‖/Σs below which training stops early and counts as converged; 0 never stops. */
  gradientGoal: number;
}
