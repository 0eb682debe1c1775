/** The report's ladder of estimators: what each costs a group and how far it is from the actual effect. */
import { LADDER_WORDS, recommendationWords } from '../../shared/analysis-words.ts';
import { cheapestWithin, estimatorLadders, type Ladder } from '../../shared/estimator-ladder.ts';
import { formatNumber } from '../../shared/format.ts';
import { ESTIMATOR_TITLE, QUANTITY_TITLE } from '../../shared/quantities.ts';
import type { BundleInput } from './bundle.ts';
import { paragraph, section, table } from './html.ts';

/** The share of the actual effect for which the report recommends an estimator; the window lets one choose. */
export const RECOMMENDED_WITHIN = 0.05;

export function ladderSection({ agreements, estimatorSeconds }: BundleInput): string {
  if (estimatorSeconds === undefined) return '';
  const ladders = estimatorLadders(agreements, estimatorSeconds);
  if (ladders.length === 0) return '';
  return section(
    'ladder',
    'Estimator ladder',
    paragraph(LADDER_WORDS, 'aside'),
    ...ladders.map(
      (ladder) =>
        `${table(
          `${QUANTITY_TITLE[ladder.quantity]}: cheapest first; errors on the target where they are worst.`,
          [
            { title: 'Estimator' },
            { title: 'Time per group, ms', figures: true },
            { title: 'Median error', figures: true },
            { title: '9 in 10 within', figures: true },
          ],
          ladder.rungs.map((rung) => [
            ESTIMATOR_TITLE[rung.estimator],
            formatNumber(1000 * rung.seconds, 3),
            errorWords(rung.medianError),
            errorWords(rung.error90),
          ]),
        )}${paragraph(recommendation(ladder, RECOMMENDED_WITHIN))}`,
    ),
  );
}

/** "Cheapest within 5 % …: Newton (2.1 ms a group, 14 × cheaper than retraining)." */
export function recommendation(ladder: Ladder, share: number): string {
  const rung = cheapestWithin(ladder, share);
  if (rung === null) return '';
  const actual = ladder.rungs.find(({ estimator }) => estimator === 'actual')?.seconds ?? NaN;
  const { seconds, estimator } = rung;
  return recommendationWords(ESTIMATOR_TITLE[estimator], share, { seconds, cheaper: actual / seconds });
}

export function errorWords(error: number): string {
  return error === 0 ? '0 %' : `${formatNumber(100 * error, 3)} %`;
}
