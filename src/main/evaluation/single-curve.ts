import type { PlacedMatrix } from '../compute/device.ts';
import { areFewRows, type GroupWeights } from '../compute/row-weights.ts';
import type { ModelOnDevice } from '../models/model-on-device.ts';

/** Fewer numbers than this are gone through in double precision as quickly; of many, single precision averages its rounding out. */
const WORTH_SINGLE = 2 ** 20;

/**
 * The sums of loss curves of single precision to use for losses over `exact`'s rows, or null where losses are taken in
 * double precision: without a solver, with one whose functions are not accurate, or of few rows.
 * @param working the same rows where systems are solved
 */
export function singleCurve(exact: PlacedMatrix, working: PlacedMatrix): NonNullable<PlacedMatrix['lossCurve']> | null {
  if (working === exact || working.lossCurve === undefined) return null;
  return exact.rows * exact.columns < WORTH_SINGLE ? null : working.lossCurve.bind(working);
}

/** The same for the groups' losses of their own rows; of few rows they are taken in double precision, row by row. */
export function selfCurve(
  { objective, working }: Pick<ModelOnDevice, 'objective' | 'working'>,
  { members }: GroupWeights,
): ReturnType<typeof singleCurve> {
  return areFewRows(members, objective.placed.rows) ? null : singleCurve(objective.placed, working.train);
}
