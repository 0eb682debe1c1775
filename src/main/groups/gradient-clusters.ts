import type { Group } from '../../shared/group.ts';
import { clusterGroups } from './cluster-groups.ts';
import { gradientPoints } from './cluster-points.ts';
import type { GroupContext } from './group-context.ts';

/** `gradientClusters`: groups inside clusters of the per-point gradients ∇ℓᵢ(θ̂), bias coordinates included. */
export async function gradientClusterGroups(context: GroupContext): Promise<Group[]> {
  return clusterGroups(context, 'gradientClusters', await gradientPoints(context));
}
