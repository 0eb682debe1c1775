/** Which groups a source will have, and how large, told before anything is fitted. */
import type { Dataset } from '../../shared/dataset.ts';
import type { ExpectedGroups } from '../../shared/named-group.ts';
import type { ConstructorName } from '../../shared/quantities.ts';
import type { GroupSource } from '../../shared/study-spec.ts';
import { classLabels } from '../datasets/class-labels.ts';
import { groupSizes, influencePhases } from './group-sizes.ts';
import { leftOutRows } from './leave-one-out.ts';
import { naturalGroups } from './natural-groups.ts';

const BINS = 20;
const MOST_NAMED = 12;

/**
 * One entry per constructor, or one for the other sources; none for a file, whose rows are read when the study starts.
 * Exact for what needs no model: random groups, windows of a feature, columns, single rows, row lists. Clusters, and
 * phases of influence (`testPoints` of them), are told as an upper limit.
 * @throws LeverageError 'invalidInput' as the sources themselves do
 */
export function expectedGroups(source: GroupSource, dataset: Dataset, testPoints: number): ExpectedGroups[] {
  const { trainRows } = dataset;
  if ('constructors' in source) {
    const sizes = groupSizes(trainRows, source.sizes);
    return [...new Set(source.constructors)].map((origin) => {
      const { formed, atMost } = constructed(origin, sizes, dataset, testPoints);
      return { ...distribution(formed), origin, atMost, named: [], covered: null };
    });
  }
  if ('leaveOneOut' in source) {
    const { count } = leftOutRows(source.leaveOneOut, trainRows);
    return [
      {
        origin: 'leaveOneOut',
        ...{ count, atMost: false, smallest: 1, median: 1, largest: 1, named: [], covered: count },
        histogram: Array.from({ length: BINS }, (_, bin) => (bin === BINS - 1 ? count : 0)),
      },
    ];
  }
  if ('members' in source) {
    return [
      named(
        'manual',
        source.members.map(({ id, label, rows }) => ({ label: label ?? id, rows })),
        dataset,
      ),
    ];
  }
  if (!('column' in source)) return [];
  const column = dataset.columns.find(({ name }) => name === source.column);
  const groups = column === undefined ? [] : naturalGroups(column, trainRows, source);
  return [
    named(
      'natural',
      groups.map(({ label, members }) => ({ label, rows: members })),
      dataset,
    ),
  ];
}

function constructed(
  origin: ConstructorName,
  sizes: readonly number[],
  dataset: Dataset,
  testPoints: number,
): { formed: number[]; atMost: boolean } {
  switch (origin) {
    case 'random':
      return { formed: [...sizes], atMost: false };
    case 'sharedFeature':
      // None at all when every feature is constant: that is seen when they are formed.
      return { formed: [...sizes], atMost: false };
    case 'randomWithinClass': {
      const most = Math.max(0, ...classCounts(dataset));
      return { formed: sizes.filter((size) => size <= most), atMost: false };
    }
    case 'featureClusters':
    case 'gradientClusters':
      return { formed: [...sizes], atMost: true };
    case 'positiveInfluence':
    case 'negativeInfluence': {
      const once = influencePhases(sizes, dataset.trainRows).flatMap((phase) => phase.sizes);
      return { formed: Array.from({ length: testPoints }, () => once).flat(), atMost: false };
    }
  }
}

/** Training rows per class. @param rows those that count; all when left out */
export function classCounts(dataset: Dataset, rows?: ArrayLike<number>): number[] {
  const { classes, index } = classLabels(dataset);
  const counts = classes.map(() => 0);
  const add = (row: number): void => {
    if (index[row] >= 0) counts[index[row]] += 1;
  };
  if (rows === undefined) for (let row = 0; row < dataset.trainRows; row++) add(row);
  else for (let at = 0; at < rows.length; at++) add(rows[at]);
  return counts;
}

interface LabelledRows {
  label: string;
  rows: ArrayLike<number>;
}

function named(origin: 'natural' | 'manual', groups: readonly LabelledRows[], dataset: Dataset): ExpectedGroups {
  const seen = new Uint8Array(dataset.trainRows);
  for (const { rows } of groups) for (let at = 0; at < rows.length; at++) seen[rows[at]] = 1;
  const largest = groups.toSorted((a, b) => b.rows.length - a.rows.length).slice(0, MOST_NAMED);
  return {
    ...distribution(groups.map(({ rows }) => rows.length)),
    origin,
    atMost: false,
    covered: seen.reduce((sum, one) => sum + one, 0),
    named: largest.map(({ label, rows }) => ({
      label,
      size: rows.length,
      classCounts: classCounts(dataset, rows),
    })),
  };
}

function distribution(
  sizes: readonly number[],
): Pick<ExpectedGroups, 'count' | 'smallest' | 'median' | 'largest' | 'histogram'> {
  const sorted = Float64Array.from(sizes).sort();
  const count = sorted.length;
  const histogram = new Array<number>(BINS).fill(0);
  if (count === 0) return { count, smallest: 0, median: 0, largest: 0, histogram };
  const largest = sorted[count - 1];
  for (const size of sorted) histogram[largest === 0 ? 0 : Math.min(BINS - 1, Math.floor((size / largest) * BINS))]++;
  return {
    count,
    smallest: sorted[0],
    median: (sorted[(count - 1) >> 1] + sorted[count >> 1]) / 2,
    largest,
    histogram,
  };
}
