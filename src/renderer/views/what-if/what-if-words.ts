/** What a What-if shows, in sentences: the same on screen, for a screen reader and in an exported picture. Pure. */
import {
  formatCount,
  formatCountOf,
  formatDuration,
  formatNumber,
  formatShare,
  formatSigned,
} from '../../../shared/format.ts';
import { QUANTITY_TITLE, type Evaluation } from '../../../shared/quantities.ts';
import type { Retraining } from '../../../shared/study.ts';
import type { RowColumn, WhatIfDose, WhatIfModel, WhatIfSpectrum } from '../../../shared/what-if.ts';
import { targetTitle } from '../compare/evaluation-choice.ts';

/** "1,234 of 20,000 training rows (6.2 %)". */
export function selectionWords(size: number, trainRows: number): string {
  return `${formatCount(size)} of ${formatCountOf(trainRows, 'training row')} (${formatShare(size / trainRows, size / trainRows < 0.1 ? 1 : 0)})`;
}

/** "change of test loss, test row 12". */
export function effectWords(evaluation: Evaluation): string {
  const what = QUANTITY_TITLE[evaluation.quantity].toLowerCase();
  return evaluation.quantity === 'selfLoss'
    ? `change of the rows’ own loss`
    : `change of ${what}, ${targetTitle(evaluation)}`;
}

/** The same in a narrow column: "loss, row 12". */
export function shortWords({ quantity, target }: Evaluation): string {
  if (quantity === 'selfLoss') return 'own loss';
  if (quantity !== 'meanTestLoss') return `${quantity}, row ${target}`;
  return target === 'all' ? 'mean test loss' : `mean loss, ${target.replace('=', ' = ')}`;
}

/** How far a prediction was off: "+0.012 too high (4 %)"; in share of the actual effect where that is not 0. */
export function errorWords(predicted: number, actual: number): string {
  if (!Number.isFinite(predicted) || !Number.isFinite(actual)) return 'not to be compared';
  const error = predicted - actual;
  if (error === 0) return 'exact';
  const share = actual === 0 ? null : Math.abs(error / actual);
  const percent =
    share === null ? '' : share >= 10 ? ', more than ten times' : ` (${formatShare(share, share < 0.1 ? 1 : 0)})`;
  return `${formatNumber(Math.abs(error), 2)} too ${error > 0 ? 'high' : 'low'}${percent}`;
}

/** One sentence on the two predictions after retraining. */
export function verdict(influence: number, newton: number, actual: number): string {
  if (!Number.isFinite(actual)) return 'Without these rows a class has no row left: retraining has no finite optimum.';
  const [i, n] = [Math.abs(influence - actual), Math.abs(newton - actual)];
  const share = (error: number): number => (actual === 0 ? Infinity : error / Math.abs(actual));
  if (Math.sign(influence) !== Math.sign(actual) && actual !== 0 && influence !== 0)
    return 'Influence has the wrong sign here.';
  if (share(i) < 0.02) return 'Both are close: for this removal influence is enough.';
  if (n < 0.2 * i) return 'Newton is much the closer: the rows hold curvature that influence leaves in place.';
  if (n < i) return 'Newton is the closer of the two.';
  return 'Influence is the closer of the two: the model moves so far that one Newton step misses too.';
}

/** What the certificate promises. */
export function certificateWords({ converged, effectBound }: Retraining): string {
  if (effectBound === Infinity) return 'There is no finite optimum to certify';
  return converged ? 'Retrained and certified' : 'Retrained, but short of the study’s tolerance';
}

/** What the dose–response shows. */
export function doseWords({ shares, influence, newton, actual }: WhatIfDose, points: WhatIfDose | null): string {
  const last = shares.length - 1;
  const whole = { influence: influence[last] ?? NaN, newton: newton[last] ?? NaN };
  const half = newton[Array.from(shares).findIndex((share) => share >= 0.5)] ?? NaN;
  const parts = [
    `Removing them whole changes it by ${formatSigned(whole.newton)} by Newton and ${formatSigned(whole.influence)} by influence; half their weight by ${formatSigned(half)}.`,
  ];
  const reached = Math.abs(whole.newton) > 0 ? Math.abs(half / whole.newton) : NaN;
  if (Number.isFinite(reached)) {
    if (reached < 0.45)
      parts.push('The second half weighs more than the first: the curve bends away from influence’s straight line.');
    else if (reached > 0.55) parts.push('The first half does most of it: the curve flattens.');
    else parts.push('The response is nearly straight.');
  }
  const found = points?.actual ?? actual;
  if (found !== null && points !== null) {
    const at = points.shares.length - 1;
    parts.push(`Retrained: ${formatSigned(found[at] ?? NaN)} at ${formatShare(points.shares[at] ?? NaN)}.`);
  }
  return parts.join(' ');
}

/** What the spectrum shows. */
export function spectrumWords(
  { evaluation, eigenvalues, contributions, influence, newtonLinear }: WhatIfSpectrum,
  newton: number,
): string {
  const largest = eigenvalues[0] ?? 0;
  let top = 0;
  contributions.forEach((value, j) => {
    if (Math.abs(value) > Math.abs(contributions[top] ?? 0)) top = j;
  });
  const held = `In the direction they hold most of, the rows have ${formatShare(largest, largest < 0.1 ? 1 : 0)} of the model’s curvature.`;
  const gap = newtonLinear - influence;
  if (Math.abs(gap) <= 0.02 * Math.abs(influence)) {
    return `${held} What the directions add to influence (${formatSigned(influence)}) comes to almost nothing: removing the rows hardly changes the curvature that the test point sees.`;
  }
  const share = eigenvalues[top] ?? 0;
  // The margin is linear in the parameters; a loss is not.
  const bent =
    evaluation.quantity !== 'margin' && Math.abs(newton - newtonLinear) > 0.02 * Math.abs(newtonLinear)
      ? `, along the slope of the loss; along its curve Newton’s step comes to ${formatSigned(newton)}`
      : '';
  return `${held} The direction that matters most here is held to ${formatShare(share, share < 0.1 ? 1 : 0)} and adds ${formatSigned(contributions[top] ?? NaN)}; together all of them turn influence’s ${formatSigned(influence)} into ${formatSigned(newtonLinear)}${bent}.`;
}

/** Of the time that Newton will take where it is not a matter of a moment. */
export function slowWords(model: WhatIfModel, seconds: number): string {
  return `With ${formatCount(model.parameters)} parameters Newton takes about ${formatDuration(seconds)} here; influence is shown at once.`;
}

export function columnTitle(column: RowColumn, model: WhatIfModel): string {
  switch (column.kind) {
    case 'loss':
      return 'training loss of the row';
    case 'margin':
      return 'margin of the row (logit of its class above the next)';
    case 'leverage':
      return 'leverage of the row';
    case 'selfInfluence':
      return 'self-influence of the row';
    case 'component1':
    case 'component2':
      return `${column.kind === 'component1' ? 'first' : 'second'} principal component${model.componentsScaled ? ' (of standardised columns)' : ''}`;
    case 'class':
      return 'class';
    case 'feature':
      return model.featureNames[column.feature] ?? `feature ${column.feature}`;
    case 'influence':
      return column.quantity === 'selfLoss'
        ? 'self-influence of the row'
        : `influence on ${QUANTITY_TITLE[column.quantity].toLowerCase()}, ${targetTitle(column)}`;
  }
}
