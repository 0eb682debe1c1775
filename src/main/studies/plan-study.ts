/** What a study will cost, told before it starts: groups, memory and time, from a short calibration of the device. */
import { freemem } from 'node:os';
import { MOST_EXACT_PLAYERS } from '../../shared/analysis-limits.ts';
import type { AnalysisSpec } from '../../shared/analysis-spec.ts';
import type { Dataset } from '../../shared/dataset.ts';
import type { Estimator, Quantity } from '../../shared/quantities.ts';
import type { StudyPlan } from '../../shared/study.ts';
import { isNetwork, isTrainable, type GroupSource, type StudySpec } from '../../shared/study-spec.ts';
import type { Device } from '../compute/device.ts';
import { openDevice } from '../compute/index.ts';
import { expectedGroups } from '../groups/expected-groups.ts';
import { leftOutRows } from '../groups/leave-one-out.ts';
import { naturalGroups } from '../groups/natural-groups.ts';
import { groupsPerBatch, groupSources } from './form-study-groups.ts';
import { plannedBytes } from './plan-memory.ts';
import { refuseBeyondTrainable } from './trainable-limits.ts';
import { planTrainable } from './plan-trainable.ts';

/** Curvature products that retraining one group takes, as measured on Diabetes, digits and breast cancer (20–35). */
const PRODUCTS_PER_GROUP = 28;
const GRADIENTS_PER_GROUP = 4;
/** Those of one more full Newton step. */
const PRODUCTS_PER_STEP = 14;
/** Seconds per element of the element-wise middle of a gradient or loss change. */
const ELEMENTWISE_SECONDS = 20e-9;
/** k-means over features and gradients: Σk = 252, about 20 passes each. */
const CLUSTERING_FLOPS_PER_ENTRY = 2 * 252 * 20;

const SCARCE_MEMORY =
  'This may need more memory than is free now: close other programs, or use fewer rows or features.';

interface Shape {
  n: number;
  testRows: number;
  p: number;
  logits: number;
}

export async function planStudy(spec: StudySpec, dataset: Dataset): Promise<StudyPlan> {
  refuseBeyondTrainable(spec);
  const shape = shapeOf(spec, dataset);
  const testPoints = testPointCount(spec, dataset.testRows);
  const counts = { few: 0, many: 0 };
  for (const source of groupSources(spec))
    counts['leaveOneOut' in source ? 'few' : 'many'] += countGroups(source, dataset, testPoints);
  const evaluationCount = countEvaluations(spec, testPoints, shape.logits);
  const { n, testRows, p, logits } = shape;
  if (isTrainable(spec.model)) {
    const groups = counts.few + counts.many;
    const shape = { n, testRows, p, outputs: logits, groups, evaluations: evaluationCount };
    const cost = planTrainable(spec.model, dataset, spec.estimators, shape);
    const notes = [
      ...(isNetwork(spec.model) && spec.estimators.includes('actual')
        ? [`Every group trains the network again: ${groups + 1} trainings of ${spec.model.training.epochs} epochs.`]
        : []),
      ...(cost.bytes > freemem() ? [SCARCE_MEMORY] : []),
    ];
    return { groupCount: groups, evaluationCount, ...cost, notes };
  }
  const device = await openDevice(null);
  const lanes = device.info.threads;
  const batch = groupsPerBatch(n, logits, p, freemem() / lanes);
  const clusters = groupSources(spec).some(
    (source) => 'constructors' in source && source.constructors.some((name) => name.endsWith('Clusters')),
  );
  const bytes = plannedBytes(dataset, { ...shape, lanes, batch, clusters });
  const rate = await flopsPerSecond(device, p);
  await device.dispose();
  const seconds =
    counts.many * secondsPerGroup(spec, shape, rate, 'many') +
    counts.few * secondsPerGroup(spec, shape, rate, 'few') +
    clusteringSeconds(spec, shape, rate) +
    fitSeconds(spec, shape, rate) +
    analysesSeconds(spec, shape, rate);
  const notes: string[] = [];
  if (bytes > freemem()) notes.push(SCARCE_MEMORY);
  return { groupCount: counts.few + counts.many, evaluationCount, bytes, seconds, notes };
}

function shapeOf(spec: StudySpec, dataset: Dataset): Shape {
  const target = dataset.columns.find((column) => column.role === 'target');
  const classes = target === undefined ? 2 : distinctValues(target).size;
  let features = dataset.block?.columns ?? 0;
  for (const column of dataset.columns) {
    if (column.role !== 'feature') continue;
    if (column.kind === 'number') features++;
    else features += column.levels.length === 2 ? 1 : column.levels.length;
  }
  return {
    n: dataset.trainRows,
    testRows: dataset.testRows,
    p: features + (spec.model.intercept ? 1 : 0),
    logits: classes <= 2 || spec.model.kind === 'ridge' ? 1 : classes,
  };
}

function distinctValues(column: Dataset['columns'][number]): Set<number> {
  return new Set(column.kind === 'category' ? column.codes : column.values);
}

function testPointCount(spec: StudySpec, testRows: number): number {
  const { testPoints } = spec.evaluate;
  return Math.min(testRows, 'rows' in testPoints ? testPoints.rows.length : testPoints.highestLoss + testPoints.random);
}

/** How many groups the study will have, as far as that is known beforehand: at most. */
export function expectedGroupCount(spec: StudySpec, dataset: Dataset): number {
  const testPoints = testPointCount(spec, dataset.testRows);
  return groupSources(spec).reduce((sum, source) => sum + countGroups(source, dataset, testPoints), 0);
}

