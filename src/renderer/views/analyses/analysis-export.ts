/** The numbers behind the chart of an analysis, one record per mark: exactly what is plotted. Pure. */
import { ANALYSIS_TITLE, interactions, type AnalysisResult } from '../../../shared/analyses.ts';
import { analysedWords, analysisAxis } from '../../../shared/analysis-words.ts';
import { analysisFigure } from '../../charts/analysis-figures.ts';
import type { ChartTheme } from '../../charts/chart-theme.ts';
import type { ChartExport, PlottedTable } from '../../charts/export-chart.ts';

/** Of exports; on screen a chart is as wide as its card. */
const WIDTH = 900;

export function analysisTitle(result: AnalysisResult): string {
  return `${ANALYSIS_TITLE[result.kind]}: ${analysedWords(result.evaluation)}`;
}

export function analysisExport(
  result: AnalysisResult,
  { origin, theme, description }: { origin: Record<string, string>; theme: ChartTheme; description: string },
): ChartExport {
  const about = { ...origin, analysis: result.kind, ...result.evaluation, effect: analysisAxis(result) };
  return {
    name: `${origin['study'] ?? ''} ${analysisTitle(result)}`,
    figure: () => analysisFigure(result, WIDTH, theme, description),
    table: () => ({ about, ...recordsOf(result) }),
  };
}

function recordsOf(result: AnalysisResult): Omit<PlottedTable, 'about'> {
  switch (result.kind) {
    case 'doseResponse': {
      const { groups, weights, influence, newton, actual } = result;
      const T = weights.length;
      return {
        columns: ['group', 'weight', 'influence', 'newton', 'actual'],
        rows: groups.flatMap(({ id }, g) =>
          Array.from(weights, (weight, k) => [
            id,
            weight,
            influence[g * T + k]!,
            newton[g * T + k]!,
            actual[g * T + k]!,
          ]),
        ),
      };
    }
    case 'pairs': {
      const m = result.groups.length;
      const [actual, newton] = [interactions(result), interactions(result, 'newton')];
      return {
        columns: ['first', 'second', 'together', 'sum', 'interaction', 'newtonInteraction', 'sharedRows'],
        rows: result.groups.flatMap(({ id }, a) =>
          result.groups.slice(a + 1).map((other, k) => {
            const b = a + 1 + k;
            const at = a * m + b;
            const sum = result.single.actual[a]! + result.single.actual[b]!;
            return [id, other.id, result.both.actual[at]!, sum, actual[at]!, newton[at]!, result.shared[at]!];
          }),
        ),
      };
    }
    case 'shapley':
      return {
        columns: ['group', 'size', 'shapley', 'standardError', 'alone'],
        rows: result.groups.map(({ id, size }, i) => [
          id,
          size,
          result.values[i]!,
          result.standardErrors[i]!,
          result.alone[i]!,
        ]),
      };
    case 'largestGroup':
      return {
        columns: ['chosenBy', 'rows', 'influence', 'newton', 'actual'],
        rows: result.lists.flatMap(({ by, influence, newton, actual }) =>
          Array.from(result.sizes, (size, k) => [by, size, influence[k]!, newton[k]!, actual[k]!]),
        ),
      };
  }
}
