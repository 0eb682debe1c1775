import { describe, expect, it } from 'vitest';
import { countMembers } from '../../src/main/engine/shared-members.ts';

/** Groups {1, 2}, {2, 3}, {2}, {9}. */
const members = {
  rows: Int32Array.of(1, 2, 2, 3, 2, 9),
  first: Int32Array.of(0, 2, 4, 5),
  size: Int32Array.of(2, 2, 1, 1),
};

describe('the members that groups share', () => {
  it('are counted over the groups asked for only, most shared first', () => {
    expect(countMembers(members, [0, 1, 2], null)).toEqual({ rows: [2, 1, 3], counts: [3, 1, 1] });
    expect(countMembers(members, [3], null)).toEqual({ rows: [9], counts: [1] });
  });

  it('come by loss where they are shared equally', () => {
    const loss = new Float64Array(10);
    loss[3] = 0.5;
    expect(countMembers(members, [0, 1], loss).rows).toEqual([2, 3, 1]);
  });

  it('count a group that is named twice once, and pass over one that is not there', () => {
    expect(countMembers(members, [3, 3, 77], null)).toEqual({ rows: [9], counts: [1] });
  });
});
