/** What natural groups do to each slice of the test rows, drawn: a heat map, and influence against the number of rows. */
import { formatCount, formatNumber, formatSigned } from '../../shared/format.ts';
import type { PaperChart } from '../../shared/paper.ts';
import { ESTIMATOR_TITLE } from '../../shared/quantities.ts';
import type { BundleInput } from '../report/bundle.ts';
import { heatMapSvg } from '../report/heat-map.ts';
import { plotSvg } from '../report/plot-chart.ts';
import { targetWords } from '../report/report-words.ts';
import type { NaturalAnalysis } from './permutation.ts';
import { naturalAnalyses } from './permutation.ts';

/** Called more than chance below this false-discovery rate. */
export const CALLED = 0.05;
const MOST_ROWS = 40;
const MOST_COLUMNS = 16;

/** The heat map of actual effects (of influence where none are), and influence against size; none without natural groups. */
export function naturalCharts(input: Pick<BundleInput, 'groups' | 'effects'>, name: string): PaperChart[] {
  const estimator = input.effects.estimators.includes('actual') ? 'actual' : 'influence';
  const analyses = naturalAnalyses(input.groups, input.effects, estimator);
  const influences = naturalAnalyses(input.groups, input.effects, 'influence');
  return analyses.flatMap((analysis) => {
    const estimated = influences.find(({ column }) => column === analysis.column);
    return [heatChart(analysis, estimator, name), ...(estimated === undefined ? [] : [sizeChart(estimated, name)])];
  });
}

export function cellWords({ effect, expected, p, q }: NaturalAnalysis['cells'][number]): string {
  if (Number.isNaN(p)) return formatSigned(effect);
  return `${formatSigned(effect)}; random rows ${formatSigned(expected)}, p = ${formatNumber(p, 2)}, q = ${formatNumber(q, 2)}`;
}

function heatChart(analysis: NaturalAnalysis, estimator: 'actual' | 'influence', name: string): PaperChart {
  const { column, evaluations, permutations } = analysis;
  const slices = evaluations.slice(0, MOST_COLUMNS);
  // The largest groups, where there are too many to draw.
  const shown = analysis.groups
    .toSorted((a, b) => b.size - a.size)
    .slice(0, MOST_ROWS)
    .toSorted((a, b) => a.index - b.index);
  const cell = (index: number, e: number) => {
    const g = analysis.groups.findIndex((group) => group.index === index);
    return analysis.cells[g * evaluations.length + e];
  };
  const called = analysis.cells.filter(({ q }) => q <= CALLED).length;
  const judged =
    permutations === 0
      ? 'No random groups of equal size were asked for, so no p-values.'
      : `A dot: beyond random groups of the same size at a false-discovery rate of 5 % (${formatCount(called)} of ${formatCount(analysis.cells.length)} cells; ${formatCount(permutations)} random groups per size).`;
  return {
    title: `${name} · ${column}: what removing each value does`,
    caption: `Orange: the mean test loss rises (the group helps); blue: it falls. ${judged}${shown.length < analysis.groups.length ? ` The ${shown.length} largest of ${analysis.groups.length} values.` : ''}`,
    svg: heatMapSvg({
      rows: shown.map(({ value, size }) => `${value} (${formatCount(size)})`),
      columns: slices.map(({ target }) => (target === 'all' ? 'all' : target.slice(target.indexOf('=') + 1))),
      cells: shown.map(({ index, value }) =>
        slices.map((evaluation, e) => ({
          value: cell(index, e).effect,
          marked: cell(index, e).q <= CALLED,
          title: `${column} = ${value}, ${targetWords(evaluation.target)}\n${ESTIMATOR_TITLE[estimator]} ${cellWords(cell(index, e))}`,
        })),
      ),
      description: `${column} by slice of the test rows: ${ESTIMATOR_TITLE[estimator]} change of the mean test loss. ${judged}`,
    }),
  };
}

function sizeChart(analysis: NaturalAnalysis, name: string): PaperChart {
  const { column, evaluations, groups } = analysis;
  const e = Math.max(
    0,
    evaluations.findIndex(({ target }) => target === 'all'),
  );
  const effects = groups.map((_, g) => analysis.cells[g * evaluations.length + e]);
  return {
    title: `${name} · ${column}: influence against the number of rows`,
    caption: `Influence on the mean loss of ${targetWords(evaluations[e].target)}; the dashed line is what random rows of that number do.`,
    svg: plotSvg({
      points: groups.map(({ value, size }, g) => ({
        x: size,
        y: effects[g].effect,
        mark: 'natural',
        title: `${column} = ${value}: ${formatCount(size)} rows\ninfluence ${cellWords(effects[g])}`,
      })),
      lines: [
        {
          series: 5,
          dashed: true,
          points: groups.map(({ size }, g) => [size, effects[g].expected] as const).toSorted((a, b) => a[0] - b[0]),
        },
      ],
      x: { title: 'training rows of the group' },
      y: { title: 'influence on mean test loss' },
      description: `${column}: influence on the mean test loss against the number of rows`,
    }),
  };
}
