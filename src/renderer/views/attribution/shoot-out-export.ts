/** The shoot-out as a chart that can be saved, with the numbers of its table. Pure. */
import type { Interval, ShootOutResult } from '../../../shared/attribution.ts';
import { formatCorrelation, formatDuration, formatShare, UNDEFINED_MARK } from '../../../shared/format.ts';
import type { ChartTheme } from '../../charts/chart-theme.ts';
import type { ChartExport } from '../../charts/export-chart.ts';
import { shootOutFigure } from '../../charts/shoot-out-figure.ts';

const WIDTH = 900;

export function shootOutExport(
  result: ShootOutResult,
  { dataset, theme, description }: { dataset: string; theme: ChartTheme; description: string },
): ChartExport {
  const numbers = (interval: Interval | null | undefined): number[] =>
    interval == null ? [NaN, NaN, NaN] : [interval.estimate, interval.low, interval.high];
  const bounded = (name: string): string[] => [name, `${name}Low`, `${name}High`];
  return {
    name: `${dataset} attribution shoot-out`,
    figure: () => shootOutFigure(result, WIDTH, theme, description),
    table: () => ({
      about: {
        dataset,
        model: result.model.description,
        truth: result.truthDescription,
        effect: 'change of the mean test loss when the rows are removed; positive: the removal raises it',
        intervals: '95 % bootstrap',
      },
      columns: [
        ...['method', 'cost', 'seconds', 'bytes'],
        ...[...bounded('pearsonPoints'), ...bounded('spearmanPoints'), ...bounded('pearsonGroups')],
        ...[...bounded('lds'), ...bounded('mislabelAuc'), 'foundAt15'],
      ],
      rows: result.methods
        .filter(({ failure }) => failure === null)
        .map((row) => [
          ...[row.title, row.cost, row.seconds, row.bytes],
          ...numbers(row.points?.pearson),
          ...numbers(row.points?.spearman),
          ...numbers(row.groups?.pearson),
          ...numbers(row.lds),
          ...numbers(row.mislabelArea),
          row.foundAt15 ?? NaN,
        ]),
    }),
  };
}

/** "> .999" and "[.98, 1.0]"; the bounds empty where there are none. */
export function intervalWords(interval: Interval | null | undefined): { value: string; bounds: string } {
  if (interval == null || !Number.isFinite(interval.estimate)) return { value: UNDEFINED_MARK, bounds: '' };
  const { estimate, low, high } = interval;
  const bounds = Number.isFinite(low) ? `${formatCorrelation(low)} … ${formatCorrelation(high)}` : '';
  return { value: formatCorrelation(estimate), bounds };
}

/** Which method to take here, in a sentence. */
export function shootOutReading({ methods, truthSeconds }: ShootOutResult): string {
  const judged = methods.flatMap((method) => {
    const r = method.points?.pearson.estimate ?? Number.NaN;
    const exact = method.estimator === 'leaveOneOut';
    return Number.isFinite(r) && !exact ? [{ ...method, r }] : [];
  });
  const best = judged.sort((a, b) => b.r - a.r)[0];
  if (best === undefined) return 'No approximation has a correlation with retraining here.';
  const near = judged.filter(({ r }) => r >= best.r - 0.01).sort((a, b) => a.seconds - b.seconds)[0] ?? best;
  const faster = truthSeconds / Math.max(1e-4, near.seconds);
  const times = faster >= 10 ? Math.round(faster) : faster.toFixed(1);
  const speed =
    faster >= 1.1
      ? `, ${times} times as fast as retraining the same rows and groups`
      : `; but retraining the same rows and groups took no longer here (${formatDuration(truthSeconds)}): the exact answer is to be had`;
  const same = near === best ? '' : ` (${best.title} has ${formatCorrelation(best.r)})`;
  const found =
    near.foundAt15 === null
      ? ''
      : ` It finds ${formatShare(near.foundAt15)} of the flipped labels among 15 % of the rows it was asked about.`;
  return `Best value: ${near.title}, ${equals(near.r)} with exact retraining of single rows${same}${speed}.${found}`;
}

/** "r = .943"; "r > .999". */
function equals(r: number): string {
  const written = formatCorrelation(r);
  return /^[<>]/.test(written) ? `r ${written}` : `r = ${written}`;
}
