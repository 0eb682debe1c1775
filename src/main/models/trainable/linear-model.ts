/** Models whose outputs are linear in θ: everything but the training. θ is L×p, each output's weights with its intercept last. */
import { featureRows, type FeatureRows } from './feature-rows.ts';
import type { Matrix } from '../../../shared/matrix.ts';
import { scoreOf, type OutputLoss } from './output-loss.ts';
import type { ModelKind, Split, TrainableModel } from './trainable-model.ts';

export interface LinearParts {
  kind: ModelKind;
  X: { train: Matrix; test: Matrix };
  intercept: boolean;
  targets: { train: Float64Array; test: Float64Array };
  weights: Float64Array;
  /** Absolute λ; not on the intercept. */
  lambda: number;
  loss: OutputLoss;
}

/** A linear model that does not yet know how it is trained. */
export interface LinearModel extends Omit<TrainableModel, 'train'> {
  readonly trainRows: FeatureRows;
  /** ∂²ℓᵢ/∂z² of every training row; of models with one output. */
  rowCurvatures(theta: Float64Array): Float64Array;
}

/** Sums run over the rows in the order given, so that the same call has the same rounding. */
export function linearModel(parts: LinearParts): LinearModel {
  const { kind, X, intercept, targets, weights, lambda, loss } = parts;
  const rowsOf: Record<Split, FeatureRows> = {
    train: featureRows(X.train, intercept),
    test: featureRows(X.test, intercept),
  };
  const L = loss.outputs;
  const p = rowsOf.train.width;
  const q = L * p;
  const penalty = new Float64Array(q);
  for (let j = 0; j < q; j++) if (!(intercept && j % p === p - 1)) penalty[j] = lambda;

  const outputsInto = (features: FeatureRows, i: number, theta: Float64Array, z: Float64Array, at: number): void => {
    for (let k = 0; k < L; k++) z[at + k] = features.dot(i, theta, k * p);
  };
  const outputs = (theta: Float64Array, split: Split, rows?: Int32Array): Float64Array => {
    const features = rowsOf[split];
    const count = rows?.length ?? features.rows;
    const z = new Float64Array(count * L);
    for (let at = 0; at < count; at++) outputsInto(features, rows?.[at] ?? at, theta, z, at * L);
    return z;
  };
  const outputGradients = (theta: Float64Array, split: Split, rows: Int32Array): Float64Array => {
    const z = outputs(theta, split, rows);
    const out = new Float64Array(z.length);
    rows.forEach((i, at) => loss.gradient(z, at * L, targets[split][i], out));
    return out;
  };

  return {
    kind,
    parameterCount: q,
    rows: { train: rowsOf.train.rows, test: rowsOf.test.rows },
    targets,
    weights,
    penalty,
    outputs: L,
    lastLayer: { offset: 0, length: q },
    recipe: null,
    trainRows: rowsOf.train,
    rowCurvatures(theta) {
      const z = outputs(theta, 'train');
      const one = Float64Array.of(1);
      const h = new Float64Array(1);
      return z.map((_, i) => {
        loss.curvature(z.subarray(i, i + 1), 0, targets.train[i], one, h);
        return h[0];
      });
    },
    async losses(theta, split, rows) {
      const z = outputs(theta, split, rows);
      return Float64Array.from({ length: z.length / L }, (_, at) =>
        loss.value(z, at * L, targets[split][rows?.[at] ?? at]),
      );
    },
    logits: async (theta, split, rows) => outputs(theta, split, rows),
    score: async (theta, split) => scoreOf(loss, outputs(theta, split), targets[split]),
    outputGradients: async (theta, split, rows) => outputGradients(theta, split, rows),
    async lastInputs(_theta, split, rows) {
      const d = X[split].columns;
      const out = new Float64Array(rows.length * d);
      rows.forEach((i, at) => rowsOf[split].copy(i, out, at * d));
      return out;
    },
    async gradients(theta, split, rows) {
      const r = outputGradients(theta, split, rows);
      const out = new Float64Array(rows.length * q);
      rows.forEach((i, at) => {
        for (let k = 0; k < L; k++) rowsOf[split].add(i, r[at * L + k], out, at * q + k * p);
      });
      return out;
    },
    async gradientProducts(theta, split, rows, vectors) {
      const r = outputGradients(theta, split, rows);
      const V = vectors.length / q;
      const out = new Float64Array(rows.length * V);
      rows.forEach((i, at) => {
        for (let v = 0; v < V; v++) {
          let sum = 0;
          for (let k = 0; k < L; k++) sum += r[at * L + k] * rowsOf[split].dot(i, vectors, v * q + k * p);
          out[at * V + v] = sum;
        }
      });
      return out;
    },
    async outputPullback(_theta, split, rows, cotangents) {
      const out = new Float64Array(q);
      rows.forEach((i, at) => {
        for (let k = 0; k < L; k++) rowsOf[split].add(i, cotangents[at * L + k], out, k * p);
      });
      return out;
    },
    async gradientSum(theta, split, rows, rowWeights) {
      const r = outputGradients(theta, split, rows);
      const out = new Float64Array(q);
      rows.forEach((i, at) => {
        if (rowWeights[at] === 0) return;
        for (let k = 0; k < L; k++) rowsOf[split].add(i, rowWeights[at] * r[at * L + k], out, k * p);
      });
      return out;
    },
    async pullBack(_theta, split, rows, dz) {
      const out = new Float64Array(q);
      rows.forEach((i, at) => {
        for (let k = 0; k < L; k++) rowsOf[split].add(i, dz[at * L + k], out, k * p);
      });
      return out;
    },
    // Linear outputs have no second derivative: both forms are X̃ᵀ(∂²ℓ/∂z²)X̃.
    async curvatureProduct(theta, rows, rowWeights, v) {
      const features = rowsOf.train;
      const out = new Float64Array(q);
      const z = new Float64Array(L);
      const dz = new Float64Array(L);
      const h = new Float64Array(L);
      rows.forEach((i, at) => {
        if (rowWeights[at] === 0) return;
        outputsInto(features, i, theta, z, 0);
        outputsInto(features, i, v, dz, 0);
        loss.curvature(z, 0, targets.train[i], dz, h);
        for (let k = 0; k < L; k++) features.add(i, rowWeights[at] * h[k], out, k * p);
      });
      return out;
    },
  };
}
