/** The part of a report about natural groups that were asked to be judged against random ones. */
import { formatCount, formatNumber, formatSigned } from '../../shared/format.ts';
import { ESTIMATOR_TITLE } from '../../shared/quantities.ts';
import type { BundleInput } from '../report/bundle.ts';
import { escapeHtml, paragraph, section, table } from '../report/html.ts';
import { targetWords } from '../report/report-words.ts';
import { naturalCharts } from './natural-charts.ts';
import { naturalAnalyses } from './permutation.ts';

const MOST_CELLS = 20;

/** Empty where no source of the study asks for permutations. */
export function naturalSection(input: BundleInput): string {
  const sources = Array.isArray(input.spec.groups) ? input.spec.groups : [input.spec.groups];
  if (!sources.some((source) => 'column' in source && source.permutations !== undefined)) return '';
  const estimator = input.estimators.includes('actual') ? 'actual' : 'influence';
  const analyses = naturalAnalyses(input.groups, input.effects, estimator);
  const charts = naturalCharts(input, input.dataset?.name ?? input.spec.name).map(
    ({ title, caption, svg }) =>
      `<figure class="natural"><p class="panel">${escapeHtml(title)}</p>${svg}<figcaption>${escapeHtml(caption)}</figcaption></figure>`,
  );
  const tables = analyses.map(({ column, groups, cells }) => {
    const first = cells.toSorted((a, b) => a.p - b.p || Math.abs(b.effect) - Math.abs(a.effect)).slice(0, MOST_CELLS);
    return table(
      `${column}: the ${formatCount(first.length)} least likely by chance. p: share of random groups of equal size as far from their mean, two-sided; q: the same for a false-discovery rate over all ${formatCount(cells.length)} cells.`,
      [
        { title: column },
        { title: 'Rows', figures: true },
        { title: 'Mean test loss of' },
        { title: ESTIMATOR_TITLE[estimator], figures: true },
        { title: 'Random rows', figures: true },
        { title: 'p', figures: true },
        { title: 'q', figures: true },
      ],
      first.map((cell) => {
        const group = groups.find(({ index }) => index === cell.group);
        return [
          group?.value ?? '',
          formatCount(group?.size ?? NaN),
          targetWords(cell.evaluation.target),
          formatSigned(cell.effect),
          formatSigned(cell.expected),
          formatNumber(cell.p, 2),
          formatNumber(cell.q, 2),
        ];
      }),
    );
  });
  return section(
    'natural',
    'Natural groups against random groups of equal size',
    paragraph(
      'Is the effect of a group more than that of as many rows drawn at random? Removing a group is compared with removing each of its random twins.',
      'aside',
    ),
    ...charts,
    ...tables,
  );
}
