/** What training and retraining cost for models of the TrainableModel interface, from their shapes and measured rates. */
import type { Dataset } from '../../shared/dataset.ts';
import { isNetwork, type NetworkSpec } from '../../shared/study-spec.ts';
import type { Estimator } from '../../shared/quantities.ts';
import { cnn, denseLayers, mlp, type Network } from '../networks/architecture.ts';
import type { TrainableSpec } from '../networks/study-model.ts';

export interface TrainableShape {
  n: number;
  testRows: number;
  /** Features, and one for the intercept. */
  p: number;
  outputs: number;
  groups: number;
  evaluations: number;
}

/** Multiplications and additions per second, measured on digits and MNIST with two cores: TensorFlow.js's WASM backend and plain TypeScript. */
const TRAINING_RATE = { single: 3e9, double: 1.2e9 };
/** Conjugate-gradient products of a damped Gauss–Newton solve, and of a group's retraining by Newton's method. */
const SOLVE_PRODUCTS = 150;
const RETRAIN_PRODUCTS = 40;

/** Seconds and bytes; exact to a factor of about 3. */
export function planTrainable(
  spec: TrainableSpec,
  dataset: Dataset,
  estimators: readonly Estimator[],
  shape: TrainableShape,
): { seconds: number; bytes: number } {
  const { n, testRows, p, groups, evaluations } = shape;
  const features = 8 * (n + testRows) * p;
  const solvesPerGroup = estimators.filter((name) => name !== 'actual' && name !== 'influence').length;
  const retrains = estimators.includes('actual') ? 1 : 0;
  if (!isNetwork(spec)) {
    const product = (4 * n * p) / TRAINING_RATE.double;
    const factor = (n * p ** 2 + p ** 3 / 3) / TRAINING_RATE.double;
    const perGroup = RETRAIN_PRODUCTS * product * (retrains + solvesPerGroup);
    return { seconds: factor + groups * perGroup + evaluations * 10 * product, bytes: 2 * features + 16 * p * p };
  }
  const network = networkOfShape(spec, dataset, shape);
  const q = network.parameterCount;
  // Forward; a backward pass is two more.
  const flops = denseLayers(network).reduce(
    (sum, { positions, inputs, outputs }) => sum + 2 * positions * inputs * outputs,
    0,
  );
  const rate = spec.training.device === 'float64' ? TRAINING_RATE.double : TRAINING_RATE.single;
  const training = (spec.training.epochs * flops * (3 * n + n + testRows)) / rate;
  const solve = (SOLVE_PRODUCTS * flops * 4 * n) / TRAINING_RATE.double;
  return {
    seconds: training * (1 + groups * retrains) + solve * (evaluations + groups * solvesPerGroup),
    bytes: 2 * features + 8 * q * (evaluations * 2 + 12) + 8 * 5 * 4e6,
  };
}

function networkOfShape(spec: NetworkSpec, { image }: Dataset, { p, outputs }: TrainableShape): Network {
  const { hidden, activation } = spec;
  if (spec.kind === 'cnn' && image !== null)
    return cnn({ image, channels: spec.channels, hidden, outputs, activation });
  return mlp({ inputs: p - 1, outputs, hidden, activation });
}
