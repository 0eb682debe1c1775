/** Where the paper's theory draws a cone, and what it says of it. Pure. */
import { formatCountOf, formatNumber } from '../../../shared/format.ts';
import type { Evaluation } from '../../../shared/quantities.ts';
import type { StudyTheory } from '../../../shared/theory.ts';
import type { Cone } from '../../charts/cone.ts';
import type { Pair } from './pairs.ts';

/** A cone this steep leaves nearly everything above the line possible. */
const STEEP = 30;

/**
 * Proposition 3 for self-loss, Proposition 4 for margins where groups are copies of one point; both speak of influence
 * against Newton. Null where theory draws none: an outlier may lie anywhere (Figure 3).
 */
export function coneOf(theory: StudyTheory | null, pair: Pair, { quantity }: Evaluation): Cone | null {
  if (theory === null || pair.key !== 'influence-newton') return null;
  if (quantity === 'selfLoss') return { lower: 1, upper: theory.selfLossSlope, sides: 'positive' };
  if (quantity === 'margin' && theory.copies.length > 0) return { lower: 1, upper: 1 + theory.s, sides: 'both' };
  return null;
}

/** The one sentence under the charts. */
export function coneSentence(theory: StudyTheory, { quantity }: Evaluation): string | null {
  const s = `s = σmax/λ = ${formatNumber(theory.s, 3)}`;
  const free = theory.freeIntercept
    ? ' The intercept is not penalised, so the upper edge is a guide, not a bound.'
    : '';
  if (quantity === 'selfLoss') {
    const steep =
      theory.selfLossSlope > STEEP ? ': on these data that leaves nearly everything above the line possible' : '';
    return (
      `Tinted: Proposition 3, up to the third order in 1/λ a group’s Newton self-loss is between 1 and ` +
      `1 + 3s/2 + s²/2 = ${formatNumber(theory.selfLossSlope, 3)} times its influence (${s})${steep}.${free}`
    );
  }
  if (quantity === 'margin' && theory.copies.length > 0) {
    return (
      `Tinted: Proposition 4, ${formatCountOf(theory.copies.length, 'group')} of one row or its copies ` +
      `lie between slope 1 and 1 + s = ${formatNumber(1 + theory.s, 3)} (${s}), in fact up to ` +
      `${formatNumber(Math.max(...theory.copiesFactor), 3)}; other groups may lie anywhere.${free}`
    );
  }
  return null;
}
