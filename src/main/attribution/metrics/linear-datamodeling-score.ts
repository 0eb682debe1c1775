/**
 * Linear datamodeling score (Park et al. 2023, TRAK, definition 2.3): for each test point, Spearman's correlation over
 * random subsets between the model's output retrained on the subset and the sum of the attributions inside it; the
 * mean over test points. Removing w and keeping its complement differ by a constant on the predicted side, so that
 * the score is the same over removals: Σ_{i∈w} τᵢ against f(θ̂(1−w)) − f(θ̂).
 */
import { spearman } from '../../../shared/statistics.ts';
import { bootstrap, drawn, type BootstrapOptions, type Interval } from './bootstrap.ts';

export interface DatamodelingScore {
  /** Mean over the targets whose correlation is defined; interval over the subsets. */
  score: Interval;
  /** Spearman's ρ per target; NaN where either side is constant. */
  perTarget: Float64Array;
}

/**
 * @param predicted T×M: per target, the summed attribution of each removed subset
 * @param actual T×M: retrained
 */
export function linearDatamodelingScore(
  predicted: Float64Array,
  actual: Float64Array,
  targets: number,
  options: BootstrapOptions,
): DatamodelingScore {
  const subsets = predicted.length / targets;
  const rows = Array.from({ length: targets }, (_, t) => ({
    predicted: predicted.subarray(t * subsets, (t + 1) * subsets),
    actual: actual.subarray(t * subsets, (t + 1) * subsets),
  }));
  const perTarget = Float64Array.from(rows, (row) => spearman(row.predicted, row.actual));
  const score = bootstrap(
    subsets,
    (units) => meanOfDefined(rows.map((row) => spearman(drawn(row.predicted, units), drawn(row.actual, units)))),
    options,
  );
  return { score, perTarget };
}

function meanOfDefined(values: readonly number[]): number {
  const defined = values.filter((value) => !Number.isNaN(value));
  return defined.reduce((sum, value) => sum + value, 0) / defined.length;
}
