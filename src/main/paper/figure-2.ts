/** Figure 2: the one-step Newton estimate lies near the diagonal; also for MNIST, which the paper left out. */
import { formatNumber } from '../../shared/format.ts';
import type { ClaimRow } from '../../shared/paper.ts';
import { knownDataset, paperStudies } from '../../shared/paper-studies.ts';
import { QUANTITY_TITLE } from '../../shared/quantities.ts';
import { formatCorrelation, formatShare } from '../../shared/format.ts';
import { comparisonChart } from './comparison-chart.ts';
import { evaluationsOf, pairsOf, relativeError, rho } from './effects-of.ts';
import { claimOf, datasetTitle, notRun, UNAVAILABLE } from './figure.ts';
import type { PaperFigure, PaperResult } from './figure.ts';
import { PANELS } from './figure-1.ts';

export const figure2: PaperFigure = {
  id: '2',
  number: 'Figure 2',
  title: 'Newton against actual effects',
  question: 'How much of the error of influence does one Newton step take away?',
  finding:
    'Newton lies near the diagonal on all datasets, worst on Diabetes; the paper leaves MNIST out as too expensive.',
  experiments: (data, scale) => data.flatMap((dataset) => paperStudies('2', dataset, scale)),
  claims: (results) => [
    ...results.flatMap(claimsOf),
    ...worstOnDiabetes(results),
    ...UNAVAILABLE.slice(0, 1).map(({ key, title, why }) =>
      notRun('2', key, `${title}: Newton lies near the diagonal`, 'near the diagonal', why),
    ),
  ],
  charts: (results) =>
    PANELS.flatMap((quantity) =>
      results.flatMap((result) =>
        evaluationsOf(result.input(), quantity)
          .slice(0, 1)
          .map((evaluation) => comparisonChart(result, evaluation, 'newton')),
      ),
    ),
};

function claimsOf(result: PaperResult): ClaimRow[] {
  const input = result.input();
  const mnist = knownDataset(result.summary) === 'mnist';
  return PANELS.flatMap((quantity) => {
    const [evaluation] = evaluationsOf(input, quantity);
    if (evaluation === undefined) return [];
    const newton = pairsOf(input, evaluation, 'newton');
    const errors = [relativeError(pairsOf(input, evaluation, 'influence')), relativeError(newton)];
    return [
      claimOf('2', result, `${quantity}/closer`, {
        statement: `Newton is nearer to the actual effect than influence, on ${QUANTITY_TITLE[quantity].toLowerCase()}`,
        paperValue: mnist ? 'not computed (too expensive)' : 'near the diagonal',
        ourValue: `median error ${percent(errors[1])} against ${percent(errors[0])} of influence; ρ = ${formatCorrelation(rho(newton))}`,
        met: errors[1] < errors[0],
        how: `Median over the groups of |estimate − actual| / |actual|${evaluation.target === 'self' ? '' : `, test row ${evaluation.target}`}; met when Newton’s is smaller.`,
      }),
    ];
  });
}

function worstOnDiabetes(results: readonly PaperResult[]): ClaimRow[] {
  const binary = results.filter(({ summary }) => {
    const known = knownDataset(summary);
    return known !== null && known !== 'spambase' && known !== 'mnist';
  });
  const diabetes = binary.find(({ summary }) => knownDataset(summary) === 'diabetes');
  if (diabetes === undefined || binary.length < 2) {
    return [
      notRun(
        '2',
        'worst',
        'Newton errs most on Diabetes',
        'Diabetes',
        'Needs Diabetes and another of the paper’s datasets.',
      ),
    ];
  }
  const errors = binary.map((result) => {
    const [evaluation] = evaluationsOf(result.input(), 'loss');
    return { result, error: relativeError(pairsOf(result.input(), evaluation, 'newton')) };
  });
  const worst = errors.reduce((a, b) => (b.error > a.error ? b : a));
  return [
    {
      ...claimOf('2', diabetes, 'worst', {
        statement: 'Newton errs most here',
        paperValue: 'Diabetes',
        ourValue: errors.map(({ result, error }) => `${datasetTitle(result)} ${percent(error)}`).join(', '),
        met: worst.result === diabetes,
        how: 'Median relative error of Newton on the test loss of the row of highest loss, over the paper’s datasets at hand.',
      }),
      studies: binary.map(({ id }) => id),
      seconds: binary.reduce((sum, { seconds }) => sum + seconds, 0),
    },
  ];
}

export function percent(value: number): string {
  return value < 0.001 ? `${formatNumber(100 * value, 2)} %` : formatShare(value, 1);
}
