/** The report's sentences: what was done, and what came out, without a formula. */
import { formatCorrelation, formatCount, formatCountOf, formatScientific, formatShare } from '../../shared/format.ts';
import { ESTIMATOR_TITLE, QUANTITY_TITLE } from '../../shared/quantities.ts';
import type { Estimator, Evaluation } from '../../shared/quantities.ts';
import type { Agreement } from '../../shared/study.ts';
import { isNetwork, type ModelSpec } from '../../shared/study-spec.ts';
import type { BundleInput } from './bundle.ts';

/** "test row 12", "all test rows", "test rows with class = 1", "the group itself". */
export function targetWords(target: string): string {
  if (target === 'self') return 'the group itself';
  if (target === 'all') return 'all test rows';
  const slice = target.indexOf('=');
  if (slice < 0) return `test row ${target}`;
  return `test rows with ${target.slice(0, slice)} = ${target.slice(slice + 1)}`;
}

export function evaluationWords({ quantity, target }: Evaluation): string {
  return quantity === 'selfLoss' ? QUANTITY_TITLE[quantity] : `${QUANTITY_TITLE[quantity]}, ${targetWords(target)}`;
}

export function modelName(classes: readonly string[], spec?: ModelSpec): string {
  if (spec?.kind === 'ridge') return classes.length === 0 ? 'ridge regression' : 'ridge regression on −1 and +1';
  if (spec?.kind === 'smoothHinge') return 'support vector machine with a smooth hinge';
  if (spec?.kind === 'mlp') {
    return spec.hidden.length === 0
      ? 'network without hidden layers'
      : `multi-layer perceptron with hidden layers of ${inWords(spec.hidden.map(String))} units (${spec.activation})`;
  }
  if (spec?.kind === 'cnn')
    return `convolutional network with ${inWords(spec.channels.map(String))} filters (${spec.activation})`;
  return classes.length === 2
    ? 'logistic regression'
    : `softmax regression with ${formatCount(classes.length)} classes`;
}

/** What was done. */
export function openingWords({ spec, fit, groups, estimators, dataset, provenance }: BundleInput): string {
  const data = dataset?.name ?? provenance.datasetName;
  const rows = dataset === undefined ? '' : ` to its ${formatCountOf(dataset.trainRows, 'training row')}`;
  const predicted = estimators.filter((estimator) => estimator !== 'actual').map((one) => ESTIMATOR_TITLE[one]);
  const retrained = estimators.includes('actual');
  const methods = [
    ...(predicted.length > 0 ? [`predicted by ${inWords(predicted)}`] : []),
    ...(retrained
      ? [
          isNetwork(spec.model)
            ? `measured by training again from the same initialisation for ${formatCountOf(spec.model.training.epochs, 'epoch')}`
            : `measured by retraining exactly to a relative gradient norm of ${formatScientific(spec.tolerance)}`,
        ]
      : []),
  ];
  return (
    `A ${modelName(fit.classes, spec.model)} on ${formatCountOf(fit.featureNames.length, 'feature')} of “${data}” was fitted${rows}. ` +
    `Then the effect of removing each of ${formatCountOf(groups.length, 'group')} of training rows was ${methods.join(' and ')}.`
  );
}

export const SIGN_WORDS =
  'Every effect is the quantity without the group minus the quantity with it: positive means that removing the group raises it. ' +
  'λ stays as it is when rows are removed.';

/** The study's answer in one sentence per estimator, over all quantities and targets. */
export function findingWords(estimator: Estimator, rows: readonly Agreement[]): string {
  const title = ESTIMATOR_TITLE[estimator];
  const name = title.charAt(0).toUpperCase() + title.slice(1);
  const range = (pick: (one: Agreement) => number, format: (value: number) => string) =>
    rangeWords(rows.map(pick), format);
  return (
    `${name}: Spearman’s ρ with the actual effect is ${range((one) => one.spearman, formatCorrelation)} over all quantities and targets. ` +
    `It underestimates ${range((one) => one.underestimated, shareWords)} of the groups ` +
    `and has the right sign for ${range((one) => one.sameSign, shareWords)}.`
  );
}

/** A share in percent that is never rounded up to all or down to none. */
export function shareWords(share: number): string {
  if (share < 1 && share >= 0.995) return `> ${formatShare(0.99)}`;
  if (share > 0 && share < 0.005) return `< ${formatShare(0.01)}`;
  return formatShare(share);
}

/** λ/n: 2.154e−4, 0.25. */
export function relativeWords(relative: number): string {
  return relative < 0.01 ? formatScientific(relative, 4) : String(Number(relative.toPrecision(4)));
}

/** ".982" or ".982 to .999"; "–" when nothing is defined. */
export function rangeWords(values: readonly number[], format: (value: number) => string): string {
  const defined = values.filter(Number.isFinite);
  if (defined.length === 0) return '–';
  const low = format(Math.min(...defined));
  const high = format(Math.max(...defined));
  return low === high ? low : `${low} to ${high}`;
}

/** "a", "a and b", "a, b and c". */
export function inWords(items: readonly string[]): string {
  if (items.length < 2) return items.join('');
  return `${items.slice(0, -1).join(', ')} and ${items[items.length - 1]}`;
}
