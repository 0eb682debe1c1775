/** Random groups of the size of each natural group: what its effects would be if its rows were like any others. */
import type { Group } from '../../shared/group.ts';
import { allRows, openStream } from './random-stream.ts';

/** The parameter that tells the random groups of a permutation test from other random groups. */
export const PERMUTATION = 'permutation';

/**
 * `count` groups for every distinct size of `groups`, drawn uniformly without replacement: relabelling the rows at
 * random gives a group of this size exactly such a draw. The same column gives the same groups on every machine.
 */
export function randomTwins(groups: readonly Group[], column: string, trainRows: number, count: number): Group[] {
  const rows = allRows(trainRows);
  const sizes = [...new Set(groups.map(({ members }) => members.length))].sort((a, b) => a - b);
  return sizes.flatMap((size) => {
    const stream = openStream(0, 'permutation', column, size);
    return Array.from({ length: count }, (_, k): Group => ({
      id: `${column}-random-${size}-${String(k + 1).padStart(String(count).length, '0')}`,
      origin: 'random',
      label: `Random, as many rows as a value of ${column}`,
      members: stream.sample(rows, size),
      parameters: { [PERMUTATION]: k + 1, column, size },
    }));
  });
}
