/** Attribution methods side by side: on the same model and removals, against the same retrained truth, with what each took. */
import type { AttributionProblem } from './attribution.ts';
import { checkCancelled } from './attribution.ts';
import { ATTRIBUTION_METHODS, type AttributionName } from './estimators/index.ts';
import { agreementWithTruth, type TruthAgreement } from './metrics/agreement-with-truth.ts';
import { brittleness } from './metrics/brittleness.ts';
import { linearDatamodelingScore, type DatamodelingScore } from './metrics/linear-datamodeling-score.ts';
import { detectionAreaInterval, foundAfterInspecting } from './metrics/mislabel-detection.ts';
import type { Interval } from './metrics/bootstrap.ts';
import { removalCurve, type CurvePoint } from './metrics/removal-curves.ts';
import { overlapMatrix } from './metrics/top-overlap.ts';
import { runEstimator } from './run-estimator.ts';
import { trainAgain } from './estimators/retraining.ts';
import { predictedClasses } from './training-subsets.ts';
import { weightsWithout } from './training-objective.ts';

export const METRICS = ['correlation', 'lds', 'mislabel', 'overlap', 'removal', 'brittleness'] as const;
export type Metric = (typeof METRICS)[number];

export interface ShootOutOptions {
  estimators: readonly AttributionName[];
  metrics: readonly Metric[];
  /** Per training row: 1 where its label was flipped on purpose; null without flips. */
  flipped: Float64Array | null;
  onEstimator?(title: string): void;
}

export interface ShootOutRow {
  estimator: AttributionName;
  title: string;
  cost: string;
  groupRule: 'own' | 'sum' | null;
  seconds: number;
  /** Bytes planned before it ran. */
  bytes: number;
  /** Of the asked rows, on the last target. */
  points: TruthAgreement | null;
  /** Of the groups, on the last target. */
  groups: TruthAgreement | null;
  /** Over the single targets (all but the last). */
  lds: DatamodelingScore['score'] | null;
  mislabelArea: Interval | null;
  foundAt15: number | null;
  suspicionRule: string;
  /** Last target’s change after the most helpful rows are gone, retrained. */
  removal: CurvePoint[] | null;
  /** Per single target: rows whose removal was seen to flip the prediction; null where none did. */
  brittleness: (number | null)[] | null;
  notes: string[];
  /** A sentence where it could not run. */
  failure: string | null;
}

export interface ShootOut {
  truthSeconds: number;
  truthDescription: string;
  rows: ShootOutRow[];
  /** Between the estimators that ran, in the order of `rows` that have no failure: shared part of the top tenth of the asked rows. */
  overlap: number[][] | null;
}

