/** Names of constructed groups, for files (ids) and for people (labels). */
import type { ConstructorName } from '../../shared/quantities.ts';

const ID_PREFIX: Record<ConstructorName, string> = {
  random: 'random',
  randomWithinClass: 'random-within-class',
  sharedFeature: 'shared-feature',
  featureClusters: 'feature-clusters',
  gradientClusters: 'gradient-clusters',
  positiveInfluence: 'positive-influence',
  negativeInfluence: 'negative-influence',
};

/** "random-001": counted from 1, three digits or as many as the last needs. */
export function groupId(constructor: ConstructorName, index: number, count: number): string {
  const digits = Math.max(3, String(count).length);
  return `${ID_PREFIX[constructor]}-${String(index + 1).padStart(digits, '0')}`;
}

/** "Positive influence · test 54826 · 18.4 %": the parts, then the size as a share of the n training rows. */
export function groupLabel(parts: readonly string[], size: number, n: number): string {
  const percent = (100 * size) / n;
  return [...parts, `${percent.toFixed(percent < 1 ? 2 : 1)} %`].join(' · ');
}
