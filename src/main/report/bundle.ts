/**
 * The result bundle: a study as files that other programs read. Names, columns and
 * fields are a contract; they may be added to, never changed.
 */
import { relative } from 'node:path';
import type { DatasetSummary } from '../../shared/dataset.ts';
import type { Group } from '../../shared/group.ts';
import { ESTIMATORS } from '../../shared/quantities.ts';
import type { Estimator, Evaluation } from '../../shared/quantities.ts';
import { isNetwork, type StudySpec } from '../../shared/study-spec.ts';
import type { Agreement, EffectsTable, Provenance, Retraining, Stage, TrainingCurve } from '../../shared/study.ts';
import type { StoredFit } from '../models/fitted-model.ts';
import { csvRecord } from '../../shared/csv.ts';
import type { CsvValue } from '../../shared/csv.ts';
import { effectColumn } from './effect-column.ts';
import { reportPage } from './report-page.ts';
import { replaceFolder } from './replace-folder.ts';

/** A finished (or partly finished) study with everything that its bundle tells. */
export interface BundleInput {
  spec: StudySpec;
  fit: StoredFit;
  groups: readonly Group[];
  evaluations: readonly Evaluation[];
  estimators: readonly Estimator[];
  effects: EffectsTable;
  /** One per group; null where it was not retrained. */
  retraining: readonly (Retraining | null)[];
  agreements: readonly Agreement[];
  provenance: Provenance;
  secondsPerStage: Partial<Record<Stage, number>>;
  notes: readonly string[];
  /** For the report's words and the shares of n; left out, it says less. */
  /** Of a network. */
  training?: TrainingCurve | null;
  dataset?: Pick<DatasetSummary, 'name' | 'source' | 'trainRows' | 'testRows' | 'featureCount'>;
}

export interface BundleFile {
  name: string;
  /** Long files come in pieces, so that no string holds a large study whole. */
  content: string | Uint8Array | Iterable<string>;
}

/** Every file of the bundle. Pure: the same input gives the same bytes. */
export function bundleFiles(input: BundleInput): BundleFile[] {
  return [
    { name: 'study.json', content: json(writtenSpec(input.spec)) },
    { name: 'model.json', content: json(modelRecord(input.fit, input.spec)) },
    { name: 'groups.json', content: groupsJson(input.groups) },
    { name: 'effects.csv', content: effectsCsv(input) },
    { name: 'retraining.csv', content: retrainingCsv(input.groups, input.retraining) },
    { name: 'summary.json', content: json(summaryRecord(input)) },
    ...(input.training ? [{ name: 'training.csv', content: trainingCsv(input.training) }] : []),
    { name: 'report.html', content: reportHtml(input) },
  ];
}

/** Writes the bundle as one step: `folder` then holds the whole of it, or what it held before. */
export function writeBundle(folder: string, input: BundleInput): void {
  replaceFolder(folder, bundleFiles(input));
}

/**
 * The study as a study file would say it: the dataset as it was named there (a store's id means nothing
 * elsewhere) and group files relative to where that file was.
 */
export function writtenSpec({ folder, ...spec }: StudySpec): Record<string, unknown> {
  const { dataset, groups } = spec;
  const relativeFile = <Source extends object>(source: Source): Source =>
    folder !== undefined && 'file' in source && typeof source.file === 'string'
      ? { ...source, file: relative(folder, source.file) }
      : source;
  return {
    ...spec,
    dataset: 'id' in dataset && dataset.source !== undefined ? dataset.source : dataset,
    groups: Array.isArray(groups) ? groups.map(relativeFile) : relativeFile(groups),
  };
}

/**
 * A network's `parameters` are θ: of each dense layer and convolution, in order, W (inputs×outputs, row-major; a convolution's
 * inputs are its 3×3 patch row by row, channels last), then b; `model` says which layers there are.
 */
function networkRecord({ summary, classes, featureNames, coefficients }: StoredFit, { model }: StudySpec) {
  const { lambda, gradientNorm, iterations, trainAccuracy, testAccuracy, testLoss } = summary;
  return {
    kind: summary.kind,
    model,
    lambda,
    classes,
    featureNames,
    parameters: [...coefficients],
    gradientNorm,
    iterations,
    trainAccuracy,
    testAccuracy,
    testLoss,
  };
}

