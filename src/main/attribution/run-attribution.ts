/** What the window and the command line ask of attribution, from a dataset to a result that can be kept. */
import type {
  AttributionRequest,
  CleanResult,
  ModelFacts,
  PointsResult,
  Ranking,
  RequestOf,
  RetrainingResult,
  RowMark,
  ShootOutResult,
  TestRow,
  TestScore,
} from '../../shared/attribution.ts';
import type { Dataset } from '../../shared/dataset.ts';
import { invalidInput } from '../../shared/errors.ts';
import { allRows, checkCancelled, type AttributionProblem } from './attribution.ts';
import { parseAttributionSpec, type AttributionSpec } from './attribution-spec.ts';
import { ATTRIBUTION_METHODS } from './estimators/index.ts';
import { foundAfterInspecting } from './metrics/mislabel-detection.ts';
import { openAttribution, type OpenAttribution } from './open-attribution.ts';
import { runEstimator, type EstimatorRun } from './run-estimator.ts';
import { shootOut, type ShootOut } from './shoot-out.ts';
import { weightsWithout } from './training-objective.ts';
import { predictedClasses } from './training-subsets.ts';

export interface AttributionControl {
  /** null: the automatic choice. */
  device: string | null;
  signal?: AbortSignal;
  /** Before each step: what it is, how many are done, of how many. */
  onStep?(step: string, done: number, total: number): void;
}

/** Share of the rows after which a ranking of suspects is judged. */
const INSPECTED = 0.15;

/** Throws LeverageError: 'cancelled', 'invalidInput' where the request does not fit the data; a method's failure is told in its place. */
export async function runAttribution(
  dataset: Dataset,
  request: AttributionRequest,
  control: AttributionControl,
): Promise<PointsResult | CleanResult | ShootOutResult> {
  switch (request.kind) {
    case 'points':
      return runPoints(dataset, request, control);
    case 'clean':
      return runClean(dataset, request, control);
    case 'shootOut': {
      const { opened, found } = await runShootOut(dataset, specOf(request), control);
      const { rows, truthSeconds, truthDescription } = found;
      return { kind: 'shootOut', request, model: opened.facts, truthSeconds, truthDescription, methods: rows };
    }
  }
}

/** The shoot-out of a spec, as `leverage attribute` and the window run it. */
export async function runShootOut(
  dataset: Dataset,
  spec: AttributionSpec,
  { device, signal, onStep }: AttributionControl,
): Promise<{ opened: { description: string; facts: ModelFacts }; found: ShootOut }> {
  const total = spec.estimators.length + 2;
  let done = 0;
  onStep?.('Training the model', done++, total);
  const opened = await openAttribution(dataset, spec, device, signal);
  try {
    const found = await shootOut(opened.problem, {
      estimators: spec.estimators,
      metrics: spec.metrics,
      flipped: opened.flipped,
      onEstimator: (title) => onStep?.(title, done++, total),
    });
    return { opened: { description: opened.description, facts: factsOf(opened) }, found };
  } finally {
    await opened.dispose();
  }
}

/** Every training row on single test rows: those asked for, then those the model is most wrong about. */
async function runPoints(
  dataset: Dataset,
  request: RequestOf<'points'>,
  control: AttributionControl,
): Promise<PointsResult> {
  const beyond = request.testRows.find((row) => row >= dataset.testRows);
  if (beyond !== undefined) {
    throw invalidInput(`There is no test row ${beyond}.`, `${dataset.name} has ${dataset.testRows}, counted from 0.`);
  }
  const { opened, methods } = await everyMethod(dataset, request, control, async ({ problem }) => {
    const losses = await problem.model.losses(problem.trained.theta, 'test');
    const byLoss = Array.from(losses.keys()).sort((a, b) => losses[b] - losses[a] || a - b);
    const asked = new Set(request.testRows);
    const worst = byLoss.filter((row) => !asked.has(row)).slice(0, request.highestLoss);
    const rows = [...asked, ...worst];
    if (rows.length === 0)
      throw invalidInput('No test row is asked for.', 'Name one, or ask for those of highest loss.');
    return rows.map((row) => ({ label: `test row ${row}`, rows: Int32Array.of(row) }));
  });
  return {
    kind: 'points',
    request,
    model: opened.facts,
    targets: opened.targets,
    methods: methods.map(({ run, found }) => ({ ...run, notes: found?.notes ?? [], scores: found?.points ?? null })),
  };
}

