/** Effects of one study as vectors, and the figures that the claims are judged by. */
import type { Group } from '../../shared/group.ts';
import type { Estimator, Evaluation, Quantity } from '../../shared/quantities.ts';
import { quantiles, shareWhere, slopeThroughOrigin, spearman } from '../../shared/statistics.ts';
import type { BundleInput } from '../report/bundle.ts';
import { effectColumn } from '../report/effect-column.ts';

/** Estimate and actual effect of the groups where both are finite. */
export interface Pairs {
  /** Indices of the groups. */
  groups: number[];
  estimate: Float64Array;
  actual: Float64Array;
}

export function pairsOf(
  input: BundleInput,
  evaluation: Evaluation,
  estimator: Estimator,
  of: (group: Group) => boolean = () => true,
): Pairs {
  const estimates = effectColumn(input.effects, evaluation, estimator);
  const actuals = effectColumn(input.effects, evaluation, 'actual');
  const groups = [...estimates.keys()].filter(
    (g) => Number.isFinite(estimates[g]) && Number.isFinite(actuals[g]) && of(input.groups[g]),
  );
  return {
    groups,
    estimate: Float64Array.from(groups, (g) => estimates[g]),
    actual: Float64Array.from(groups, (g) => actuals[g]),
  };
}

export function evaluationsOf({ evaluations }: Pick<BundleInput, 'evaluations'>, quantity: Quantity): Evaluation[] {
  return evaluations.filter((evaluation) => evaluation.quantity === quantity);
}

export const rho = ({ estimate, actual }: Pairs): number => spearman(estimate, actual);

/** Share of groups with |estimate| < |actual| among those that `of` accepts. */
export function underestimated({ estimate, actual }: Pairs, of: (actual: number) => boolean = () => true): number {
  const kept = [...actual.keys()].filter((k) => of(actual[k]));
  return shareWhere(kept.length, (k) => Math.abs(estimate[kept[k]]) < Math.abs(actual[kept[k]]));
}

export function sameSign({ estimate, actual }: Pairs): number {
  return shareWhere(actual.length, (k) => Math.sign(estimate[k]) === Math.sign(actual[k]));
}

/** Median over the groups of |estimate − actual| / |actual|, groups without an effect left out. */
export function relativeError({ estimate, actual }: Pairs): number {
  const errors = [...actual.keys()].flatMap((k) =>
    actual[k] === 0 ? [] : [Math.abs(estimate[k] - actual[k]) / Math.abs(actual[k])],
  );
  return quantiles(Float64Array.from(errors), [0.5])[0];
}

/** Actual effect per unit of the estimate. */
export const slope = ({ estimate, actual }: Pairs): number => slopeThroughOrigin(estimate, actual);
