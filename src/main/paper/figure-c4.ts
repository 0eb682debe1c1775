/** Figure C.4: influence, influence on parameters and Newton, on test loss and self-loss. */
import { formatCorrelation } from '../../shared/format.ts';
import type { ClaimRow } from '../../shared/paper.ts';
import { paperStudies } from '../../shared/paper-studies.ts';
import { ESTIMATOR_TITLE, QUANTITY_TITLE } from '../../shared/quantities.ts';
import { comparisonChart } from './comparison-chart.ts';
import { evaluationsOf, pairsOf, relativeError, rho } from './effects-of.ts';
import { percent } from './figure-2.ts';
import { claimOf } from './figure.ts';
import type { PaperFigure, PaperResult } from './figure.ts';

const LADDER = ['influence', 'influenceOnParameters', 'newton'] as const;
const LOSSES = ['loss', 'selfLoss'] as const;

export const figureC4: PaperFigure = {
  id: 'C.4',
  number: 'Figure C.4',
  title: 'Influence, influence on parameters, Newton',
  question: 'Does the error come from the change of the parameters, or from taking f as linear in them?',
  finding:
    'Putting the influence on parameters into f changes little; Newton, which changes the Hessian, is near the actual effect.',
  experiments: (data, scale) => data.flatMap((dataset) => paperStudies('C.4', dataset, scale)),
  claims: (results) => results.flatMap(claimsOf),
  charts: (results) =>
    results.flatMap((result) =>
      LOSSES.flatMap((quantity) =>
        evaluationsOf(result.input(), quantity)
          .slice(0, 1)
          .flatMap((evaluation) =>
            LADDER.map((estimator) => {
              const chart = comparisonChart(result, evaluation, estimator);
              return { ...chart, title: `${chart.title} · ${ESTIMATOR_TITLE[estimator]}` };
            }),
          ),
      ),
    ),
};

function claimsOf(result: PaperResult): ClaimRow[] {
  const input = result.input();
  return LOSSES.flatMap((quantity) => {
    const [evaluation] = evaluationsOf(input, quantity);
    if (evaluation === undefined) return [];
    const found = LADDER.map((estimator) => {
      const pairs = pairsOf(input, evaluation, estimator);
      return { estimator, error: relativeError(pairs), rho: rho(pairs) };
    });
    const [influence, onParameters, newton] = found;
    return [
      claimOf('C.4', result, quantity, {
        statement: `Newton is nearest to the actual effect, on ${QUANTITY_TITLE[quantity].toLowerCase()}`,
        paperValue: 'Newton nearest the diagonal',
        ourValue: found
          .map((one) => `${ESTIMATOR_TITLE[one.estimator]} ${percent(one.error)} (ρ ${formatCorrelation(one.rho)})`)
          .join(', '),
        met: newton.error < Math.min(influence.error, onParameters.error),
        how: 'Median over the groups of |estimate − actual| / |actual|; met when Newton’s is the smallest.',
      }),
    ];
  });
}
