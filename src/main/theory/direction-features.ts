/** Which features a direction of the parameters is about. */
import type { Matrix } from '../../shared/matrix.ts';
import type { NamedDirection } from '../../shared/theory.ts';
import type { ModelOnDevice } from '../models/model-on-device.ts';
import type { RemovalSpectrum } from './removal-spectrum.ts';

/** Directions named per evaluation: those that contribute most. */
const PER_EVALUATION = 3;
const FEATURES = 3;

/** Standard deviation of each column of X over the rows. */
export function columnDeviations(X: Matrix): Float64Array {
  const { rows, columns } = X;
  const sum = new Float64Array(columns);
  const square = new Float64Array(columns);
  const add = (j: number, value: number): void => {
    sum[j] += value;
    square[j] += value * value;
  };
  if (X.kind === 'dense') X.data.forEach((value, at) => add(at % columns, value));
  else X.values.forEach((value, at) => add(X.indices[at], value));
  return sum.map((total, j) => Math.sqrt(Math.max(0, square[j] / rows - (total / rows) ** 2)));
}

/**
 * The features along the directions that contribute most to each evaluation: a feature's share is that of
 * (yⱼ · its standard deviation)², how much the direction moves logits through it. The intercept is left out.
 * @param deviations per feature
 */
export function namedDirections(
  { fitted }: Pick<ModelOnDevice, 'fitted'>,
  deviations: Float64Array,
  { contributions, eigenvalues, direction }: RemovalSpectrum,
): NamedDirection[] {
  const count = eigenvalues.length;
  const chosen = new Set<number>();
  for (let start = 0; start < contributions.length; start += count) {
    const part = contributions.subarray(start, start + count);
    Array.from(part.keys())
      .sort((a, b) => Math.abs(part[b]) - Math.abs(part[a]))
      .slice(0, PER_EVALUATION)
      .forEach((j) => part[j] !== 0 && chosen.add(j));
  }
  const p = fitted.parametersPerLogit;
  return [...chosen].flatMap((rank) => {
    const y = direction(rank);
    if (y === null) return [];
    const weights = deviations.map((deviation, j) => {
      let sum = 0;
      for (let k = j; k < y.length; k += p) sum += y[k] ** 2;
      return sum * deviation ** 2;
    });
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    if (!(total > 0)) return [];
    const features = Array.from(weights.keys())
      .sort((a, b) => weights[b] - weights[a])
      .slice(0, FEATURES)
      .map((j) => ({ name: fitted.featureNames[j], share: weights[j] / total }));
    return [{ rank, features }];
  });
}
