import type { Group } from '../../shared/group.ts';
import type { GroupSource } from '../../shared/study-spec.ts';
import { refuseRepeatedIds, trainingRows } from './row-list.ts';

export type HandMadeMembers = Extract<GroupSource, { members: unknown }>['members'];

/** Groups written out in the study; they may overlap and be empty. Refuses rows as `trainingRows` does, and repeated ids. */
export function handMadeGroups(members: HandMadeMembers, trainRows: number): Group[] {
  refuseRepeatedIds(
    members.map(({ id }) => id),
    'the hand-made groups',
  );
  return members.map(({ id, label, rows }) => ({
    id,
    origin: 'manual',
    label: label ?? id,
    members: trainingRows(rows, trainRows, `the hand-made group "${id}"`),
    parameters: { size: rows.length },
  }));
}