/** An estimator that fails or does not fit the model is told so in its row; only cancelling ends the whole. */
export async function shootOut(problem: AttributionProblem, options: ShootOutOptions): Promise<ShootOut> {
  const { points, groups, targets, seed } = problem;
  const retrainer = problem.retrainer ?? trainAgain;
  const wants = (metric: Metric): boolean => options.metrics.includes(metric);
  options.onEstimator?.('Retraining for the truth');
  const started = performance.now();
  const truth = {
    points: await retrainer.effects(
      problem,
      Array.from(points, (row) => Int32Array.of(row)),
    ),
    groups: await retrainer.effects(problem, groups),
  };
  const truthSeconds = (performance.now() - started) / 1000;
  const last = targets.length - 1;
  const rows: ShootOutRow[] = [];
  const rankings: Float64Array[] = [];
  for (const estimator of options.estimators) {
    checkCancelled(problem);
    options.onEstimator?.(ATTRIBUTION_METHODS[estimator].title);
    const { found, ...ran } = await runEstimator(problem, estimator);
    const row: ShootOutRow = { ...emptyRow(estimator), ...ran };
    rows.push(row);
    if (found === null) continue;
    const { groupRule, notes, suspicionRule } = found;
    Object.assign(row, { groupRule, notes, suspicionRule });
    const P = points.length;
    const onLast = found.points.subarray(last * P);
    rankings.push(onLast);
    if (wants('correlation')) {
      row.points = P > 1 ? agreementWithTruth(onLast, truth.points.subarray(last * P), { seed }) : null;
      const g = last * groups.length;
      if (groups.length > 1)
        row.groups = agreementWithTruth(found.groups.subarray(g), truth.groups.subarray(g), { seed });
    }
    if (wants('lds') && groups.length > 2 && last > 0) {
      const single = last * groups.length;
      row.lds = linearDatamodelingScore(found.groups.slice(0, single), truth.groups.slice(0, single), last, {
        seed,
      }).score;
    }
    if (wants('mislabel') && options.flipped !== null) {
      const { flipped } = options;
      const wrong = Float64Array.from(points, (point) => flipped[point]);
      const suspicion = found.suspicion ?? onLast.map((effect) => -effect);
      if (found.suspicion === null) row.suspicionRule = 'its removal lowers the test loss';
      row.mislabelArea = detectionAreaInterval(suspicion, wrong, { seed });
      row.foundAt15 = foundAfterInspecting(suspicion, wrong, 0.15);
    }
    if (wants('removal')) row.removal = await removal(problem, onLast, retrainer.effects);
    if (wants('brittleness')) row.brittleness = await flipping(problem, found.points);
  }
  const tenth = Math.max(1, Math.round(points.length / 10));
  const overlap = wants('overlap') ? overlapMatrix(rankings, tenth) : null;
  return { truthSeconds, truthDescription: retrainer.description, rows, overlap };
}

const REMOVED_SHARES = [0, 0.05, 0.1, 0.2];

async function removal(
  problem: AttributionProblem,
  scores: Float64Array,
  effects: (problem: AttributionProblem, groups: readonly Int32Array[]) => Promise<Float64Array>,
): Promise<CurvePoint[]> {
  const { points, targets } = problem;
  const only = { ...problem, targets: targets.slice(-1) };
  const counts = REMOVED_SHARES.map((share) => Math.round(share * points.length));
  return removalCurve(scores, counts, (sets) =>
    effects(
      only,
      sets.map((at) => Int32Array.from(at, (index) => points[index]).sort()),
    ),
  );
}

/** Only among the asked rows, and at most half of them. */
async function flipping(problem: AttributionProblem, scores: Float64Array): Promise<(number | null)[]> {
  const { model, trained, points, targets, seed, signal } = problem;
  const out: (number | null)[] = [];
  for (const [t, target] of targets.slice(0, -1).entries()) {
    const predict = async (theta: Float64Array): Promise<number> =>
      predictedClasses(await model.logits(theta, 'test', target.rows), model.outputs)[0];
    const before = await predict(trained.theta);
    const support = scores.slice(t * points.length, (t + 1) * points.length);
    // For a wrong prediction the rows that support it are those that harm its true class.
    const right = before === Math.max(0, model.targets.test[target.rows[0]]);
    const flips = async (at: Int32Array): Promise<boolean> => {
      const weights = weightsWithout(
        model,
        Int32Array.from(at, (index) => points[index]),
      );
      const from = model.recipe === null ? trained.theta : undefined;
      return (await predict((await model.train({ weights, seed, from, signal })).theta)) !== before;
    };
    const most = Math.floor(points.length / 2);
    out.push((await brittleness(right ? support : support.map((value) => -value), flips, most)).rows);
  }
  return out;
}

function emptyRow(estimator: AttributionName): ShootOutRow {
  return {
    estimator,
    title: '',
    cost: '',
    groupRule: null,
    seconds: Number.NaN,
    bytes: 0,
    points: null,
    groups: null,
    lds: null,
    mislabelArea: null,
    foundAt15: null,
    suspicionRule: '',
    removal: null,
    brittleness: null,
    notes: [],
    failure: null,
  };
}
