/** The order of the table of groups. Pure. */
import { ESTIMATORS, GROUP_ORIGIN_TITLE, type Estimator } from '../../../shared/quantities.ts';
import type { EffectsTable, GroupSummary } from '../../../shared/study.ts';
import { ascendingOrder } from '../../../shared/statistics.ts';
import { effectColumn } from '../../charts/points.ts';

export type SortKey = 'index' | 'label' | 'origin' | 'size' | Estimator;

export interface Sorting {
  key: SortKey;
  descending: boolean;
}

/** Group indices in the order asked for; undefined effects come last either way; ties keep the study's order. */
export function sortGroups(
  groups: readonly GroupSummary[],
  effects: EffectsTable,
  evaluation: number,
  { key, descending }: Sorting,
): number[] {
  const indices = groups.map((_, index) => index);
  const direction = descending ? -1 : 1;
  if (isEstimator(key)) {
    const column = effectColumn(effects, evaluation, key);
    const value = (index: number) => column?.[index] ?? NaN;
    return indices.sort((a, b) => {
      const [x, y] = [value(a), value(b)];
      if (Number.isNaN(x) || Number.isNaN(y)) return Number(Number.isNaN(x)) - Number(Number.isNaN(y)) || a - b;
      return direction * (x - y) || a - b;
    });
  }
  const compare: Record<Exclude<SortKey, Estimator>, (a: GroupSummary, b: GroupSummary) => number> = {
    index: (a, b) => a.index - b.index,
    size: (a, b) => a.size - b.size,
    label: (a, b) => a.label.localeCompare(b.label, 'en', { numeric: true }),
    origin: (a, b) => GROUP_ORIGIN_TITLE[a.origin].localeCompare(GROUP_ORIGIN_TITLE[b.origin]),
  };
  return indices.sort((a, b) => direction * compare[key](groups[a]!, groups[b]!) || a - b);
}

/**
 * The `count` of the chosen groups with the highest effects, highest first; undefined effects last, ties in the
 * study's order. Of a hundred thousand chosen ones too while a person waits.
 */
export function highestGroups(chosen: ReadonlySet<number>, column: Float64Array | null, count: number): number[] {
  const indices = Int32Array.from(chosen).sort();
  const values = Float64Array.from(indices, (index) => {
    const value = column?.[index] ?? NaN;
    return Number.isNaN(value) ? Infinity : -value;
  });
  return Array.from(ascendingOrder(values).subarray(0, count), (at) => indices[at]!);
}

function isEstimator(key: SortKey): key is Estimator {
  return (ESTIMATORS as readonly string[]).includes(key);
}
