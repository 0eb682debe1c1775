/** The estimator ladder and the analyses' readings as lines of text. */
import { ANALYSIS_TITLE, type AnalysisResult } from '../../shared/analyses.ts';
import { analysedWords, readingOf } from '../../shared/analysis-words.ts';
import type { Engine } from '../../shared/contract.ts';
import { estimatorLadders } from '../../shared/estimator-ladder.ts';
import { formatNumber } from '../../shared/format.ts';
import { ESTIMATOR_TITLE, QUANTITY_TITLE } from '../../shared/quantities.ts';
import type { StudyDetail } from '../../shared/study.ts';
import { errorWords, recommendation, RECOMMENDED_WITHIN } from '../report/report-ladder.ts';
import { oneLine, textTable } from './text-table.ts';

/** Nothing where no cost was measured or no actual effect is there to be compared with. */
export function ladderLines({ agreements, estimatorSeconds }: StudyDetail): string[] {
  const ladders = estimatorSeconds === undefined ? [] : estimatorLadders(agreements, estimatorSeconds);
  if (ladders.length === 0) return [];
  const rows = ladders.flatMap(({ quantity, rungs }) =>
    rungs.map((rung) => [
      QUANTITY_TITLE[quantity],
      ESTIMATOR_TITLE[rung.estimator],
      formatNumber(1000 * rung.seconds, 3),
      errorWords(rung.medianError),
      errorWords(rung.error90),
    ]),
  );
  return [
    '',
    'Estimator ladder (cost of each alone; errors relative to the actual effect, on the target where they are worst)',
    ...textTable(
      [
        { title: 'quantity', align: 'left' },
        { title: 'estimator', align: 'left' },
        { title: 'ms a group', align: 'right' },
        { title: 'median error', align: 'right' },
        { title: '9 in 10 within', align: 'right' },
      ],
      rows,
    ),
    ...ladders.map((ladder) => `${QUANTITY_TITLE[ladder.quantity]}: ${recommendation(ladder, RECOMMENDED_WITHIN)}`),
  ];
}

/** What the study's analyses found, as far as they are done. */
export async function analysesOf(engine: Engine, { id, spec }: StudyDetail): Promise<string[]> {
  if (spec.analyses === undefined) return [];
  return analysisLines(await engine.call('studies.analyses', { id }));
}

function analysisLines(analyses: readonly AnalysisResult[]): string[] {
  return analyses.flatMap((result) => [
    '',
    `${ANALYSIS_TITLE[result.kind]}, ${analysedWords(result.evaluation)}:`,
    `  ${oneLine(readingOf(result))}`,
    ...result.notes.map((note) => `  ${oneLine(note)}`),
  ]);
}
