import type { Group } from '../../shared/group.ts';
import type { GroupContext } from './group-context.ts';
import { influenceGroups } from './influence-groups.ts';

/** `negativeInfluence`: rows whose removal is predicted to lower the loss of a test point the most. */
export async function negativeInfluenceGroups(context: GroupContext): Promise<Group[]> {
  return influenceGroups(context, 'negativeInfluence', -1);
}
