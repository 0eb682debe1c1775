import type { Group } from '../../shared/group.ts';
import type { GroupContext } from './group-context.ts';
import { groupLabel, groupId } from './group-naming.ts';
import { allRows, openStream } from './random-stream.ts';

/** `random`: rows drawn uniformly without replacement, one group per size. */
export async function randomGroups(context: GroupContext): Promise<Group[]> {
  const n = context.design.train.X.rows;
  const stream = openStream(context.seed, 'random');
  const rows = allRows(n);
  return context.sizes.map((size, index) => ({
    id: groupId('random', index, context.sizes.length),
    origin: 'random',
    label: groupLabel(['Random'], size, n),
    members: stream.sample(rows, size),
    parameters: { size },
  }));
}
