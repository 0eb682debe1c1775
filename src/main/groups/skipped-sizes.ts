import type { GroupContext } from './group-context.ts';

/** One remark for all sizes that a constructor could not form, with the reason. */
export function noteSkippedSizes(
  context: Pick<GroupContext, 'note' | 'sizes'>,
  constructor: string,
  reason: string,
  skipped: readonly number[],
): void {
  if (skipped.length === 0) return;
  const smallest = Math.min(...skipped);
  const largest = Math.max(...skipped);
  const range = smallest === largest ? `${smallest} rows` : `${smallest} to ${largest} rows`;
  context.note(`${constructor}: ${skipped.length} of ${context.sizes.length} sizes skipped (${range}): ${reason}.`);
}
