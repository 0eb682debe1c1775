/** The theory of a whole study in rows: a number, its name and what it is good for. Pure. */
import { formatCount, formatNumber } from '../../../shared/format.ts';
import { QUANTITY_TITLE, type Evaluation } from '../../../shared/quantities.ts';
import type { Found, StudyTheory } from '../../../shared/theory.ts';

export interface TheoryRow {
  name: string;
  value: string;
  about: string;
}

/** The two columns of the chosen evaluation. */
export interface NewtonAndActual {
  newton: Float64Array | null;
  actual: Float64Array | null;
}

/** @param e index of the evaluation in the study */
export function theoryRows(
  theory: StudyTheory,
  e: number,
  evaluation: Evaluation,
  { newton, actual }: NewtonAndActual,
): TheoryRow[] {
  const { largest, lambda, s } = theory;
  const looseness = newton === null || actual === null ? [] : loosenessOf(theory, e, newton, actual);
  return [
    row('σmax', found(largest), 'Largest eigenvalue of the Hessian Σ∇²ℓ of all training rows.'),
    row(
      'σmin',
      theory.method === 'lanczos' ? `≤ ${formatNumber(theory.smallest.value, 3)}` : found(theory.smallest),
      'Its smallest; with more than two classes without the directions that change no loss.',
    ),
    row('λ', formatNumber(lambda), 'The penalty, absolute.'),
    row(
      theory.freeIntercept ? 'least of Hλ' : 'σmin + λ',
      found(theory.smallestWithPenalty),
      theory.freeIntercept
        ? 'Smallest eigenvalue with the penalty, which leaves the intercept free: it stands for σmin + λ.'
        : 'What the propositions divide by.',
    ),
    row('s = σmax/λ', formatNumber(s), 'The smaller, the nearer influence must be to Newton.'),
    row(
      'cone of self-loss',
      `1 … ${formatNumber(theory.selfLossSlope, 3)}`,
      `Proposition 3: slope of Newton on influence; with influence on the vertical axis from ${formatNumber(
        lambda / (lambda + 1.5 * largest.value),
        3,
      )} = λ/(λ + 3σmax/2) to 1. Up to the third order in 1/λ.`,
    ),
    row(
      'copies of one point',
      theory.copies.length === 0
        ? 'no such group'
        : `${formatCount(theory.copies.length)} groups, d(w) up to ${formatNumber(Math.max(...theory.copiesFactor), 3)}`,
      `Proposition 4: on a margin Newton = d(w) · influence, d(w) between 1 and 1 + s = ${formatNumber(1 + s, 3)}.`,
    ),
    row(
      'C_H, C_ℓ, C_f',
      [theory.hessianConstant, theory.lossConstant, theory.functionConstant[e] ?? NaN]
        .map((value) => formatNumber(value, 3))
        .join(', '),
      `Proposition 1: Lipschitz constants of the rows’ Hessians and of ${QUANTITY_TITLE[evaluation.quantity].toLowerCase()}, and the steepest row’s gradient between them.`,
    ),
    row(
      'bound ÷ error',
      looseness.length === 0 ? '–' : formatNumber(looseness[Math.floor(looseness.length / 2)] ?? NaN, 2),
      'Proposition 1’s bound n‖w‖² C_f C_H C_ℓ² / (σmin + λ)³ over |actual − Newton|, for the group in the middle: how loose it is.',
    ),
  ];
}

/** Bound over error per group, ascending. */
function loosenessOf(theory: StudyTheory, e: number, newton: Float64Array, actual: Float64Array): number[] {
  const ratios: number[] = [];
  for (let g = 0; g < newton.length; g++) {
    const error = Math.abs((actual[g] ?? NaN) - (newton[g] ?? NaN));
    if (error > 0 && Number.isFinite(error)) ratios.push((theory.bound[e * newton.length + g] ?? NaN) / error);
  }
  return ratios.sort((a, b) => a - b);
}

function row(name: string, value: string, about: string): TheoryRow {
  return { name, value, about };
}

/** An error below this part of a value does not show in its digits. */
const SHOWN = 5e-5;

/** With ± where its digits are in doubt. */
function found({ value, accuracy }: Found): string {
  return accuracy > SHOWN * value ? `${formatNumber(value)} ± ${formatNumber(accuracy, 1)}` : formatNumber(value);
}
