/** One attribution method on a problem: its memory planned before, its time taken, its failure told instead of thrown. */
import { LeverageError, toFailure } from '../../shared/errors.ts';
import { requireMemory, type Attribution, type AttributionProblem } from './attribution.ts';
import { ATTRIBUTION_METHODS, type AttributionName } from './estimators/index.ts';

export interface EstimatorRun {
  estimator: AttributionName;
  title: string;
  cost: string;
  /** Planned before it ran. */
  bytes: number;
  /** NaN where it failed. */
  seconds: number;
  found: Attribution | null;
  /** A sentence where it could not run. */
  failure: string | null;
}

/** Throws only 'cancelled'. */
export async function runEstimator(problem: AttributionProblem, estimator: AttributionName): Promise<EstimatorRun> {
  const { title, cost, needsSteps, run, bytes: planned } = ATTRIBUTION_METHODS[estimator];
  const bytes = planned(problem);
  const begun = performance.now();
  try {
    if (needsSteps === true && problem.model.recipe === null) {
      throw new LeverageError('invalidInput', 'Follows training steps; this model is solved for without any.');
    }
    requireMemory(problem, bytes, title, 'Ask for fewer rows and groups, or allow more memory.');
    const found = await run(problem);
    return { estimator, title, cost, bytes, seconds: (performance.now() - begun) / 1000, found, failure: null };
  } catch (thrown) {
    const { kind, message } = toFailure(thrown);
    if (kind === 'cancelled') throw thrown;
    return { estimator, title, cost, bytes, seconds: Number.NaN, found: null, failure: message };
  }
}
