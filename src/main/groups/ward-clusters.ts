/**
 * Hierarchical clustering by Ward's criterion (scikit-learn's default): the pair merged next is the one
 * whose union adds least to the sum of squared distances to the cluster means. By the nearest-neighbour
 * chain (Murtagh 1983; Müllner 2011): O(n²) time, one triangle of n² / 2 distances in memory.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { PointSet } from './point-set.ts';

/** Rows at most: the triangle then takes 144 MB. */
export const MAX_HIERARCHICAL_ROWS = 6000;

/** Rows between pauses, in which a wish to cancel can arrive. */
const TURN_ROWS = 256;

/** One merge: a row of each side (its lowest), and Ward's distance √(2|A||B|/(|A|+|B|))·‖mean A − mean B‖. */
export interface Merge {
  a: number;
  b: number;
  height: number;
}

/** The n − 1 merges by ascending height. Distances by plain loops: the same on every machine. */
export async function wardMerges(points: PointSet, checkCancelled: () => void): Promise<Merge[]> {
  const n = points.rows;
  const squared = await squaredDistances(points, checkCancelled);
  const size = new Int32Array(n).fill(1);
  const active = allActive(n);
  const chain: number[] = [];
  const merges: Merge[] = [];
  while (merges.length < n - 1) {
    if (merges.length % TURN_ROWS === 0) {
      checkCancelled();
      await nextTurn();
    }
    if (chain.length === 0) chain.push(active.rows[0]);
    for (;;) {
      const tip = chain[chain.length - 1];
      const previous = chain.length > 1 ? chain[chain.length - 2] : -1;
      const neighbour = nearestActive(squared, n, active, tip, previous);
      if (neighbour === previous) break;
      chain.push(neighbour);
    }
    const b = chain.pop() as number;
    const a = chain.pop() as number;
    const kept = Math.min(a, b);
    const gone = Math.max(a, b);
    merges.push({ a: kept, b: gone, height: Math.sqrt(squared[at(n, kept, gone)]) });
    deactivate(active, gone);
    lanceWilliams(squared, n, active, size, kept, gone);
  }
  // Stable: equal heights keep the order in which the chain found them.
  return merges.sort((x, y) => x.height - y.height);
}

/** Clusters after the first n − k merges; numbered 0…k − 1 by their lowest row. */
export function cutMerges(merges: readonly Merge[], n: number, k: number): Int32Array {
  const parent = Int32Array.from({ length: n }, (_, i) => i);
  const root = (i: number): number => {
    let r = i;
    while (parent[r] !== r) {
      parent[r] = parent[parent[r]];
      r = parent[r];
    }
    return r;
  };
  for (const { a, b } of merges.slice(0, Math.max(0, n - k))) {
    const rootA = root(a);
    const rootB = root(b);
    parent[Math.max(rootA, rootB)] = Math.min(rootA, rootB);
  }
  const number = new Map<number, number>();
  return Int32Array.from({ length: n }, (_, i) => {
    const r = root(i);
    const known = number.get(r) ?? number.size;
    number.set(r, known);
    return known;
  });
}

/** Position of the pair i ≠ j in the upper triangle, stored by rows. */
function at(n: number, i: number, j: number): number {
  return i < j ? i * n - (i * (i + 3)) / 2 + j - 1 : j * n - (j * (j + 3)) / 2 + i - 1;
}

/** Rows that each pass over the points is compared with: they stay in the cache. */
const TILE_ROWS = 8;

async function squaredDistances(points: PointSet, checkCancelled: () => void): Promise<Float64Array> {
  const { rows: n, columns, squaredNorms } = points;
  const squared = new Float64Array((n * (n - 1)) / 2);
  const tile = new Float64Array(TILE_ROWS * columns);
  for (let from = 0; from < n; from += TILE_ROWS) {
    checkCancelled();
    if (from % TURN_ROWS === 0) await nextTurn();
    const to = Math.min(n, from + TILE_ROWS);
    tile.fill(0);
    for (let i = from; i < to; i++) points.addTo(i, 1, tile, (i - from) * columns);
    for (let j = from + 1; j < n; j++) {
      for (let i = from; i < Math.min(to, j); i++) {
        const product = points.dot(j, tile, (i - from) * columns);
        squared[at(n, i, j)] = Math.max(0, squaredNorms[i] - 2 * product + squaredNorms[j]);
      }
    }
  }
  return squared;
}

/** The rows that still stand for a cluster, ascending. */
interface Active {
  rows: Int32Array;
  count: number;
}

function allActive(n: number): Active {
  return { rows: Int32Array.from({ length: n }, (_, i) => i), count: n };
}

function deactivate(active: Active, row: number): void {
  const index = active.rows.subarray(0, active.count).indexOf(row);
  active.rows.copyWithin(index, index + 1, active.count);
  active.count--;
}

/** The nearest of the active rows; on ties the chain's previous row (else the chain would not end), then the lowest. */
function nearestActive(squared: Float64Array, n: number, active: Active, tip: number, previous: number): number {
  let nearest = previous;
  let smallest = previous < 0 ? Infinity : squared[at(n, tip, previous)];
  let index = 0;
  for (; index < active.count && active.rows[index] < tip; index++) {
    const row = active.rows[index];
    const distance = squared[row * n - (row * (row + 3)) / 2 + tip - 1];
    if (distance < smallest || nearest < 0) {
      smallest = distance;
      nearest = row;
    }
  }
  const start = tip * n - (tip * (tip + 3)) / 2 - 1;
  for (; index < active.count; index++) {
    const row = active.rows[index];
    if (row === tip) continue;
    const distance = squared[start + row];
    if (distance < smallest || nearest < 0) {
      smallest = distance;
      nearest = row;
    }
  }
  return nearest;
}

/** d²(A∪B, C) = [(|A|+|C|) d²(A,C) + (|B|+|C|) d²(B,C) − |C| d²(A,B)] / (|A|+|B|+|C|); A∪B takes A's place. */
function lanceWilliams(squared: Float64Array, n: number, active: Active, size: Int32Array, a: number, b: number): void {
  const between = squared[at(n, a, b)];
  for (let index = 0; index < active.count; index++) {
    const c = active.rows[index];
    if (c === a) continue;
    const positionA = at(n, a, c);
    const positionB = at(n, b, c);
    const sum = (size[a] + size[c]) * squared[positionA] + (size[b] + size[c]) * squared[positionB];
    const united = (sum - size[c] * between) / (size[a] + size[b] + size[c]);
    // Ward's union is never nearer than the nearer part. Rounding may not break that: the chain relies on it.
    squared[positionA] = Math.max(united, Math.min(squared[positionA], squared[positionB]));
  }
  size[a] += size[b];
}
