/** A study's result as lines of text, and as the one JSON line of `--json`. */
import {
  formatCorrelation,
  formatCount,
  formatCountOf,
  formatDuration,
  formatNumber,
  formatScientific,
  formatShare,
} from '../../shared/format.ts';
import { ESTIMATOR_TITLE, QUANTITY_TITLE } from '../../shared/quantities.ts';
import type { StudyDetail } from '../../shared/study.ts';
import { relativeWords, shareWords } from '../report/report-words.ts';
import { ladderLines } from './ladder-text.ts';
import { oneLine, textTable } from './text-table.ts';

export function resultLines(detail: StudyDetail): string[] {
  const { fit, relativeL2, provenance } = detail;
  const lines = [
    `${oneLine(detail.name)}: ${formatCountOf(detail.groupsDone, 'group')} of ${oneLine(detail.datasetName)}, each ${detail.spec.effect === 'add' ? 'counted once more' : 'removed'} and compared`,
  ];
  if (fit !== null) {
    const relative = relativeL2 === null ? '' : ` (λ/n ${relativeWords(relativeL2)})`;
    lines.push(
      `${fit.score === 'r2' ? `R² on the test rows ${formatNumber(fit.testAccuracy)}` : `test accuracy ${formatShare(fit.testAccuracy, 1)}`} · λ ${formatNumber(fit.lambda)}${relative} · ` +
        `gradient norm at the fit ${formatScientific(fit.gradientNorm)}`,
    );
  }
  if (provenance !== null) lines.push(`${provenance.device} · ${formatDuration(detail.seconds)} of computing`);
  lines.push('', ...agreementLines(detail), ...ladderLines(detail));
  if (detail.notes.length > 0) lines.push('', 'Notes:', ...detail.notes.map((note) => `  ${oneLine(note)}`));
  return lines;
}

function agreementLines({ agreements }: StudyDetail): string[] {
  const overall = agreements.filter(({ groups }) => groups === 'all');
  if (overall.length === 0)
    return ['The actual effect was not computed: there is nothing to compare the estimates with.'];
  const rows = overall.map((one) => [
    QUANTITY_TITLE[one.quantity],
    one.target,
    ESTIMATOR_TITLE[one.estimator],
    formatCorrelation(one.spearman),
    formatNumber(one.slope, 3),
    shareWords(one.underestimated),
    shareWords(one.sameSign),
    formatCount(one.count),
  ]);
  return textTable(
    [
      { title: 'quantity', align: 'left' },
      { title: 'target', align: 'right' },
      { title: 'estimator', align: 'left' },
      { title: 'ρ', align: 'right' },
      { title: 'slope', align: 'right' },
      { title: 'underestimated', align: 'right' },
      { title: 'same sign', align: 'right' },
      { title: 'groups', align: 'right' },
    ],
    rows,
  );
}

/** NaN becomes null, as everywhere in JSON. */
export function resultRecord(detail: StudyDetail, out: string | null) {
  return {
    status: detail.status,
    id: detail.id,
    name: detail.name,
    dataset: { id: detail.datasetId, name: detail.datasetName, hash: detail.provenance?.datasetFingerprint ?? null },
    groups: detail.groupCount,
    groupsDone: detail.groupsDone,
    evaluations: detail.evaluationCount,
    estimators: detail.estimators,
    lambda: detail.fit?.lambda ?? null,
    relativeL2: detail.relativeL2,
    trainAccuracy: detail.fit?.trainAccuracy ?? null,
    testAccuracy: detail.testAccuracy,
    testLoss: detail.fit?.testLoss ?? null,
    device: detail.provenance?.device ?? null,
    precision: detail.provenance?.precision ?? null,
    seconds: detail.seconds,
    secondsPerStage: detail.secondsPerStage,
    out,
    ...(detail.estimatorSeconds === undefined ? {} : { estimatorSeconds: detail.estimatorSeconds }),
    agreements: detail.agreements.filter(({ groups }) => groups === 'all'),
    notes: detail.notes,
  };
}
