/** The paper's scatter: one estimate against the actual effect, one panel per dataset and quantity. */
import { formatCorrelation, formatCount, formatNumber, formatSigned } from '../../shared/format.ts';
import type { Group } from '../../shared/group.ts';
import { ESTIMATOR_TITLE, QUANTITY_TITLE } from '../../shared/quantities.ts';
import type { Estimator, Evaluation } from '../../shared/quantities.ts';
import type { PaperChart } from '../../shared/paper.ts';
import { shareWords, targetWords } from '../report/report-words.ts';
import { plotSvg } from '../report/plot-chart.ts';
import { pairsOf, rho, sameSign, slope, underestimated } from './effects-of.ts';
import { datasetTitle } from './figure.ts';
import type { PaperResult } from './figure.ts';

/** Marks that tell their group under the pointer: those of the largest effect. */
const TOLD = 25;

/** @param of which groups; all when left out */
export function comparisonChart(
  result: PaperResult,
  evaluation: Evaluation,
  estimator: Estimator,
  of: (group: Group) => boolean = () => true,
): PaperChart {
  const input = result.input();
  const pairs = pairsOf(input, evaluation, estimator, of);
  const { groups, estimate, actual } = pairs;
  const told = new Set([...groups.keys()].sort((a, b) => Math.abs(actual[b]) - Math.abs(actual[a])).slice(0, TOLD));
  const where = evaluation.target === 'self' ? '' : `, ${targetWords(evaluation.target)}`;
  const title = `${datasetTitle(result)} · ${QUANTITY_TITLE[evaluation.quantity]}${where}`;
  const caption =
    groups.length === 0
      ? 'No group has both effects.'
      : `ρ ${formatCorrelation(rho(pairs))} · ${ESTIMATOR_TITLE[estimator]} underestimates ${shareWords(underestimated(pairs))} of ${formatCount(groups.length)} groups · same sign ${shareWords(sameSign(pairs))} · slope ${formatNumber(slope(pairs), 3)}`;
  const change = `change of ${QUANTITY_TITLE[evaluation.quantity].toLowerCase()} on removal`;
  const svg = plotSvg({
    points: groups.map((g, k) => ({
      x: estimate[k],
      y: actual[k],
      mark: input.groups[g].origin,
      title: told.has(k)
        ? `${input.groups[g].label} · ${formatCount(input.groups[g].members.length)} rows\n${ESTIMATOR_TITLE[estimator]} ${formatSigned(estimate[k])} · actual ${formatSigned(actual[k])}`
        : null,
    })),
    x: { title: `${ESTIMATOR_TITLE[estimator]}: ${change}` },
    y: { title: `actual: ${change}` },
    equal: true,
    description: `${title}, ${ESTIMATOR_TITLE[estimator]} against actual: ${caption}`,
  });
  return { title, caption, svg };
}
