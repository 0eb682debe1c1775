/** The report's tables: agreement, largest effects, model, certificates, provenance. */
import {
  formatCorrelation,
  formatCount,
  formatDuration,
  formatNumber,
  formatScientific,
  formatShare,
  formatSigned,
} from '../../shared/format.ts';
import {
  ESTIMATORS,
  ESTIMATOR_TITLE,
  GROUP_ORIGIN_TITLE,
  QUANTITIES,
  QUANTITY_TITLE,
} from '../../shared/quantities.ts';
import type { GroupOrigin } from '../../shared/quantities.ts';
import { quantiles } from '../../shared/statistics.ts';
import { STAGES, STAGE_TITLE } from '../../shared/study.ts';
import { isNetwork } from '../../shared/study-spec.ts';
import type { BundleInput } from './bundle.ts';
import { effectColumn } from './effect-column.ts';
import { definitions, paragraph, section, table } from './html.ts';
import {
  evaluationWords,
  findingWords,
  modelName,
  rangeWords,
  relativeWords,
  shareWords,
  targetWords,
} from './report-words.ts';

const LARGEST_GROUPS = 8;
const NAMED_UNCONVERGED = 10;

export function findingsSection(input: BundleInput): string {
  const overall = input.agreements.filter(({ groups, count }) => groups === 'all' && count > 0);
  const present = ESTIMATORS.filter((estimator) => overall.some((one) => one.estimator === estimator));
  if (present.length === 0) return '';
  const rows = QUANTITIES.flatMap((quantity) =>
    present.flatMap((estimator) => {
      const found = overall.filter((one) => one.quantity === quantity && one.estimator === estimator);
      if (found.length === 0) return [];
      return [
        [
          QUANTITY_TITLE[quantity],
          found.length === 1 ? targetWords(found[0].target) : `${formatCount(found.length)} targets`,
          ESTIMATOR_TITLE[estimator],
          rangeWords(
            found.map(({ spearman }) => spearman),
            formatCorrelation,
          ),
          rangeWords(
            found.map(({ underestimated }) => underestimated),
            shareWords,
          ),
          rangeWords(
            found.map(({ sameSign }) => sameSign),
            shareWords,
          ),
          rangeWords(
            found.map(({ slope }) => slope),
            (value) => formatNumber(value, 3),
          ),
        ],
      ];
    }),
  );
  const figures = ['Spearman ρ', 'Underestimated', 'Same sign', 'Slope'];
  return section(
    'findings',
    'Findings',
    ...present
      .filter((estimator) => estimator === 'influence' || estimator === 'newton')
      .map((estimator) =>
        paragraph(
          findingWords(
            estimator,
            overall.filter((one) => one.estimator === estimator),
          ),
        ),
      ),
    table(
      'Each estimate against the actual effect, from the lowest to the highest over the targets. Slope: the actual effect per unit of the estimate.',
      [
        { title: 'Quantity' },
        { title: 'Measured on' },
        { title: 'Estimator' },
        ...figures.map((title) => ({ title, figures: true })),
      ],
      rows,
    ),
  );
}

export function agreementSection({ agreements }: BundleInput): string {
  if (agreements.length === 0) {
    return section(
      'agreement',
      'Agreement with the actual effect',
      paragraph('The actual effect was not computed: there is nothing to agree with.'),
    );
  }
  const overall = agreements.filter(({ groups }) => groups === 'all');
  const rows = overall.map((one) => [
    evaluationWords(one),
    ESTIMATOR_TITLE[one.estimator],
    formatCount(one.count),
    formatCorrelation(one.spearman),
    formatCorrelation(one.pearson),
    formatNumber(one.slope, 3),
    shareWords(one.underestimated),
    shareWords(one.sameSign),
  ]);
  const figures = ['Groups', 'Spearman ρ', 'Pearson r', 'Slope', 'Underestimated', 'Same sign'];
  return section(
    'agreement',
    'Agreement with the actual effect',
    table(
      'Over all groups. Slope: least squares through the origin of the actual effect on the estimate. Underestimated: |estimate| < |actual|.',
      [{ title: 'Quantity' }, { title: 'Estimator' }, ...figures.map((title) => ({ title, figures: true }))],
      rows,
    ),
    perConstructor(agreements),
  );
}

