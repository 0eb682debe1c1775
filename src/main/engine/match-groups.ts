/** Groups of two studies that are the same set of training rows, whatever they are called. Pure. */
import type { GroupMatches } from '../../shared/study.ts';

/** Group g's rows are `rows[first[g] … first[g] + size[g] − 1]`, ascending. */
export interface PackedMembers {
  rows: Int32Array;
  first: Int32Array;
  size: Int32Array;
}

/**
 * Pairs each group of the second study with one of the first that has the same rows: the one with the same
 * position where that is one of them, else the first that is not taken. A group is in one pair at most.
 */
export function matchGroups(one: PackedMembers, two: PackedMembers): GroupMatches {
  const byHash = new Map<number, number[]>();
  for (let g = 0; g < one.first.length; g++) {
    const hash = hashOf(one, g);
    const same = byHash.get(hash);
    if (same === undefined) byHash.set(hash, [g]);
    else same.push(g);
  }
  const taken = new Uint8Array(one.first.length);
  const partner = new Int32Array(two.first.length).fill(-1);
  // Namesakes first, so that a set that occurs several times is not paired across.
  for (const position of [true, false]) {
    for (let g = 0; g < partner.length; g++) {
      if (partner[g] >= 0) continue;
      const candidates = position ? (g < one.first.length ? [g] : []) : (byHash.get(hashOf(two, g)) ?? []);
      const found = candidates.find((candidate) => taken[candidate] === 0 && equalRows(one, candidate, two, g));
      if (found === undefined) continue;
      taken[found] = 1;
      partner[g] = found;
    }
  }
  const pairs: number[] = [];
  partner.forEach((g, second) => {
    if (g >= 0) pairs.push(g, second);
  });
  const matched = pairs.length / 2;
  return {
    pairs: Int32Array.from(pairs),
    onlyFirst: one.first.length - matched,
    onlySecond: two.first.length - matched,
  };
}

/** FNV-1a over the rows; equal hashes are compared row by row. */
function hashOf({ rows, first, size }: PackedMembers, group: number): number {
  let hash = 0x811c9dc5 ^ size[group];
  const end = first[group] + size[group];
  for (let at = first[group]; at < end; at++) hash = Math.imul(hash ^ rows[at], 0x01000193);
  return hash >>> 0;
}

function equalRows(one: PackedMembers, a: number, two: PackedMembers, b: number): boolean {
  if (one.size[a] !== two.size[b]) return false;
  for (let k = 0; k < one.size[a]; k++) if (one.rows[one.first[a] + k] !== two.rows[two.first[b] + k]) return false;
  return true;
}
