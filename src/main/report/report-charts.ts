/** The report's scatters: influence–actual, Newton–actual and influence–Newton for each evaluation. */
import { agreements as agreementsOf } from '../../shared/agreement.ts';
import { formatCorrelation, formatCount, formatNumber, formatSigned } from '../../shared/format.ts';
import {
  ESTIMATOR_TITLE,
  GROUP_ORIGIN_TITLE,
  QUANTITIES,
  effectAxis,
  QUANTITY_TITLE,
} from '../../shared/quantities.ts';
import type { Estimator, Evaluation, GroupOrigin } from '../../shared/quantities.ts';
import type { BundleInput } from './bundle.ts';
import { drawnGroups, MOST_MARKS } from './drawn-groups.ts';
import { effectColumn } from './effect-column.ts';
import { GROUP_MARK, markPath } from './group-marks.ts';
import { escapeHtml, paragraph, section } from './html.ts';
import { evaluationWords, inWords, shareWords, targetWords } from './report-words.ts';
import { scatterSvg } from './scatter-chart.ts';
import type { ScatterPoint } from './scatter-chart.ts';

/** Rows of panels drawn per quantity: a slice per hospital would otherwise fill hundreds of pages. */
const ROWS_PER_QUANTITY = 6;
/** Marks per panel that tell their group under the pointer: those with the largest effect. */
const TOLD_MARKS = 40;

const PAIRS: readonly (readonly [x: Estimator, y: Estimator])[] = [
  ['influence', 'actual'],
  ['newton', 'actual'],
  ['influence', 'newton'],
];

export function chartSections(input: BundleInput): string {
  const pairs = PAIRS.filter((pair) => pair.every((estimator) => input.estimators.includes(estimator)));
  if (pairs.length === 0 || input.groups.length === 0) {
    return section(
      'charts',
      'Comparison',
      paragraph('No two of influence, Newton and actual were computed: there is nothing to compare.'),
    );
  }
  return QUANTITIES.map((quantity) => {
    const evaluations = input.evaluations.filter((evaluation) => evaluation.quantity === quantity);
    if (evaluations.length === 0) return '';
    const drawn = evaluations.slice(0, ROWS_PER_QUANTITY);
    const left = evaluations.slice(ROWS_PER_QUANTITY).map(({ target }) => targetWords(target));
    return section(
      `charts-${quantity}`,
      QUANTITY_TITLE[quantity],
      paragraph(
        `${capital(effectAxis(quantity, input.spec.effect))}. The line is y = x: on it the prediction is exact.`,
        'aside',
      ),
      legend(input),
      samplingWords(input),
      ...drawn.map((evaluation) => panelRow(input, evaluation, pairs)),
      left.length === 0
        ? ''
        : paragraph(`Not drawn, but in the tables and in effects.csv: ${shortList(left)}.`, 'aside'),
    );
  }).join('\n');
}

function panelRow(input: BundleInput, evaluation: Evaluation, pairs: typeof PAIRS): string {
  const title =
    evaluation.quantity === 'selfLoss' ? '' : `<h3>${escapeHtml(capital(targetWords(evaluation.target)))}</h3>`;
  return `${title}<div class="row">${pairs.map(([x, y]) => panel(input, evaluation, x, y)).join('\n')}</div>`;
}

function panel(input: BundleInput, evaluation: Evaluation, x: Estimator, y: Estimator): string {
  const xs = effectColumn(input.effects, evaluation, x);
  const ys = effectColumn(input.effects, evaluation, y);
  const title = `${capital(ESTIMATOR_TITLE[y])} against ${ESTIMATOR_TITLE[x]}`;
  const words = comparisonWords(input, x, y, xs, ys);
  const svg = scatterSvg({
    points: pointsOf(input, xs, ys, x, y),
    xTitle: `${ESTIMATOR_TITLE[x]}:\n${effectAxis(evaluation.quantity, input.spec.effect)}`,
    yTitle: `${ESTIMATOR_TITLE[y]}:\n${effectAxis(evaluation.quantity, input.spec.effect)}`,
    description: `${title}, ${evaluationWords(evaluation)}: ${words}`,
  });
  return `<figure><p class="panel">${escapeHtml(title)}</p>${svg}<figcaption>${escapeHtml(words)}</figcaption></figure>`;
}

