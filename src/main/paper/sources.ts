/** Figure 4 right, C.8–C.11: sources (crowdworkers, hospitals, payers) by slice of the test rows. */
import { formatCorrelation, formatCount } from '../../shared/format.ts';
import type { ClaimRow } from '../../shared/paper.ts';
import { paperStudies } from '../../shared/paper-studies.ts';
import { spearman } from '../../shared/statistics.ts';
import { CALLED, naturalCharts } from '../natural/natural-charts.ts';
import { naturalAnalyses } from '../natural/permutation.ts';
import { effectColumn } from '../report/effect-column.ts';
import { rangeWords } from '../report/report-words.ts';
import { claimOf, datasetTitle, notRun, UNAVAILABLE } from './figure.ts';
import { comparisonChart } from './comparison-chart.ts';
import type { PaperFigure, PaperResult } from './figure.ts';

const FEWEST_GROUPS = 4;
/** Below this a rank correlation with the number of rows is called none. */
const UNRELATED = 0.5;

export const sources: PaperFigure = {
  id: '4-right',
  number: 'Figure 4, right; C.8–C.11',
  title: 'Sources of the data, by slice of the test rows',
  question: 'Which source helps or harms which part of the test set, and is it because of its size?',
  finding:
    'ρ of influence and actual effect of a crowdworker is .77 to .86 by genre; influence has little to do with the number of examples.',
  experiments: (data, scale) => data.flatMap((dataset) => paperStudies('4-right', dataset, scale)),
  claims: (results) => [
    ...results.flatMap(claimsOf),
    ...UNAVAILABLE.slice(1).map(({ key, title, why }) =>
      notRun('4-right', key, `${title}: influence ranks the crowdworkers, by genre`, 'ρ = .77–.86', why),
    ),
  ],
  charts: (results) =>
    results.flatMap((result) => {
      const input = result.input();
      const overall = input.evaluations.find(({ target }) => target === 'all');
      return [
        ...naturalCharts(input, datasetTitle(result)),
        ...(overall === undefined
          ? []
          : [comparisonChart(result, overall, 'influence', ({ origin }) => origin === 'natural')]),
      ];
    }),
};

function claimsOf(result: PaperResult): ClaimRow[] {
  const input = result.input();
  return naturalAnalyses(input.groups, input.effects, 'influence').flatMap((analysis) => {
    const { column, groups, evaluations, permutations } = analysis;
    if (groups.length < FEWEST_GROUPS) return [];
    const vector = (evaluation: (typeof evaluations)[number], estimator: 'influence' | 'actual') => {
      const effects = effectColumn(input.effects, evaluation, estimator);
      return Float64Array.from(groups, ({ index }) => effects[index]);
    };
    const finite = (a: Float64Array, b: Float64Array): number => {
      const kept = [...a.keys()].filter((k) => Number.isFinite(a[k]) && Number.isFinite(b[k]));
      return spearman(
        Float64Array.from(kept, (k) => a[k]),
        Float64Array.from(kept, (k) => b[k]),
      );
    };
    const found = evaluations.map((evaluation) =>
      finite(vector(evaluation, 'influence'), vector(evaluation, 'actual')),
    );
    const sizes = Float64Array.from(groups, ({ size }) => size);
    const overall = evaluations.find(({ target }) => target === 'all') ?? evaluations[0];
    const withSize = finite(vector(overall, 'influence'), sizes);
    const rows = [
      claimOf('4-right', result, `${column}/rho`, {
        statement: `influence ranks the values of ${column}, by slice`,
        paperValue: 'ρ = .77–.86',
        ourValue: `ρ = ${rangeWords(found, formatCorrelation)}`,
        met: found.every((rho) => rho >= 0.765),
        how: `Spearman’s ρ of influence and actual change of the mean test loss over ${formatCount(groups.length)} groups, on each of ${formatCount(evaluations.length)} slices; met when none is below the paper’s lowest. The paper’s sources are crowdworkers, whose data can not be had.`,
      }),
      claimOf('4-right', result, `${column}/size`, {
        statement: `influence has little to do with the number of rows, over the values of ${column}`,
        paperValue: 'unrelated',
        ourValue: `ρ = ${formatCorrelation(withSize)} with the number of rows`,
        met: Math.abs(withSize) < UNRELATED,
        how: `Spearman’s ρ of influence on the overall mean test loss and group size, ${formatCount(groups.length)} groups; met when below .5 in size. In the paper all sources wrote one kind of example; here they differ in how far their rows help.`,
      }),
    ];
    if (permutations === 0) return rows;
    const actual = naturalAnalyses(input.groups, input.effects, 'actual').find((one) => one.column === column);
    const judged = actual ?? analysis;
    const called = judged.cells.filter(({ q }) => q <= CALLED).length;
    rows.push(
      claimOf('4-right', result, `${column}/chance`, {
        statement: `some values of ${column} do more than as many random rows`,
        paperValue: 'not tested',
        ourValue: `${formatCount(called)} of ${formatCount(judged.cells.length)} cells`,
        met: called > 0,
        how: `Cells (group × slice) beyond random groups of equal size at a false-discovery rate of 5 % (Benjamini–Hochberg), ${formatCount(permutations)} random groups per size.`,
      }),
    );
    return rows;
  });
}
