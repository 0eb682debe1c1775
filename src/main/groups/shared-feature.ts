import type { Group } from '../../shared/group.ts';
import type { Matrix } from '../../shared/matrix.ts';
import type { GroupContext } from './group-context.ts';
import { groupId, groupLabel } from './group-naming.ts';
import { openStream } from './random-stream.ts';

/**
 * `sharedFeature`: for each size a feature, uniformly among those that vary; the training rows sorted by its
 * value, ties by row number; and a contiguous window of that size around a uniformly drawn position, moved
 * inwards where it would leave the ends. No groups, and a remark, when every feature is constant.
 */
export async function sharedFeatureGroups(context: GroupContext): Promise<Group[]> {
  const { X } = context.design.train;
  const n = X.rows;
  const varying = varyingFeatures(X);
  if (varying.length === 0) {
    context.note('Shared feature value: left out, because every feature is constant on the training rows.');
    return [];
  }
  const stream = openStream(context.seed, 'sharedFeature');
  const orders = new Map<number, SortedFeature>();
  return context.sizes.map((size, index) => {
    context.checkCancelled();
    const feature = varying[stream.below(varying.length)];
    const centre = stream.below(n);
    const sorted = orders.get(feature) ?? sortByFeature(X, feature);
    orders.set(feature, sorted);
    const start = Math.min(Math.max(centre - Math.floor(size / 2), 0), n - size);
    const window = sorted.order.subarray(start, start + size);
    const name = context.design.featureNames[feature] ?? `feature ${feature}`;
    return {
      id: groupId('sharedFeature', index, context.sizes.length),
      origin: 'sharedFeature',
      label: groupLabel(['Shared feature value', name], size, n),
      members: window.slice().sort(),
      parameters: {
        size,
        feature: name,
        featureIndex: feature,
        centreRow: sorted.order[centre],
        lowestValue: sorted.values[window[0]],
        highestValue: sorted.values[window[size - 1]],
      },
    };
  });
}

interface SortedFeature {
  values: Float64Array;
  /** Rows by ascending value, ties by row number. */
  order: Int32Array;
}

function sortByFeature(X: Matrix, feature: number): SortedFeature {
  const values = featureValues(X, feature);
  const order = Int32Array.from(values, (_, row) => row);
  order.sort((a, b) => values[a] - values[b] || a - b);
  return { values, order };
}

function featureValues(X: Matrix, feature: number): Float64Array {
  const values = new Float64Array(X.rows);
  if (X.kind === 'dense') {
    for (let i = 0; i < X.rows; i++) values[i] = X.data[i * X.columns + feature];
    return values;
  }
  for (let i = 0; i < X.rows; i++) {
    for (let k = X.indptr[i]; k < X.indptr[i + 1]; k++) if (X.indices[k] === feature) values[i] = X.values[k];
  }
  return values;
}

/** Features with at least two different values. */
function varyingFeatures(X: Matrix): number[] {
  const lowest = new Float64Array(X.columns).fill(Infinity);
  const highest = new Float64Array(X.columns).fill(-Infinity);
  const stored = new Int32Array(X.columns);
  const see = (feature: number, value: number): void => {
    if (value < lowest[feature]) lowest[feature] = value;
    if (value > highest[feature]) highest[feature] = value;
    stored[feature]++;
  };
  if (X.kind === 'dense') {
    for (let at = 0, i = 0; i < X.rows; i++) for (let j = 0; j < X.columns; j++) see(j, X.data[at++]);
  } else {
    for (let k = 0; k < X.indptr[X.rows]; k++) see(X.indices[k], X.values[k]);
    for (let j = 0; j < X.columns; j++) if (stored[j] < X.rows) see(j, 0);
  }
  return Array.from(lowest.keys()).filter((j) => lowest[j] < highest[j]);
}