function perConstructor(agreements: BundleInput['agreements']): string {
  const origins = (Object.keys(GROUP_ORIGIN_TITLE) as GroupOrigin[]).filter((origin) =>
    agreements.some(({ groups }) => groups === origin),
  );
  if (origins.length < 2) return '';
  const key = (one: (typeof agreements)[number]) => `${one.quantity} ${one.target} ${one.estimator} ${one.groups}`;
  const found = new Map(agreements.map((one) => [key(one), one]));
  const rows = agreements
    .filter(({ groups }) => groups === 'all')
    .map((one) => [
      evaluationWords(one),
      ESTIMATOR_TITLE[one.estimator],
      ...origins.map((groups) => formatCorrelation(found.get(key({ ...one, groups }))?.spearman ?? NaN)),
    ]);
  return table(
    'Spearman’s ρ of estimate and actual effect, by how the groups were made.',
    [
      { title: 'Quantity' },
      { title: 'Estimator' },
      ...origins.map((origin) => ({ title: GROUP_ORIGIN_TITLE[origin], figures: true })),
    ],
    rows,
  );
}

export function largestSection(input: BundleInput): string {
  const by = input.estimators.includes('actual') ? 'actual' : input.estimators[0];
  const shown = ESTIMATORS.filter((estimator) => input.estimators.includes(estimator));
  const tables = QUANTITIES.map((quantity) => {
    const targets = input.evaluations.filter((evaluation) => evaluation.quantity === quantity).length;
    const candidates = input.evaluations
      .filter((evaluation) => evaluation.quantity === quantity)
      .flatMap((evaluation) =>
        [...effectColumn(input.effects, evaluation, by).entries()].map(([g, effect]) => ({ evaluation, g, effect })),
      )
      .filter(({ effect }) => Number.isFinite(effect))
      .sort((a, b) => Math.abs(b.effect) - Math.abs(a.effect))
      .slice(0, LARGEST_GROUPS);
    if (candidates.length === 0) return '';
    const rows = candidates.map(({ evaluation, g }) => {
      const group = input.groups[g];
      return [
        group.id,
        group.label === group.id ? GROUP_ORIGIN_TITLE[group.origin] : group.label,
        sizeWords(group.members.length, input.dataset?.trainRows),
        targetWords(evaluation.target),
        ...shown.map((estimator) => formatSigned(effectColumn(input.effects, evaluation, estimator)[g])),
      ];
    });
    return table(
      `${QUANTITY_TITLE[quantity]}: the ${candidates.length} largest by |${ESTIMATOR_TITLE[by]}|${targets > 1 ? ' over all targets' : ''}.`,
      [
        { title: 'Group' },
        { title: 'What it is' },
        { title: 'Rows', figures: true },
        { title: 'Measured on' },
        ...shown.map((estimator) => ({ title: ESTIMATOR_TITLE[estimator], figures: true })),
      ],
      rows,
    );
  });
  return section('largest', 'Largest effects', ...tables);
}

function sizeWords(size: number, trainRows: number | undefined): string {
  return trainRows ? `${formatCount(size)} (${formatShare(size / trainRows, 1)})` : formatCount(size);
}

export function modelSection({ fit, dataset, spec }: BundleInput): string {
  const { summary, classes, featureNames } = fit;
  const relative = dataset === undefined ? '' : ` (λ/n = ${relativeWords(summary.lambda / dataset.trainRows)})`;
  const chosen = summary.crossValidation;
  return section(
    'model',
    'Model',
    definitions([
      ['Model', modelName(classes, spec.model)],
      ['Regularisation λ', `${formatNumber(summary.lambda)}${relative}`],
      ['Intercept', summary.intercept ? 'free, not regularised' : 'none'],
      ['Training rows', dataset === undefined ? '–' : formatCount(dataset.trainRows)],
      ['Test rows', dataset === undefined ? '–' : formatCount(dataset.testRows)],
      ['Features', formatCount(featureNames.length)],
      ...(summary.score === 'r2'
        ? ([
            ['R² on the training rows', formatNumber(summary.trainAccuracy)],
            ['R² on the test rows', formatNumber(summary.testAccuracy)],
          ] as const)
        : ([
            ['Training accuracy', formatShare(summary.trainAccuracy, 1)],
            ['Test accuracy', formatShare(summary.testAccuracy, 1)],
          ] as const)),
      ['Mean test loss', formatNumber(summary.testLoss)],
      ['Gradient norm at the fit', formatScientific(summary.gradientNorm)],
      [isNetwork(spec.model) ? 'Training steps' : 'Newton steps', formatCount(summary.iterations)],
      [
        'Classes',
        classes.length === 0
          ? 'none: the label is a number'
          : classes.length <= 12
            ? classes.join(', ')
            : `${classes.slice(0, 12).join(', ')}, …`,
      ],
    ]),
    chosen === null
      ? ''
      : table(
          'λ was chosen by cross-validation: the highest mean accuracy, the smallest λ on ties.',
          [
            { title: 'λ/n', figures: true },
            { title: 'λ', figures: true },
            { title: 'Mean accuracy', figures: true },
          ],
          chosen.map((one) => [
            formatScientific(one.relative, 4),
            formatNumber(one.lambda),
            formatShare(one.accuracy, 2),
          ]),
        ),
  );
}

