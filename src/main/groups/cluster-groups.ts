/** What the two cluster constructors share: a pool of clusters, and groups sampled from them. */
import type { Group } from '../../shared/group.ts';
import type { GroupContext } from './group-context.ts';
import { groupId, groupLabel } from './group-naming.ts';
import { kMeans, seedRows } from './k-means.ts';
import type { PointSet } from './point-set.ts';
import { openStream } from './random-stream.ts';
import { noteSkippedSizes } from './skipped-sizes.ts';
import { cutMerges, MAX_HIERARCHICAL_ROWS, wardMerges } from './ward-clusters.ts';

/** Numbers of clusters that are tried; those above n / 2 are not. */
export const CLUSTER_COUNTS = [4, 8, 16, 32, 64, 128] as const;

interface Cluster {
  method: 'k-means' | 'hierarchical';
  /** Number of clusters of the clustering it belongs to. */
  k: number;
  /** 0…k − 1. */
  index: number;
  members: Int32Array;
}

/**
 * The pool: the clusters of k-means and, up to 6,000 rows, of Ward's hierarchy, at k = 4, 8, … 128. For each
 * size a cluster with at least that many rows, uniformly among those, and then rows of it uniformly.
 */
export async function clusterGroups(
  context: GroupContext,
  constructor: 'featureClusters' | 'gradientClusters',
  points: PointSet,
): Promise<Group[]> {
  const [title, noun] =
    constructor === 'featureClusters'
      ? ['Feature clusters', 'Feature cluster']
      : ['Gradient clusters', 'Gradient cluster'];
  const pool = await clusterPool(context, constructor, title, points);
  if (pool.length === 0) return [];
  const stream = openStream(context.seed, constructor, 'sample');
  const groups: Group[] = [];
  const skipped: number[] = [];
  for (const size of context.sizes) {
    const large = pool.filter(({ members }) => members.length >= size);
    if (large.length === 0) {
      skipped.push(size);
      continue;
    }
    const { method, k, index, members } = large[stream.below(large.length)];
    const kind = method === 'hierarchical' ? ' (hierarchical)' : '';
    groups.push({
      id: groupId(constructor, groups.length, context.sizes.length),
      origin: constructor,
      label: groupLabel([`${noun} ${index + 1} of ${k}${kind}`], size, points.rows),
      members: stream.sample(members, size),
      parameters: { size, method, k, cluster: index, poolSize: members.length },
    });
  }
  noteSkippedSizes(context, title, 'no cluster has that many rows', skipped);
  return groups;
}

async function clusterPool(
  context: GroupContext,
  constructor: string,
  title: string,
  points: PointSet,
): Promise<Cluster[]> {
  const n = points.rows;
  const counts = CLUSTER_COUNTS.filter((k) => k <= n / 2);
  if (counts.length === 0) {
    context.note(`${title}: left out, because ${n} training rows are too few for ${CLUSTER_COUNTS[0]} clusters.`);
    return [];
  }
  const stream = openStream(context.seed, constructor, 'seeds');
  const seeds = await seedRows(points, counts[counts.length - 1], stream, context.checkCancelled);
  const pool: Cluster[] = [];
  for (const k of counts) {
    if (k > seeds.length) break;
    pool.push(...clustersOf('k-means', k, await kMeans(points, seeds.slice(0, k), context)));
  }
  if (seeds.length < counts[counts.length - 1]) {
    context.note(`${title}: no k-means with more than ${seeds.length} clusters, the number of distinct points.`);
  }
  if (n > MAX_HIERARCHICAL_ROWS) {
    const gigabytes = ((n * (n - 1)) / 2) * 8e-9;
    context.note(
      `${title}: hierarchical clustering was left out, because the distances of ${n} rows would take ` +
        `${gigabytes.toFixed(1)} GB (it is done up to ${MAX_HIERARCHICAL_ROWS} rows).`,
    );
    return pool;
  }
  const merges = await wardMerges(points, context.checkCancelled);
  for (const k of counts) pool.push(...clustersOf('hierarchical', k, cutMerges(merges, n, k)));
  return pool;
}

/** The clusters that have members. */
function clustersOf(method: Cluster['method'], k: number, assignment: Int32Array): Cluster[] {
  const members: number[][] = Array.from({ length: k }, () => []);
  assignment.forEach((cluster, row) => members[cluster].push(row));
  return members.flatMap((rows, index) =>
    rows.length === 0 ? [] : [{ method, k, index, members: Int32Array.from(rows) }],
  );
}
