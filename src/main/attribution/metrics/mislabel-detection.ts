/** Whether a ranking of suspects finds the rows whose labels are wrong (Koh & Liang 2017, section 5.4). */
import { midRanks } from '../../../shared/statistics.ts';
import { bootstrap, drawn, type BootstrapOptions, type Interval } from './bootstrap.ts';

/**
 * Area under the ROC curve: the chance that a mislabelled row is more suspect than a clean one, ties counting half
 * (Mann–Whitney). NaN where one of the two kinds is missing.
 * @param suspicion per row, higher = inspected earlier
 * @param mislabelled 1 per wrong row, else 0
 */
export function detectionArea(suspicion: Float64Array, mislabelled: Float64Array): number {
  const ranks = midRanks(suspicion);
  let wrong = 0;
  let sum = 0;
  for (let i = 0; i < ranks.length; i++) {
    if (mislabelled[i] === 0) continue;
    wrong++;
    sum += ranks[i];
  }
  const clean = ranks.length - wrong;
  return wrong === 0 || clean === 0 ? Number.NaN : (sum - (wrong * (wrong + 1)) / 2) / (wrong * clean);
}

/** The same with its interval over the rows. */
export function detectionAreaInterval(
  suspicion: Float64Array,
  mislabelled: Float64Array,
  options: BootstrapOptions,
): Interval {
  return bootstrap(
    suspicion.length,
    (units) => detectionArea(drawn(suspicion, units), drawn(mislabelled, units)),
    options,
  );
}

/** Rows in the order of inspection: most suspect first, equal ones by row number. */
export function inspectionOrder(suspicion: Float64Array): Int32Array {
  return Int32Array.from(suspicion.keys()).sort((a, b) => suspicion[b] - suspicion[a] || a - b);
}

/** Share of the mislabelled rows among the first ⌊share·n⌋ inspected. NaN where none is mislabelled. */
export function foundAfterInspecting(suspicion: Float64Array, mislabelled: Float64Array, share: number): number {
  const inspected = inspectionOrder(suspicion).subarray(0, Math.floor(share * suspicion.length));
  const wrong = mislabelled.reduce((sum, one) => sum + one, 0);
  return wrong === 0 ? Number.NaN : inspected.reduce((sum, row) => sum + mislabelled[row], 0) / wrong;
}