function modelRecord(fit: StoredFit, spec: StudySpec) {
  if (isNetwork(spec.model)) return networkRecord(fit, spec);
  const { summary, logits, coefficients, classes, featureNames } = fit;
  const d = featureNames.length;
  const p = d + (summary.intercept ? 1 : 0);
  const rows = Array.from({ length: logits }, (_, k) => coefficients.subarray(k * p, (k + 1) * p));
  return {
    ...(summary.kind === undefined ? {} : { kind: summary.kind, score: summary.score, model: spec.model }),
    lambda: summary.lambda,
    classes,
    featureNames,
    coefficients: rows.map((row) => [...row.subarray(0, d)]),
    // Without an intercept the model's is 0: z = coefficients·x + intercept then holds for every bundle.
    intercept: rows.map((row) => (summary.intercept ? row[d] : 0)),
    gradientNorm: summary.gradientNorm,
    iterations: summary.iterations,
    trainAccuracy: summary.trainAccuracy,
    testAccuracy: summary.testAccuracy,
    testLoss: summary.testLoss,
    crossValidation: summary.crossValidation,
  };
}

function* groupsJson(groups: readonly Group[]): Iterable<string> {
  let before = '[\n';
  for (const { id, origin, label, members, parameters } of groups) {
    yield before + JSON.stringify({ id, constructor: origin, label, members: [...members], parameters });
    before = ',\n';
  }
  yield groups.length === 0 ? '[]\n' : '\n]\n';
}

function* effectsCsv({ groups, evaluations, estimators, effects }: BundleInput): Iterable<string> {
  const columns = ESTIMATORS.filter((estimator) => estimators.includes(estimator));
  const planes = evaluations.map((evaluation) => columns.map((one) => effectColumn(effects, evaluation, one)));
  yield csvRecord(['group', 'constructor', 'size', 'quantity', 'target', ...columns]);
  for (const [g, { id, origin, members }] of groups.entries()) {
    let records = '';
    for (const [e, { quantity, target }] of evaluations.entries()) {
      const values = planes[e].map((effect) => effect[g]);
      records += csvRecord([id, origin, members.length, quantity, target, ...values]);
    }
    yield records;
  }
}

function* retrainingCsv(groups: readonly Group[], retraining: readonly (Retraining | null)[]): Iterable<string> {
  yield csvRecord([
    'group',
    'newtonSteps',
    'gradientNorm',
    'relativeGradientNorm',
    'converged',
    'effectBound',
    'seconds',
  ]);
  for (const [g, group] of groups.entries()) {
    const certificate = retraining[g];
    if (!certificate) continue;
    const { newtonSteps, gradientNorm, relativeGradientNorm, converged, effectBound, seconds } = certificate;
    const values: CsvValue[] = [newtonSteps, gradientNorm, relativeGradientNorm, converged, effectBound, seconds];
    yield csvRecord([group.id, ...values]);
  }
}

function* trainingCsv({ points }: TrainingCurve): Iterable<string> {
  yield csvRecord(['epoch', 'trainLoss', 'testLoss', 'testAccuracy']);
  for (const { epoch, trainLoss, testLoss, accuracy } of points) {
    yield csvRecord([epoch, trainLoss, testLoss, accuracy]);
  }
}

/** In one piece, but drawn only when it is read. */
function* reportHtml(input: BundleInput): Iterable<string> {
  yield reportPage(input);
}

function summaryRecord(input: BundleInput) {
  const { spec, provenance, retraining, secondsPerStage } = input;
  const certificates = retraining.filter((one) => one !== null);
  return {
    name: spec.name,
    device: provenance.device,
    precision: provenance.precision,
    threads: provenance.threads,
    preconditioner: provenance.preconditioner,
    versions: {
      leverage: provenance.appVersion,
      node: provenance.nodeVersion,
      platform: provenance.platform,
      ...provenance.libraries,
    },
    datasetName: provenance.datasetName,
    datasetHash: provenance.datasetFingerprint,
    seed: provenance.seed,
    tolerance: provenance.tolerance,
    secondsPerStage,
    groups: input.groups.length,
    evaluations: input.evaluations.length,
    estimators: ESTIMATORS.filter((estimator) => input.estimators.includes(estimator)),
    retraining: {
      groups: certificates.length,
      converged: certificates.filter(({ converged }) => converged).length,
      largestRelativeGradientNorm: largest(certificates.map((one) => one.relativeGradientNorm)),
      largestEffectBound: largest(certificates.map((one) => one.effectBound)),
    },
    agreements: input.agreements,
    notes: input.notes,
  };
}

/** NaN (which JSON writes as null) for no values. */
function largest(values: readonly number[]): number {
  return values.reduce((most, value) => (value > most ? value : most), values[0] ?? NaN);
}

function json(value: unknown): string {
  return JSON.stringify(value, null, 2) + '\n';
}