function pointsOf(input: BundleInput, xs: Float64Array, ys: Float64Array, x: Estimator, y: Estimator): ScatterPoint[] {
  const finite = input.groups.map((_, g) => g).filter((g) => Number.isFinite(xs[g]) && Number.isFinite(ys[g]));
  const shown = drawnGroups(finite, xs, ys);
  const told = new Set([...shown].sort((a, b) => Math.abs(ys[b]) - Math.abs(ys[a])).slice(0, TOLD_MARKS));
  return shown.map((g) => {
    const { label, members, origin } = input.groups[g];
    const title = told.has(g)
      ? `${label} · ${formatCount(members.length)} rows\n${ESTIMATOR_TITLE[x]} ${formatSigned(xs[g])} · ${ESTIMATOR_TITLE[y]} ${formatSigned(ys[g])}`
      : null;
    return { x: xs[g], y: ys[g], origin, title };
  });
}

/** "ρ = .995 · influence underestimates 87 % of groups · same sign 99 % · slope 2.14" */
function comparisonWords(input: BundleInput, x: Estimator, y: Estimator, xs: Float64Array, ys: Float64Array): string {
  // The statistics are those of an estimate against the actual effect, also when y stands in for it.
  const values = new Float64Array(2 * input.groups.length);
  values.set(xs, 0);
  values.set(ys, input.groups.length);
  const [all] = agreementsOf([{ quantity: 'loss', target: 'all' }], ['influence', 'actual'], input.groups, values);
  if (all === undefined || all.count === 0) return 'no group has both effects';
  const smaller = y === 'actual' ? 'underestimates' : `is smaller than ${ESTIMATOR_TITLE[y]} for`;
  return [
    `ρ = ${formatCorrelation(all.spearman)}`.replace('= >', '>').replace('= <', '<'),
    `${ESTIMATOR_TITLE[x]} ${smaller} ${shareWords(all.underestimated)} of ${formatCount(all.count)} groups`,
    `same sign ${shareWords(all.sameSign)}`,
    `slope ${formatNumber(all.slope, 3)}`,
    ...(all.skipped ? [`${formatCount(all.skipped)} without both effects left out`] : []),
  ].join(' · ');
}

/** Told where not every group is drawn. */
function samplingWords({ groups }: BundleInput): string {
  if (groups.length <= MOST_MARKS) return '';
  return paragraph(
    `Each chart draws ${formatCount(MOST_MARKS)} of the ${formatCount(groups.length)} groups: those with the largest effects, and an even sample of the others. The figures below it are of all; every effect is in effects.csv.`,
    'aside',
  );
}

function legend({ groups }: BundleInput): string {
  const present = new Set(groups.map(({ origin }) => origin));
  const entries = (Object.keys(GROUP_ORIGIN_TITLE) as GroupOrigin[]).filter((origin) => present.has(origin));
  const items = entries.map(
    (origin) =>
      `<li><svg viewBox="-5 -5 10 10" aria-hidden="true">${markPath(origin, `M0 0${GROUP_MARK[origin].shape}`)}</svg>${escapeHtml(GROUP_ORIGIN_TITLE[origin])}</li>`,
  );
  return `<ul class="legend" aria-label="Groups by how they were made">${items.join('')}</ul>`;
}

function shortList(items: readonly string[]): string {
  const shown = items.slice(0, 8);
  return inWords(items.length > shown.length ? [...shown, `${formatCount(items.length - shown.length)} more`] : shown);
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
