import type { Group } from '../../shared/group.ts';
import type { GroupContext } from './group-context.ts';
import { influenceGroups } from './influence-groups.ts';

/** `positiveInfluence`: rows whose removal is predicted to raise the loss of a test point the most. */
export async function positiveInfluenceGroups(context: GroupContext): Promise<Group[]> {
  return influenceGroups(context, 'positiveInfluence', 1);
}
