/** How well predicted effects agree with retrained ones: correlations, each with its bootstrap interval over the removals. */
import { pearson, spearman } from '../../../shared/statistics.ts';
import { bootstrap, drawn, type BootstrapOptions, type Interval } from './bootstrap.ts';

export interface TruthAgreement {
  /** Removals with a finite effect on both sides: a removal without an optimum has no finite effect. */
  compared: number;
  pearson: Interval;
  spearman: Interval;
}

/** @param predicted, actual one effect per removal, of the same removals and the same target */
export function agreementWithTruth(
  predicted: Float64Array,
  actual: Float64Array,
  options: BootstrapOptions,
): TruthAgreement {
  const finite = [...predicted.keys()].filter((at) => Number.isFinite(predicted[at]) && Number.isFinite(actual[at]));
  const p = Float64Array.from(finite, (at) => predicted[at]);
  const a = Float64Array.from(finite, (at) => actual[at]);
  const interval = (correlation: typeof pearson): Interval =>
    bootstrap(finite.length, (units) => correlation(drawn(p, units), drawn(a, units)), options);
  return { compared: finite.length, pearson: interval(pearson), spearman: interval(spearman) };
}
