/** Whether a dataset's features should be standardised, and why, from the spread of its columns. Pure. */
import type { DatasetDetail } from '../../shared/dataset.ts';
import { formatNumber } from '../../shared/format.ts';

export interface Scaling {
  standardise: boolean;
  why: string;
}

/** From here on one λ means something else for each feature. */
const DIFFERENT_SCALES = 10;

/** A category as a column of 0 and 1, whose spread only tells how rare it is. */
function isIndicator({ minimum, maximum }: { minimum: number; maximum: number }): boolean {
  return minimum === 0 && maximum === 1;
}

export function suggestScaling({ columns, image, sparse, source }: DatasetDetail): Scaling {
  if (image !== null) return { standardise: false, why: 'Not suggested: pixels share one scale.' };
  if (sparse) return { standardise: false, why: 'Not suggested: zeros of sparse features stay zeros.' };
  const spreads = columns
    .filter(({ role, numeric }) => role === 'feature' && numeric !== null && !isIndicator(numeric))
    .map(({ numeric }) => numeric?.deviation ?? 0)
    .filter((deviation) => deviation > 0);
  if (spreads.length < 2)
    return { standardise: false, why: 'Not suggested: the features are categories or indicators.' };
  const ratio = Math.max(...spreads) / Math.min(...spreads);
  if (ratio < DIFFERENT_SCALES)
    return { standardise: false, why: 'Not suggested: the features’ spreads are of one size.' };
  // Whoever wrote the arrays has prepared the features; a table is as it was collected.
  if (/\.npz\b/i.test(source))
    return {
      standardise: false,
      why: `Arrays are taken as prepared, though their spreads differ by a factor of ${formatNumber(ratio, 2)}.`,
    };
  return {
    standardise: true,
    why: `Suggested: the features’ spreads differ by a factor of ${formatNumber(ratio, 2)}, and one λ is for all of them.`,
  };
}
