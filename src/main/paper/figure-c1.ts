/** Figure C.1: other test points than that of Figure 1. */
import { formatCorrelation } from '../../shared/format.ts';
import type { ClaimRow } from '../../shared/paper.ts';
import { paperStudies } from '../../shared/paper-studies.ts';
import { QUANTITY_TITLE } from '../../shared/quantities.ts';
import { rangeWords } from '../report/report-words.ts';
import { comparisonChart } from './comparison-chart.ts';
import { evaluationsOf, pairsOf, rho } from './effects-of.ts';
import { claimOf } from './figure.ts';
import type { PaperFigure, PaperResult } from './figure.ts';

const POINTWISE = ['margin', 'loss'] as const;
const LOWEST = 0.8;

export const figureC1: PaperFigure = {
  id: 'C.1',
  number: 'Figure C.1',
  title: 'Other test points',
  question: 'Is the agreement that of one lucky test point?',
  finding: 'ρ is .8 to 1.0 on the other test points too.',
  experiments: (data, scale) => data.flatMap((dataset) => paperStudies('C.1', dataset, scale)),
  claims: (results) => results.flatMap(claimsOf),
  charts: (results) =>
    results.flatMap((result) =>
      POINTWISE.flatMap((quantity) =>
        evaluationsOf(result.input(), quantity)
          .slice(3, 5)
          .map((evaluation) => comparisonChart(result, evaluation, 'influence')),
      ),
    ),
};

function claimsOf(result: PaperResult): ClaimRow[] {
  const input = result.input();
  return POINTWISE.flatMap((quantity) => {
    const others = evaluationsOf(input, quantity).slice(1);
    if (others.length === 0) return [];
    const found = others.map((evaluation) => rho(pairsOf(input, evaluation, 'influence')));
    const worst = others[found.indexOf(Math.min(...found))];
    return [
      claimOf('C.1', result, quantity, {
        statement: `influence ranks the groups for other test points, on ${QUANTITY_TITLE[quantity].toLowerCase()}`,
        paperValue: 'ρ = .8–1.0',
        ourValue: `ρ = ${rangeWords(found, formatCorrelation)}`,
        met: found.every((value) => value >= LOWEST - 0.05),
        how: `Spearman’s ρ for test rows ${others.map(({ target }) => target).join(', ')}; the lowest is of row ${worst?.target ?? '–'}. Met when all reach .75, which rounds to .8.`,
      }),
    ];
  });
}
