import type { Group } from '../../shared/group.ts';
import type { GroupContext } from './group-context.ts';
import { groupId, groupLabel } from './group-naming.ts';
import { openStream } from './random-stream.ts';
import { noteSkippedSizes } from './skipped-sizes.ts';

/**
 * `randomWithinClass`: for each size a class with at least that many training rows, uniformly among those,
 * then rows of it uniformly. A size that no class holds is skipped, and said so.
 */
export async function randomGroupsWithinClass(context: GroupContext): Promise<Group[]> {
  const { y } = context.design.train;
  const { classes } = context.design;
  const stream = openStream(context.seed, 'randomWithinClass');
  const rowsOf = classes.map((_, k) => rowsWhere(y, k));
  const groups: Group[] = [];
  const skipped: number[] = [];
  for (const size of context.sizes) {
    const large = rowsOf.flatMap((rows, k) => (rows.length >= size ? [k] : []));
    if (large.length === 0) {
      skipped.push(size);
      continue;
    }
    const k = large[stream.below(large.length)];
    groups.push({
      id: groupId('randomWithinClass', groups.length, context.sizes.length),
      origin: 'randomWithinClass',
      label: groupLabel(['Random within a class', `class ${classes[k]}`], size, y.length),
      members: stream.sample(rowsOf[k], size),
      parameters: { size, class: classes[k], poolSize: rowsOf[k].length },
    });
  }
  noteSkippedSizes(context, 'Random within a class', 'no class has that many rows', skipped);
  return groups;
}

function rowsWhere(y: Int32Array, k: number): Int32Array {
  const rows: number[] = [];
  for (let i = 0; i < y.length; i++) if (y[i] === k) rows.push(i);
  return Int32Array.from(rows);
}
