/** Figures C.2 and C.3: the same groups at ten values of λ. */
import { formatCorrelation, formatScientific } from '../../shared/format.ts';
import type { ClaimRow, PaperChart } from '../../shared/paper.ts';
import { paperStudies } from '../../shared/paper-studies.ts';
import { QUANTITY_TITLE } from '../../shared/quantities.ts';
import type { Quantity } from '../../shared/quantities.ts';
import { spearman } from '../../shared/statistics.ts';
import { plotSvg } from '../report/plot-chart.ts';
import { comparisonChart } from './comparison-chart.ts';
import { evaluationsOf, pairsOf, relativeError, rho } from './effects-of.ts';
import { claimOf, datasetTitle } from './figure.ts';
import type { PaperFigure, PaperResult } from './figure.ts';
import { percent } from './figure-2.ts';
import { PANELS } from './figure-1.ts';

/** Values of λ that a trend can be told from. */
const FEWEST_VALUES = 3;
/** Scatters drawn per dataset, from the smallest λ to the largest. */
const DRAWN = 4;

export const lambdaSweep: PaperFigure = {
  id: 'C.2',
  number: 'Figures C.2–C.3',
  title: 'The effect of regularisation',
  question: 'Does a larger λ make influence more accurate?',
  finding: 'The larger λ is, the smaller the error and the higher ρ; without regularisation influence can be far off.',
  experiments: (data, scale) => data.flatMap((dataset) => paperStudies('C.2', dataset, scale)),
  claims: (results) => byDataset(results).flatMap(claimsOf),
  charts: (results) => byDataset(results).flatMap((sweep) => [...curveCharts(sweep), ...scatters(sweep)]),
};

/** The studies of each dataset by ascending λ; a dataset with one study only is no sweep. */
function byDataset(results: readonly PaperResult[]): PaperResult[][] {
  const sweeps = new Map<string, PaperResult[]>();
  for (const result of results) sweeps.set(result.summary.id, [...(sweeps.get(result.summary.id) ?? []), result]);
  return [...sweeps.values()]
    .filter((sweep) => sweep.length > 1)
    .map((sweep) => sweep.sort((a, b) => relativeOf(a) - relativeOf(b)));
}

function relativeOf(result: PaperResult): number {
  return result.input().fit.summary.lambda / result.summary.trainRows;
}

/** ρ and error at each λ, of the first test row where the quantity has one. */
function curve(sweep: readonly PaperResult[], quantity: Quantity, estimator: 'influence' | 'newton') {
  return sweep.flatMap((result) => {
    const input = result.input();
    const [evaluation] = evaluationsOf(input, quantity);
    if (evaluation === undefined) return [];
    const pairs = pairsOf(input, evaluation, estimator);
    return [{ relative: relativeOf(result), rho: rho(pairs), error: relativeError(pairs) }];
  });
}

function claimsOf(sweep: PaperResult[]): ClaimRow[] {
  const [first] = sweep;
  return PANELS.flatMap((quantity) => {
    const found = curve(sweep, quantity, 'influence');
    // Of two values every trend is ±1.
    if (found.length < FEWEST_VALUES) return [];
    const [least, most] = [found[0], found[found.length - 1]];
    const column = (pick: (at: (typeof found)[number]) => number) => Float64Array.from(found, pick);
    const trends = [
      spearman(
        column(({ relative }) => relative),
        column((at) => at.rho),
      ),
      spearman(
        column(({ relative }) => relative),
        column(({ error }) => error),
      ),
    ];
    const name = QUANTITY_TITLE[quantity].toLowerCase();
    const how = `${sweep.length} values of λ/n from ${formatScientific(least.relative)} to ${formatScientific(most.relative)}, the same test row and group sizes; the trend is Spearman’s correlation with λ`;
    const row = (key: string, statement: string, ourValue: string, met: boolean, paperValue: string): ClaimRow => ({
      ...claimOf('C.2', first, `${quantity}/${key}`, {
        statement,
        paperValue,
        ourValue,
        met,
        how: `${how}; met when it has the paper’s sign.`,
      }),
      studies: sweep.map(({ id }) => id),
      seconds: sweep.reduce((sum, { seconds }) => sum + seconds, 0),
    });
    return [
      row(
        'rho',
        `ρ rises with λ, on ${name}`,
        `ρ from ${formatCorrelation(least.rho)} to ${formatCorrelation(most.rho)}; trend ${formatCorrelation(trends[0])}`,
        trends[0] > 0 || (least.rho > 0.9995 && most.rho > 0.9995),
        'rises',
      ),
      row(
        'error',
        `the error of influence falls with λ, on ${name}`,
        `median error from ${percent(least.error)} to ${percent(most.error)}; trend ${formatCorrelation(trends[1])}`,
        trends[1] < 0,
        'falls',
      ),
    ];
  });
}

function curveCharts(sweep: PaperResult[]): PaperChart[] {
  const title = datasetTitle(sweep[0]);
  const lines = PANELS.map((quantity, series) => ({
    series,
    quantity,
    points: curve(sweep, quantity, 'influence'),
  })).filter(({ points }) => points.length > 0);
  const least = Math.min(...lines.flatMap(({ points }) => points.map((at) => at.rho)).filter(Number.isFinite), 0.9);
  const words = lines.map(
    ({ quantity, series }) => `${['●', '▲', '✕'][series] ?? ''} ${QUANTITY_TITLE[quantity].toLowerCase()}`,
  );
  return [
    {
      title: `${title} · ρ against λ`,
      caption: `Influence, ${words.join(', ')}. ${sweep.length} studies.`,
      svg: plotSvg({
        points: lines.flatMap(({ points, series, quantity }) =>
          points.map((at) => ({
            x: at.relative,
            y: at.rho,
            mark: { series },
            title: `${QUANTITY_TITLE[quantity]}, λ/n ${formatScientific(at.relative)}: ρ ${formatCorrelation(at.rho)}`,
          })),
        ),
        lines: lines.map(({ points, series }) => ({
          series,
          points: points.map((at) => [at.relative, at.rho] as const),
        })),
        x: { title: 'λ/n', log: true },
        y: { title: 'Spearman’s ρ of influence and actual', range: [Math.floor(least * 5) / 5, 1.0] },
        description: `${title}: ρ of influence with the actual effect against λ/n`,
      }),
    },
  ];
}

function scatters(sweep: PaperResult[]): PaperChart[] {
  const count = Math.min(DRAWN, sweep.length);
  const shown = Array.from(
    { length: count },
    (_, k) => sweep[Math.round((k * (sweep.length - 1)) / Math.max(1, count - 1))],
  );
  return shown.flatMap((result) =>
    evaluationsOf(result.input(), 'selfLoss').map((evaluation) => {
      const chart = comparisonChart(result, evaluation, 'influence');
      return { ...chart, title: `${chart.title} · λ/n ${formatScientific(relativeOf(result))}` };
    }),
  );
}
