/** The seven constructors of method §3 by name. */
import type { ConstructorName } from '../../shared/quantities.ts';
import { featureClusterGroups } from './feature-clusters.ts';
import { gradientClusterGroups } from './gradient-clusters.ts';
import type { GroupConstructor } from './group-context.ts';
import { negativeInfluenceGroups } from './negative-influence.ts';
import { positiveInfluenceGroups } from './positive-influence.ts';
import { randomGroups } from './random-groups.ts';
import { randomGroupsWithinClass } from './random-within-class.ts';
import { sharedFeatureGroups } from './shared-feature.ts';

export const GROUP_CONSTRUCTORS: Record<ConstructorName, GroupConstructor> = {
  random: randomGroups,
  randomWithinClass: randomGroupsWithinClass,
  sharedFeature: sharedFeatureGroups,
  featureClusters: featureClusterGroups,
  gradientClusters: gradientClusterGroups,
  positiveInfluence: positiveInfluenceGroups,
  negativeInfluence: negativeInfluenceGroups,
};
