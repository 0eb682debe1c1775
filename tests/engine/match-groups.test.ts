import { describe, expect, it } from 'vitest';
import { matchGroups, type PackedMembers } from '../../src/main/engine/match-groups.ts';

function packed(groups: number[][]): PackedMembers {
  const size = Int32Array.from(groups, (group) => group.length);
  const first = size.map((_, g) => groups.slice(0, g).reduce((sum, group) => sum + group.length, 0));
  return { rows: Int32Array.from(groups.flat()), first, size };
}

/** Compares all pairs: slow, and right. */
function byHand(one: number[][], two: number[][]): number {
  const left = one.map((group) => group.join());
  let matched = 0;
  for (const group of two) {
    const at = left.indexOf(group.join());
    if (at < 0) continue;
    left.splice(at, 1);
    matched++;
  }
  return matched;
}

describe('groups of two studies', () => {
  it('are the same when they hold the same rows, wherever they stand', () => {
    const { pairs, onlyFirst, onlySecond } = matchGroups(packed([[1, 2], [3], [4, 5]]), packed([[4, 5], [9], [1, 2]]));
    expect([...pairs]).toEqual([2, 0, 0, 2]);
    expect([onlyFirst, onlySecond]).toEqual([1, 1]);
  });

  it('that occur several times are paired with their namesakes, each once', () => {
    const twice = packed([[7], [7], [8]]);
    expect([...matchGroups(twice, twice).pairs]).toEqual([0, 0, 1, 1, 2, 2]);
    expect(matchGroups(packed([[7]]), twice)).toEqual({ pairs: Int32Array.of(0, 0), onlyFirst: 0, onlySecond: 2 });
  });

  it('are not the same because their hash or their size is', () => {
    const one = Array.from({ length: 400 }, (_, g) => [g, g + 1 + (g % 7), 1000 - g]);
    const two = Array.from({ length: 400 }, (_, g) => [g, g + 1 + (g % 5), 1000 - g]);
    const matches = matchGroups(packed(one), packed(two));
    expect(matches.pairs.length / 2).toBe(byHand(one, two));
    for (let k = 0; k < matches.pairs.length; k += 2) expect(one[matches.pairs[k]]).toEqual(two[matches.pairs[k + 1]]);
  });

  it('of a study without groups match nothing', () => {
    expect(matchGroups(packed([]), packed([[1]]))).toEqual({ pairs: new Int32Array(0), onlyFirst: 0, onlySecond: 1 });
  });
});
