/** Figure 1: influence against actual effects of 1,700 groups, three functions f, and the sign of the error. */
import { formatCorrelation, formatCount } from '../../shared/format.ts';
import type { ClaimRow } from '../../shared/paper.ts';
import { QUANTITY_TITLE } from '../../shared/quantities.ts';
import type { Quantity } from '../../shared/quantities.ts';
import { paperStudies } from '../../shared/paper-studies.ts';
import { shareWords } from '../report/report-words.ts';
import { comparisonChart } from './comparison-chart.ts';
import { evaluationsOf, pairsOf, rho, sameSign, underestimated } from './effects-of.ts';
import { claimOf, notRun, UNAVAILABLE } from './figure.ts';
import type { PaperFigure, PaperResult } from './figure.ts';

/** The lowest ρ of the paper's 14 panels, less its rounding. */
const LOWEST_PANEL = 0.885;
export const PANELS: readonly Quantity[] = ['margin', 'loss', 'selfLoss'];

export const figure1: PaperFigure = {
  id: '1',
  number: 'Figure 1',
  title: 'Influence against actual effects',
  question: 'Does influence rank whole groups as removing them and retraining would?',
  finding:
    'Spearman’s ρ is .89 to .99 on all of the paper’s 14 panels, with 1,700 groups of up to 25 % of the data each; influence has the right sign and is too small, except for groups whose removal lowers the test loss.',
  experiments: (data, scale) => data.flatMap((dataset) => paperStudies('1', dataset, scale)),
  claims: (results) => [
    ...results.flatMap(claimsOf),
    ...UNAVAILABLE.slice(0, 1).map(({ key, title, why }) =>
      notRun('1', key, `${title}: influence ranks the groups, on margin, loss and self-loss`, 'ρ = .89–.99', why),
    ),
  ],
  charts: (results) =>
    PANELS.flatMap((quantity) =>
      results.flatMap((result) =>
        evaluationsOf(result.input(), quantity)
          .slice(0, 1)
          .map((evaluation) => comparisonChart(result, evaluation, 'influence')),
      ),
    ),
};

function claimsOf(result: PaperResult): ClaimRow[] {
  const input = result.input();
  const rows: ClaimRow[] = [];
  for (const quantity of PANELS) {
    const [evaluation] = evaluationsOf(input, quantity);
    if (evaluation === undefined) continue;
    const pairs = pairsOf(input, evaluation, 'influence');
    const found = rho(pairs);
    const name = QUANTITY_TITLE[quantity].toLowerCase();
    const where = quantity === 'selfLoss' ? '' : ` of test row ${evaluation.target}, that of the highest loss`;
    rows.push(
      claimOf('1', result, `${quantity}/rho`, {
        statement: `influence ranks the groups, on ${name}`,
        paperValue: 'ρ = .89–.99',
        ourValue: `ρ = ${formatCorrelation(found)}`,
        met: found >= LOWEST_PANEL,
        how: `Spearman’s ρ of influence and actual ${name}${where}, ${formatCount(pairs.groups.length)} groups; met from .885 up.${found > 0.995 ? ' Above the paper’s highest panel.' : ''}`,
      }),
    );
    if (quantity === 'loss') rows.push(...lossSigns(result, pairs));
    else {
      const share = underestimated(pairs);
      const agree = sameSign(pairs);
      rows.push(
        claimOf('1', result, `${quantity}/underestimates`, {
          statement: `influence has the right sign and is too small, on ${name}`,
          paperValue: 'almost all groups',
          ourValue: `${shareWords(share)} too small, ${shareWords(agree)} same sign`,
          met: share > 0.5 && agree > 0.9,
          how: `Share of groups with |influence| < |actual|, and of equal sign; met when more than half and more than 90 %.`,
        }),
      );
    }
  }
  return rows;
}

function lossSigns(result: PaperResult, pairs: ReturnType<typeof pairsOf>): ClaimRow[] {
  const raising = underestimated(pairs, (actual) => actual > 0);
  const lowering = underestimated(pairs, (actual) => actual < 0);
  const counts = [pairs.actual.filter((value) => value > 0).length, pairs.actual.filter((value) => value < 0).length];
  if (counts.includes(0)) return [];
  return [
    claimOf('1', result, 'loss/exception', {
      statement: 'the exception: groups whose removal lowers the test loss are not underestimated like the others',
      paperValue: 'underestimated where the loss rises; not where it falls',
      ourValue: `${shareWords(raising)} too small where it rises, ${shareWords(lowering)} where it falls`,
      met: raising > 0.5 && lowering < raising,
      how: `Share with |influence| < |actual| among the ${formatCount(counts[0])} groups that raise the loss and the ${formatCount(counts[1])} that lower it; met when more than half and a smaller share.`,
    }),
  ];
}
