import { openStream } from '../../groups/random-stream.ts';
import type { AttributionEstimator, AttributionProblem } from '../attribution.ts';
import { additive, allRows, checkCancelled, rowsOf } from '../attribution.ts';
import { rightRows, trainOn } from '../training-subsets.ts';
import { targetLosses } from '../training-objective.ts';

export interface DownsamplingOptions {
  /** Models trained. */
  models?: number;
  /** Share of the rows that each is trained on. */
  ratio?: number;
}

const MODELS = 200;
const RATIO = 0.7;

export interface SubsetRecord {
  /** 1 where the row was in. */
  inside: Uint8Array;
  /** Loss of every target. */
  targets: Float64Array;
  /** Loss of every training row, and 1 where the model is right on it. */
  rowLoss: Float64Array;
  rowRight: Uint8Array;
}

/** Models trained on random subsets of a ratio of the rows: what both estimates below are read from. */
export async function trainOnSubsets(
  problem: AttributionProblem,
  { models = MODELS, ratio = RATIO }: DownsamplingOptions = {},
): Promise<SubsetRecord[]> {
  const { model, seed, targets } = problem;
  const n = model.rows.train;
  const size = Math.max(1, Math.round(ratio * n));
  const records: SubsetRecord[] = [];
  for (let m = 0; m < models; m++) {
    checkCancelled(problem);
    const rows = openStream(seed, 'downsampling', m).sample(allRows(n), size);
    const { theta } = await trainOn(problem, rows, seed + m);
    const inside = new Uint8Array(n);
    for (const row of rows) inside[row] = 1;
    records.push({
      inside,
      targets: await targetLosses(model, theta, targets),
      rowLoss: await model.losses(theta, 'train'),
      rowRight: await rightRows(model, theta, 'train'),
    });
  }
  return records;
}

export interface Memorisation {
  /** P(right on i | i in) − P(right on i | i out), in [−1, 1] (Feldman & Zhang 2020, equation 1); NaN where a row was never in or never out. */
  accuracy: Float64Array;
  /** E[ℓᵢ | i out] − E[ℓᵢ | i in]. */
  loss: Float64Array;
}

/** Memorisation of the rows: what having seen a row's own label does to the row. */
export function memorisation(records: readonly SubsetRecord[], rows: Int32Array): Memorisation {
  const difference = (valueOf: (record: SubsetRecord, row: number) => number): Float64Array =>
    Float64Array.from(rows, (row) => insideMinusOutside(records, row, (record) => valueOf(record, row)));
  return {
    accuracy: difference((record, row) => record.rowRight[row]),
    loss: difference((record, row) => -record.rowLoss[row]),
  };
}

/**
 * Influence by downsampling (Feldman & Zhang 2020): E[f | i out] − E[f | i in] over models trained on random subsets.
 * Groups: the sum, as subsets without a whole group are rare. Suspects: memorisation, in loss.
 */
export function downsampling(options: DownsamplingOptions = {}): AttributionEstimator {
  return async (problem) => {
    const { targets, points } = problem;
    const records = await trainOnSubsets(problem, options);
    const rows = rowsOf(problem);
    const scores = new Float64Array(targets.length * rows.length);
    targets.forEach((_, t) =>
      rows.forEach((row, at) => {
        scores[t * rows.length + at] = -insideMinusOutside(records, row, (record) => record.targets[t]);
      }),
    );
    return {
      ...additive(problem, rows, scores),
      groupRule: 'sum',
      suspicion: memorisation(records, points).loss,
      suspicionRule: 'memorisation: how much its own loss depends on having seen it',
      notes: [`${records.length} models, each on ${Math.round((options.ratio ?? RATIO) * 100)} % of the rows.`],
    };
  };
}

function insideMinusOutside(
  records: readonly SubsetRecord[],
  row: number,
  valueOf: (record: SubsetRecord) => number,
): number {
  const sums = [0, 0];
  const counts = [0, 0];
  for (const record of records) {
    const side = record.inside[row];
    counts[side]++;
    sums[side] += valueOf(record);
  }
  return counts[0] === 0 || counts[1] === 0 ? Number.NaN : sums[1] / counts[1] - sums[0] / counts[0];
}
