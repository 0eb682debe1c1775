/** The report's analyses: a sentence of reading and the numbers of each. */
import {
  ANALYSIS_TITLE,
  interactions,
  type AnalysisResult,
  type DoseResponse,
  type LargestGroup,
  type PairEffects,
  type ShapleyValues,
} from '../../shared/analyses.ts';
import { analysedWords, analysisAxis, readingOf } from '../../shared/analysis-words.ts';
import { formatCount, formatCountOf, formatDuration, formatNumber, formatSigned } from '../../shared/format.ts';
import type { BundleInput } from './bundle.ts';
import { paragraph, section, table } from './html.ts';

const LISTED_PAIRS = 12;
const LISTED_ROWS = 20;

export function analysesSection({ analyses = [] }: BundleInput): string {
  if (analyses.length === 0) return '';
  return section(
    'analyses',
    'Analyses',
    ...analyses.map((result) =>
      [
        `<h3>${ANALYSIS_TITLE[result.kind]}, ${analysedWords(result.evaluation)}</h3>`,
        paragraph(readingOf(result)),
        tableOf(result),
        paragraph(
          `${capital(analysisAxis(result))}. ${formatCountOf(result.retrainings, 'model')} retrained in ${formatDuration(result.seconds)}.`,
          'aside',
        ),
        ...result.notes.map((note) => paragraph(note, 'warn')),
      ].join('\n'),
    ),
  );
}

function tableOf(result: AnalysisResult): string {
  switch (result.kind) {
    case 'doseResponse':
      return doseTable(result);
    case 'pairs':
      return pairTable(result);
    case 'shapley':
      return shapleyTable(result);
    case 'largestGroup':
      return largestTable(result);
  }
}

function doseTable({ groups, weights, influence, newton, actual }: DoseResponse): string {
  const T = weights.length;
  const shown = [...new Set([0, Math.round(T / 4), Math.round((3 * T) / 4), T - 1])].filter((k) => k < T);
  const rows = groups.flatMap((group, g) =>
    shown.map((k) => [
      group.label,
      formatNumber(weights[k], 3),
      ...[influence, newton, actual].map((curve) => formatSigned(curve[g * T + k])),
    ]),
  );
  return table(
    'Weight of the group’s rows: 0 removed, 1 as fitted, 2 twice. Every weight is in analyses.json.',
    [{ title: 'Group' }, ...['Weight', 'Influence', 'Newton', 'Actual'].map((title) => ({ title, figures: true }))],
    rows,
  );
}

function pairTable(result: PairEffects): string {
  const { groups, single, both, shared } = result;
  const m = groups.length;
  const [actual, newton] = [interactions(result), interactions(result, 'newton')];
  const pairs = groups
    .flatMap((_, a) => groups.slice(a + 1).map((_, b) => [a, a + 1 + b] as const))
    .filter(([a, b]) => Number.isFinite(actual[a * m + b]))
    .sort(([a, b], [c, d]) => Math.abs(actual[c * m + d]) - Math.abs(actual[a * m + b]))
    .slice(0, LISTED_PAIRS);
  return table(
    `The ${pairs.length} pairs furthest from the sum of their effects.`,
    [
      { title: 'First group' },
      { title: 'Second group' },
      ...['Rows shared', 'Sum', 'Together', 'Difference', 'Newton’s difference'].map((title) => ({
        title,
        figures: true,
      })),
    ],
    pairs.map(([a, b]) => [
      groups[a].label,
      groups[b].label,
      formatCount(shared[a * m + b]),
      formatSigned(single.actual[a] + single.actual[b]),
      formatSigned(both.actual[a * m + b]),
      formatSigned(actual[a * m + b]),
      formatSigned(newton[a * m + b]),
    ]),
  );
}

function shapleyTable({ groups, values, standardErrors, alone, method, permutations }: ShapleyValues): string {
  const order = [...values.keys()].sort((i, j) => values[j] - values[i]);
  return table(
    method === 'exact'
      ? 'Exact: every coalition was retrained.'
      : `Over ${formatCount(permutations ?? 0)} random orders of removal.`,
    [
      { title: 'Group' },
      ...['Rows', 'Shapley value', 'Standard error', 'Removed alone'].map((title) => ({ title, figures: true })),
    ],
    order.map((i) => [
      groups[i].label,
      formatCount(groups[i].size),
      formatSigned(values[i]),
      method === 'exact' ? '–' : formatNumber(standardErrors[i], 2),
      formatSigned(alone[i]),
    ]),
  );
}

function largestTable({ lists, sizes }: LargestGroup): string {
  const title = { influence: 'by influence', newton: 'Newton-corrected' };
  const chosen = lists.flatMap(({ by, influence, newton, actual }) =>
    [...sizes.keys()].map((k) => [
      title[by],
      formatCount(sizes[k]),
      formatSigned(influence[k]),
      formatSigned(newton[k]),
      formatSigned(actual[k]),
    ]),
  );
  return [
    table(
      'The first rows of each choice, predicted and retrained.',
      [
        { title: 'Chosen' },
        ...['Rows', 'Influence', 'Newton', 'Actual'].map((name) => ({ title: name, figures: true })),
      ],
      chosen,
    ),
    ...lists.map(({ by, rows }) =>
      paragraph(
        `Training rows chosen ${by === 'newton' ? 'with the Newton correction' : 'by influence'}: ${[...rows].slice(0, LISTED_ROWS).join(', ')}${rows.length > LISTED_ROWS ? ', …' : ''}.`,
      ),
    ),
  ].join('\n');
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