/** Every training row by how suspect its label is, by each method and by its plain loss. */
async function runClean(
  dataset: Dataset,
  request: RequestOf<'clean'>,
  control: AttributionControl,
): Promise<CleanResult> {
  let parts: Omit<CleanResult, 'kind' | 'request' | 'model' | 'rankings'> | null = null;
  const { opened, methods } = await everyMethod(dataset, request, control, async (open) => {
    const { model, trained } = open.problem;
    if (open.regression || open.classes.length < 2) {
      throw invalidInput(
        'Suspect labels are sought among classes; the label here is a number.',
        'Choose another model.',
      );
    }
    const flipped = open.flipped === null ? null : Int32Array.from(open.flipped);
    parts = {
      labels: Int32Array.from(model.targets.train, (target) => Math.max(0, target)),
      predicted: predictedClasses(await model.logits(trained.theta, 'train'), model.outputs),
      loss: await model.losses(trained.theta, 'train'),
      flipped,
    };
    return [{ label: 'mean of all test rows', rows: allRows(model.rows.test) }];
  });
  if (parts === null) throw invalidInput('No row was judged.');
  const { labels, predicted, loss, flipped } = parts as Omit<CleanResult, 'kind' | 'request' | 'model' | 'rankings'>;
  const wrong = flipped === null ? null : Float64Array.from(flipped);
  const foundAt15 = (suspicion: Float64Array | null): number | null =>
    suspicion === null || wrong === null ? null : foundAfterInspecting(suspicion, wrong, INSPECTED);
  const plain: Ranking = {
    ...{
      estimator: 'loss',
      title: 'Own loss',
      cost: 'n',
      seconds: 0,
      bytes: 8 * loss.length,
      notes: [],
      failure: null,
    },
    rule: 'its own loss under the model that was trained with it',
    suspicion: loss,
    foundAt15: foundAt15(loss),
  };
  const rankings = methods.map(({ run, found }): Ranking => {
    const suspicion = found === null ? null : (found.suspicion ?? found.points.map((effect) => -effect));
    const rule = found?.suspicion === null ? 'its removal lowers the mean test loss' : (found?.suspicionRule ?? '');
    return { ...run, notes: found?.notes ?? [], rule, suspicion, foundAt15: foundAt15(suspicion) };
  });
  return {
    kind: 'clean',
    request,
    model: opened.facts,
    ...{ labels, predicted, loss, flipped },
    rankings: [...rankings, plain],
  };
}

interface MethodOutcome {
  run: Omit<EstimatorRun, 'found'>;
  found: EstimatorRun['found'];
}

/** Trains, chooses the targets, and runs each method on every training row. */
async function everyMethod(
  dataset: Dataset,
  request: RequestOf<'points'> | RequestOf<'clean'>,
  { device, signal, onStep }: AttributionControl,
  chooseTargets: (opened: OpenAttribution) => Promise<AttributionProblem['targets']>,
): Promise<{ opened: { facts: ModelFacts; targets: TestRow[] }; methods: MethodOutcome[] }> {
  const spec = specOf(request);
  const total = spec.estimators.length + 1;
  onStep?.('Training the model', 0, total);
  const opened = await openAttribution(dataset, spec, device, signal);
  try {
    const targets = await chooseTargets(opened);
    const points = allRows(opened.problem.model.rows.train);
    const problem = { ...opened.problem, targets, points, groups: [] };
    const methods: MethodOutcome[] = [];
    for (const [at, name] of spec.estimators.entries()) {
      checkCancelled(problem);
      onStep?.(ATTRIBUTION_METHODS[name].title, at + 1, total);
      const { found, ...run } = await runEstimator(problem, name);
      methods.push({ run, found });
    }
    return { opened: { facts: factsOf(opened), targets: await testRowsOf(opened, targets) }, methods };
  } finally {
    await opened.dispose();
  }
}