export function certificateSection({ retraining, groups, spec }: BundleInput): string {
  const certified = retraining.flatMap((one, g) => (one === null ? [] : [{ ...one, id: groups[g].id }]));
  if (certified.length === 0) return '';
  const missed = certified.filter(({ converged }) => !converged);
  const column = (pick: (one: (typeof certified)[number]) => number) => Float64Array.from(certified, pick);
  const [median, most] = quantiles(
    column((one) => one.newtonSteps),
    [0.5, 1],
  );
  const [middleNorm, worstNorm] = quantiles(
    column((one) => one.relativeGradientNorm),
    [0.5, 1],
  );
  const [worstBound] = quantiles(
    column((one) => one.effectBound),
    [1],
  );
  return section(
    'certificates',
    'Certificates of retraining',
    paragraph(
      'Each retrained group carries the norm of its gradient, recomputed in float64 at the end, relative to the gradient that its removal leaves.',
      'aside',
    ),
    definitions([
      ['Groups retrained', formatCount(certified.length)],
      ['Within tolerance', `${formatCount(certified.length - missed.length)} of ${formatCount(certified.length)}`],
      ['Tolerance', formatScientific(spec.tolerance)],
      ['Relative gradient norm, median', formatScientific(middleNorm)],
      ['Relative gradient norm, largest', formatScientific(worstNorm)],
      ['Largest bound on an effect’s error', formatScientific(worstBound)],
      ['Newton steps, median and most', `${formatCount(median)} and ${formatCount(most)}`],
    ]),
    missed.length === 0
      ? ''
      : paragraph(
          `${formatCount(missed.length)} did not reach the tolerance: ${missed
            .slice(0, NAMED_UNCONVERGED)
            .map(({ id, relativeGradientNorm }) => `${id} (${formatScientific(relativeGradientNorm)})`)
            .join(', ')}${missed.length > NAMED_UNCONVERGED ? ' …' : ''}. Their norms are in retraining.csv.`,
          'warn',
        ),
  );
}

export function provenanceSection({ provenance, secondsPerStage, spec, dataset }: BundleInput): string {
  const stages = STAGES.filter((stage) => secondsPerStage[stage] !== undefined);
  return section(
    'provenance',
    'Provenance',
    definitions([
      ['Dataset', provenance.datasetName],
      ...(dataset?.source ? [['Source', dataset.source] as const] : []),
      ['Dataset sha-256', provenance.datasetFingerprint],
      ['Seed', provenance.seed === null ? '–' : String(provenance.seed)],
      ['Tolerance', formatScientific(spec.tolerance)],
      ['Device', provenance.device],
      ['Precision', provenance.precision],
      ['Threads', formatCount(provenance.threads)],
      ['Preconditioner', provenance.preconditioner],
      ['Leverage', provenance.appVersion],
      ['Node', provenance.nodeVersion],
      ['Platform', provenance.platform],
      ...Object.entries(provenance.libraries),
    ]),
    stages.length === 0
      ? ''
      : table(
          'Time.',
          [{ title: 'Stage' }, { title: 'Time', figures: true }],
          stages.map((stage) => [STAGE_TITLE[stage], formatDuration(secondsPerStage[stage] ?? NaN)]),
        ),
  );
}
