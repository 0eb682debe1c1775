import type { Group } from '../../shared/group.ts';
import { clusterGroups } from './cluster-groups.ts';
import { featurePoints } from './cluster-points.ts';
import type { GroupContext } from './group-context.ts';

/** `featureClusters`: groups inside clusters of the raw features, without the intercept. */
export async function featureClusterGroups(context: GroupContext): Promise<Group[]> {
  return clusterGroups(context, 'featureClusters', await featurePoints(context));
}