function countGroups(source: GroupSource, dataset: Dataset, testPoints: number): number {
  if ('constructors' in source) {
    return expectedGroups(source, dataset, testPoints).reduce((sum, { count }) => sum + count, 0);
  }
  if ('members' in source) return source.members.length;
  if ('leaveOneOut' in source) return leftOutRows(source.leaveOneOut, dataset.trainRows).count;
  if ('column' in source) {
    const column = dataset.columns.find((candidate) => candidate.name === source.column);
    if (column === undefined) return 0;
    const natural = naturalGroups(column, dataset.trainRows, source);
    const sizes = new Set(natural.map(({ members }) => members.length));
    return natural.length + sizes.size * (source.permutations ?? 0);
  }
  return 0;
}

function countEvaluations(spec: StudySpec, testPoints: number, logits: number): number {
  const counts: Record<Quantity, number> = {
    margin: logits === 1 ? testPoints : 0,
    loss: testPoints,
    selfLoss: 1,
    meanTestLoss: 1 + (spec.evaluate.slices ?? []).length,
  };
  return [...new Set(spec.evaluate.quantities)].reduce((sum, quantity) => sum + counts[quantity], 0);
}

/** @param rows whether a group's rows are so few that only its gradients go through all rows */
function secondsPerGroup(
  spec: StudySpec,
  { n, testRows, p, logits }: Shape,
  rate: number,
  rows: 'few' | 'many',
): number {
  const asked = new Set<Estimator>(spec.estimators);
  const product = (rows: number): number => (4 * rows * p * logits) / rate;
  const middle = (rows: number): number => rows * logits * ELEMENTWISE_SECONDS;
  let seconds = rows === 'few' ? 0 : product(n);
  if (asked.has('actual') && rows === 'few') seconds += GRADIENTS_PER_GROUP * (product(n) + middle(n));
  else if (asked.has('actual'))
    seconds += PRODUCTS_PER_GROUP * product(n) + GRADIENTS_PER_GROUP * (product(n) + middle(n));
  else if (rows === 'many' && (asked.has('newton') || asked.has('newtonLinear'))) seconds += 15 * product(n);
  const ownLoss = rows === 'many' && spec.evaluate.quantities.includes('selfLoss');
  if (rows === 'many' && (asked.has('influenceOnParameters') || ownLoss)) seconds += 2 * product(n);
  for (const [name, products] of [
    ['secondOrder', 3],
    ['newton2', PRODUCTS_PER_STEP],
    ['newton3', PRODUCTS_PER_STEP],
  ] as const)
    if (asked.has(name)) seconds += products * product(n);
  const changes = (['newton', 'actual', 'influenceOnParameters', 'newton2', 'newton3'] as const).filter((name) =>
    asked.has(name),
  ).length;
  if (spec.evaluate.quantities.includes('meanTestLoss'))
    seconds += changes * (product(testRows) / 2 + middle(testRows));
  if (ownLoss) seconds += changes * (product(n) / 2 + middle(n));
  return seconds;
}

function clusteringSeconds(spec: StudySpec, { n, p, logits }: Shape, rate: number): number {
  return groupSources(spec).reduce((sum, source) => {
    if (!('constructors' in source)) return sum;
    const features = source.constructors.includes('featureClusters') ? p : 0;
    const gradients = source.constructors.includes('gradientClusters') ? Math.min(1024, p * logits) : 0;
    return sum + (CLUSTERING_FLOPS_PER_ENTRY * n * (features + gradients)) / rate;
  }, 0);
}

/** The leverages of all rows where something rests on them, and every retraining that the analyses ask for. */
function analysesSeconds(spec: StudySpec, { n, p, logits }: Shape, rate: number): number {
  const analyses = spec.analyses ?? [];
  const one = ((PRODUCTS_PER_GROUP + GRADIENTS_PER_GROUP) * 4 * n * p * logits) / rate;
  const spreads = (2 * n * logits * (p * logits) ** 2) / rate;
  const wantsSpreads =
    spec.estimators.includes('rescaledInfluence') || analyses.some(({ kind }) => kind === 'largestGroup');
  return analyses.reduce((sum, analysis) => sum + one * retrainingsOf(analysis), wantsSpreads ? spreads : 0);
}

function retrainingsOf(analysis: AnalysisSpec): number {
  if (analysis.kind === 'largestGroup') return 16;
  const { groups } = analysis;
  const m = 'ids' in groups ? groups.ids.length : groups.mostInfluential;
  if (analysis.kind === 'doseResponse') return m * (analysis.weights.count - 1);
  if (analysis.kind === 'pairs') return (m * (m + 1)) / 2;
  return m <= MOST_EXACT_PLAYERS ? 2 ** m : analysis.permutations * m;
}

function fitSeconds(spec: StudySpec, { n, p, logits }: Shape, rate: number): number {
  const onePass = (2 * n * p * p * (logits * (logits + 1))) / 2 / rate;
  const fits =
    'crossValidate' in spec.model.l2 ? spec.model.l2.crossValidate.count * spec.model.l2.crossValidate.folds : 0;
  return (1 + fits) * (8 * onePass + (100 * 4 * n * p * logits) / rate) + 0.5;
}

/** A product of the shape the run will do most: 256 × p by p × 2048. */
async function flopsPerSecond(device: Device, p: number): Promise<number> {
  const [m, n] = [128, 2048];
  const A = new Float64Array(m * p).fill(0.5);
  const B = new Float64Array(n * p).fill(0.25);
  await device.multiply(A.subarray(0, p), B, 1, p, n, true);
  const start = performance.now();
  await device.multiply(A, B, m, p, n, true);
  return (2 * m * n * p * 1000) / Math.max(0.05, performance.now() - start);
}
