/** How well the estimators agree with the actual effect, over all groups and per constructor. */
import type { Group } from './group.ts';
import { ESTIMATOR_TITLE, GROUP_ORIGIN_TITLE } from './quantities.ts';
import type { Estimator, Evaluation, GroupOrigin } from './quantities.ts';
import { pearson, quantiles, shareWhere, slopeThroughOrigin, spearman } from './statistics.ts';
import type { Agreement, Retraining } from './study.ts';

/** What an agreement has to know of a group; its certificate, where it is retrained, tells whether its actual effect is exact. */
export type AgreementGroup = Pick<Group, 'origin'> & { retraining?: Pick<Retraining, 'converged'> | null };

/**
 * One `Agreement` per evaluation, estimator other than 'actual', and set of groups: "all" first, then
 * each origin that occurs, in the order of `GROUP_ORIGIN_TITLE`. A pair with an effect that is NaN or
 * infinite on either side is left out of the statistics and counted in `skipped`; a group retrained short of the tolerance is
 * in the statistics and counted in `unconverged`. Nothing to compare
 * with (no 'actual') gives no agreements; no pair gives NaN statistics with count 0.
 *
 * @param values value(e, s, g) = values[(e · estimators.length + s) · groups.length + g]
 */
export function agreements(
  evaluations: readonly Evaluation[],
  estimators: readonly Estimator[],
  groups: readonly AgreementGroup[],
  values: Float64Array,
): Agreement[] {
  const actualIndex = estimators.indexOf('actual');
  if (actualIndex < 0) return [];
  const sets = groupSets(groups);
  const vector = (evaluation: number, estimator: number): Float64Array => {
    const start = (evaluation * estimators.length + estimator) * groups.length;
    return values.subarray(start, start + groups.length);
  };
  return evaluations.flatMap(({ quantity, target }, e) => {
    const actual = vector(e, actualIndex);
    return estimators.flatMap((estimator, s) => {
      if (s === actualIndex) return [];
      const estimate = vector(e, s);
      return sets.map((set) => ({
        quantity,
        target,
        estimator,
        groups: set.origin,
        ...compare(estimate, actual, set.indices, groups),
      }));
    });
  });
}

interface GroupSet {
  origin: GroupOrigin | 'all';
  indices: readonly number[];
}

function groupSets(groups: readonly AgreementGroup[]): GroupSet[] {
  const byOrigin = new Map<GroupOrigin, number[]>();
  groups.forEach(({ origin }, g) => {
    const indices = byOrigin.get(origin);
    if (indices === undefined) byOrigin.set(origin, [g]);
    else indices.push(g);
  });
  const all: GroupSet = { origin: 'all', indices: groups.map((_, g) => g) };
  const order = Object.keys(GROUP_ORIGIN_TITLE) as GroupOrigin[];
  const each = order.flatMap((origin) => {
    const indices = byOrigin.get(origin);
    return indices === undefined ? [] : [{ origin, indices }];
  });
  return [all, ...each];
}

type Statistics = Omit<Agreement, 'quantity' | 'target' | 'estimator' | 'groups'>;

/** The statistics of one scatter: `estimate` against `actual` over the groups at `indices`. */
function compare(
  estimate: Float64Array,
  actual: Float64Array,
  indices: readonly number[],
  groups: readonly AgreementGroup[],
): Statistics {
  const x = new Float64Array(indices.length);
  const y = new Float64Array(indices.length);
  let count = 0;
  let unconverged = 0;
  for (const g of indices) {
    if (!Number.isFinite(estimate[g]) || !Number.isFinite(actual[g])) continue;
    x[count] = estimate[g];
    y[count] = actual[g];
    count++;
    if (groups[g].retraining?.converged === false) unconverged++;
  }
  const a = x.subarray(0, count);
  const b = y.subarray(0, count);
  return {
    count,
    skipped: indices.length - count,
    ...(unconverged > 0 ? { unconverged } : {}),
    spearman: spearman(a, b),
    pearson: pearson(a, b),
    slope: slopeThroughOrigin(a, b),
    underestimated: shareWhere(count, (i) => Math.abs(a[i]) < Math.abs(b[i])),
    // Zero has a sign of its own: an estimate of 0 agrees with an actual 0 only.
    sameSign: shareWhere(count, (i) => Math.sign(a[i]) === Math.sign(b[i])),
    ...relativeErrors(a, b),
  };
}

/** Median and 90th percentile of |a − b| / |b|; two zeros agree. */
function relativeErrors(a: Float64Array, b: Float64Array): { medianError: number; error90: number } {
  const errors = a.map((value, i) => (value === b[i] ? 0 : Math.abs(value - b[i]) / Math.abs(b[i])));
  const [medianError, error90] = quantiles(errors, [0.5, 0.9]);
  return { medianError, error90 };
}

/**
 * One line of words for under a chart: "ρ = .995 · underestimates 87 % of groups · same sign 99 %".
 * A figure is never rounded up to perfection: ρ = 1.000, 100 % and 0 % are said only when exact.
 */
export function describeAgreement(agreement: Agreement): string {
  const { count, skipped = 0, unconverged = 0 } = agreement;
  const left = skipped === 0 ? [] : [`${skipped} ${skipped === 1 ? 'group' : 'groups'} without both effects left out`];
  if (unconverged > 0)
    left.push(`${unconverged} ${unconverged === 1 ? 'group' : 'groups'} retrained short of the tolerance`);
  if (count === 0) {
    const where = agreement.groups === 'all' ? '' : ` among “${GROUP_ORIGIN_TITLE[agreement.groups]}”`;
    return [`no group has both ${ESTIMATOR_TITLE[agreement.estimator]} and actual effects${where}`, ...left].join(
      ' · ',
    );
  }
  return [
    formatCorrelation(agreement.spearman),
    `underestimates ${formatShare(agreement.underestimated)} of groups`,
    `same sign ${formatShare(agreement.sameSign)}`,
    ...left,
  ].join(' · ');
}

/** "ρ = .995", "ρ = −.143", "ρ > .999" when it is not quite 1, "ρ undefined" for NaN. */
function formatCorrelation(rho: number): string {
  if (Number.isNaN(rho)) return 'ρ undefined';
  if (Math.abs(rho) === 1) return rho === 1 ? 'ρ = 1.000' : 'ρ = −1.000';
  const digits = Math.abs(rho).toFixed(3);
  if (digits === '1.000') return rho > 0 ? 'ρ > .999' : 'ρ < −.999';
  return `ρ = ${rho < 0 && digits !== '0.000' ? '−' : ''}${digits.slice(1)}`;
}

function formatShare(share: number): string {
  const percent = Math.round(share * 100);
  if (percent === 100 && share < 1) return '> 99 %';
  if (percent === 0 && share > 0) return '< 1 %';
  return `${percent} %`;
}
