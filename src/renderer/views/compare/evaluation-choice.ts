/** Which quantity and target a comparison shows, from the URL and what the study has. Pure. */
import { QUANTITIES, type Evaluation, type Quantity } from '../../../shared/quantities.ts';

/** The quantities a study has, in their usual order. */
export function quantitiesOf(evaluations: readonly Evaluation[]): Quantity[] {
  return QUANTITIES.filter((quantity) => evaluations.some((evaluation) => evaluation.quantity === quantity));
}

export function targetsOf(evaluations: readonly Evaluation[], quantity: Quantity): string[] {
  return evaluations.filter((evaluation) => evaluation.quantity === quantity).map((evaluation) => evaluation.target);
}

/** Test rows that some quantity is measured on. */
export function testRowsOf(evaluations: readonly Evaluation[]): string[] {
  const rows = evaluations
    .filter(({ quantity }) => quantity === 'margin' || quantity === 'loss')
    .map(({ target }) => target);
  return [...new Set(rows)];
}

/** The wished-for evaluation if the study has it, else the nearest: its quantity, else test loss, else the first. */
export function chooseEvaluation(
  evaluations: readonly Evaluation[],
  quantity: string | undefined,
  target: string | undefined,
): Evaluation | null {
  const available = quantitiesOf(evaluations);
  const chosen =
    available.find((candidate) => candidate === quantity) ?? (available.includes('loss') ? 'loss' : available[0]);
  if (chosen === undefined) return null;
  const same = evaluations.filter((evaluation) => evaluation.quantity === chosen);
  return same.find((evaluation) => evaluation.target === target) ?? same[0] ?? null;
}

/** A target as people read it: "row 54826", "the removed group", "all test rows", "class = 1". */
export function targetTitle({ quantity, target }: Evaluation): string {
  if (quantity === 'selfLoss') return 'the removed group itself';
  if (quantity === 'meanTestLoss')
    return target === 'all' ? 'all test rows' : `test rows with ${target.replace('=', ' = ')}`;
  return `test row ${target}`;
}

/** The same in a word, for a choice of several: "54826", "all", "class = 1". */
export function targetWord(target: string): string {
  return target === 'all' ? 'all test rows' : target.replace('=', ' = ');
}