async function testRowsOf(
  { problem: { model, trained }, classes, regression }: OpenAttribution,
  targets: AttributionProblem['targets'],
): Promise<TestRow[]> {
  const rows = Int32Array.from(targets.flatMap(({ rows }) => (rows.length === 1 ? [rows[0]] : [])));
  const losses = await model.losses(trained.theta, 'test', rows);
  const logits = await model.logits(trained.theta, 'test', rows);
  const predicted = predictedClasses(logits, model.outputs);
  return Array.from(rows, (row, at) => {
    const target = model.targets.test[row];
    return {
      row,
      loss: losses[at],
      label: regression ? String(target) : classes[Math.max(0, target)],
      predicted: regression ? logits[at].toPrecision(4) : classes[predicted[at]],
    };
  });
}

/**
 * Trains on the data of a search for suspects once more: without the rows that were dropped, with the classes that were
 * corrected, at the same λ. Before and after are on the same test rows.
 */
export async function retrainCleaned(
  dataset: Dataset,
  { request, model: { lambda, accuracy, testLoss } }: Pick<CleanResult, 'request' | 'model'>,
  marks: readonly RowMark[],
  { device, signal, onStep }: AttributionControl,
): Promise<RetrainingResult> {
  const begun = performance.now();
  onStep?.('Training with the changes', 0, 1);
  const spec = specOf(request);
  const model =
    spec.model.kind === undefined || spec.model.kind === 'logistic' || spec.model.kind === 'softmax'
      ? { ...spec.model, l2: { absolute: lambda } }
      : spec.model;
  const relabelled = new Map(marks.flatMap(({ row, label }) => (label === null ? [] : [[row, label] as const])));
  const dropped = Int32Array.from(marks.flatMap(({ row, label }) => (label === null ? [row] : [])));
  const opened = await openAttribution(dataset, { ...spec, model }, device, signal, relabelled);
  try {
    const { problem } = opened;
    let { trained } = problem;
    if (dropped.length > 0) {
      trained = await problem.model.train({
        weights: weightsWithout(problem.model, dropped),
        seed: problem.seed,
        signal,
        from: problem.model.recipe === null ? trained.theta : undefined,
      });
    }
    const losses = await problem.model.losses(trained.theta, 'test');
    const after: TestScore = {
      accuracy: await problem.model.score(trained.theta, 'test'),
      loss: losses.reduce((sum, loss) => sum + loss, 0) / losses.length,
    };
    return {
      kind: 'retraining',
      marks: [...marks],
      before: { accuracy, loss: testLoss },
      after,
      gradientNorm: trained.gradientNorm,
      converged: trained.converged,
      seconds: (performance.now() - begun) / 1000,
    };
  } finally {
    await opened.dispose();
  }
}

function factsOf({ problem: { model, trained }, classes, description }: OpenAttribution): ModelFacts {
  const { accuracy, testLoss } = trained.curve[trained.curve.length - 1];
  return {
    description,
    trainRows: model.rows.train,
    parameters: model.parameterCount,
    lambda: model.penalty.reduce((most, value) => Math.max(most, value), 0),
    accuracy,
    testLoss,
    classes,
  };
}

/** The attribution file that stands for a request. Throws 'invalidInput' for a method there is not. */
export function specOf(request: AttributionRequest): AttributionSpec {
  const { dataset, standardise, model, estimators, seed, memory } = request;
  const sizes =
    request.kind === 'shootOut'
      ? { points: request.points, groups: request.groups, testPoints: request.testPoints }
      : { points: 0, groups: 0, testPoints: 1 };
  const flip = request.kind === 'points' ? 0 : request.flip;
  return parseAttributionSpec(
    { dataset: { id: dataset, standardise }, model, estimators, seed, memory, flip, ...sizes },
    'attribution',
  );
}
