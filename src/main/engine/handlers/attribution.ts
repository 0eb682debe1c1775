/** Attribution of a dataset: one run at a time in a thread of its own, what it finds kept in the store. */
import { randomUUID } from 'node:crypto';
import type {
  AttributionList,
  AttributionProgress,
  AttributionRequest,
  AttributionResult,
  AttributionSummary,
  PointsPage,
  PointsResult,
  RowMark,
} from '../../../shared/attribution.ts';
import { invalidInput, LeverageError } from '../../../shared/errors.ts';
import { formatCountOf } from '../../../shared/format.ts';
import { spearman } from '../../../shared/statistics.ts';
import type { AttributionTask } from '../../attribution-jobs/messages.ts';
import type { StartedAttribution } from '../../attribution-jobs/attribution-services.ts';
import type { EngineContext, HandlersOf } from '../engine-context.ts';

interface Running {
  runId: string;
  dataset: string;
  kind: AttributionSummary['kind'];
  progress: AttributionProgress;
  /** Null until the devices are ready. */
  started: StartedAttribution | null;
  cancelled: boolean;
}

const STOPPED = 'The attribution was stopped.';

export function attributionHandlers(context: EngineContext): HandlersOf<'attribution'> & { close(): Promise<void> } {
  const { store, services, devices, library, emit } = context;
  let running: Running | null = null;

  async function compute(
    { runId, dataset, kind }: Pick<Running, 'runId' | 'dataset' | 'kind'>,
    task: AttributionTask,
    about: Pick<AttributionSummary, 'parent' | 'study' | 'asked'>,
  ): Promise<AttributionSummary> {
    if (running !== null) {
      throw new LeverageError('unavailable', 'An attribution is being computed already.', 'Wait for it, or cancel it.');
    }
    const progress = { step: 'Starting', done: 0, total: 1, seconds: 0 };
    const own: Running = { runId, dataset, kind, progress, started: null, cancelled: false };
    running = own;
    emit({ type: 'attribution.progress', runId, dataset, progress });
    const begun = performance.now();
    try {
      await devices.ready();
      if (own.cancelled) throw new LeverageError('cancelled', STOPPED);
      const job = { storeFile: store.file, datasetId: dataset, device: devices.current(), task };
      own.started = services.attribution.start(job, (progress) => {
        own.progress = progress;
        emit({ type: 'attribution.progress', runId, dataset, progress });
      });
      const result = await own.started.result;
      const summary: AttributionSummary = {
        id: randomUUID(),
        dataset,
        kind,
        createdAt: new Date().toISOString(),
        seconds: (performance.now() - begun) / 1000,
        model: modelWords(result),
        ...about,
      };
      store.attributions.keep(summary, result);
      return summary;
    } finally {
      running = null;
      emit({ type: 'attribution.changed', dataset });
    }
  }

  /** A result never changes: the last one asked about stays in memory. */
  let last: { id: string; result: AttributionResult } | null = null;
  function load(id: string): AttributionResult {
    // Also of one that is in memory: it may have been deleted with its dataset.
    store.attributions.summary(id);
    if (last?.id !== id) last = { id, result: store.attributions.load(id) };
    return last.result;
  }

  function points(id: string): PointsResult {
    const result = load(id);
    if (result.kind === 'points') return result;
    throw invalidInput(`The attribution ${id} is not one of points.`);
  }

  return {
    'attribution.methods': () => services.attribution.methods(),
    'attribution.plan': ({ request }) => {
      store.datasets.get(request.dataset);
      return services.attribution.plan(library.load(request.dataset), request);
    },
    'attribution.list': ({ dataset }): AttributionList => {
      store.datasets.get(dataset);
      const own = running?.dataset === dataset ? running : null;
      return {
        kept: store.attributions.list(dataset),
        running: own === null ? null : { runId: own.runId, kind: own.kind, progress: own.progress },
      };
    },
    'attribution.run': ({ runId, request }) => {
      const { dataset, kind, study } = request;
      store.datasets.get(dataset);
      return compute(
        { runId, dataset, kind },
        { what: 'run', request },
        { parent: null, study, asked: asked(request) },
      );
    },
    'attribution.retrain': ({ runId, id, marks }) => {
      const { dataset, study } = store.attributions.summary(id);
      const result = load(id);
      if (result.kind !== 'clean') throw invalidInput(`The attribution ${id} found no suspects.`);
      const { request, model, labels } = result;
      refuseWrongMarks(marks, labels.length, model.classes.length);
      const task: AttributionTask = { what: 'retrain', from: { request, model }, marks };
      return compute({ runId, dataset, kind: 'retraining' }, task, { parent: id, study, asked: changeWords(marks) });
    },
    'attribution.cancel': ({ runId }) => {
      if (running?.runId === runId) {
        running.cancelled = true;
        running.started?.cancel();
      }
      return null;
    },
    'attribution.get': ({ id }) => {
      const result = load(id);
      if (result.kind !== 'points') return result;
      return { ...result, methods: result.methods.map((method) => ({ ...method, scores: null })) };
    },
    'attribution.points': ({ id, target, most }): PointsPage => {
      const { dataset } = store.attributions.summary(id);
      const result = points(id);
      const asked = result.targets[target];
      if (asked === undefined) throw invalidInput(`There is no test row number ${target} in this attribution.`);
      const page = furthest(result, target, most);
      const named = new Set(page.flatMap(({ helpful, harmful }) => [...helpful, ...harmful].map(({ row }) => row)));
      const data = library.load(dataset);
      return {
        target: asked,
        detail: services.datasets.describeRows(data, 'test', [asked.row])[0],
        methods: page,
        rows: services.datasets.describeRows(data, 'train', [...named]),
      };
    },
    'attribution.rows': ({ dataset, split, rows }) => {
      store.datasets.get(dataset);
      return services.datasets.describeRows(library.load(dataset), split, rows);
    },
    'attribution.delete': ({ id }) => {
      const { dataset } = store.attributions.summary(id);
      store.attributions.hide(id, new Date().toISOString());
      emit({ type: 'attribution.changed', dataset });
      return null;
    },
    'attribution.restore': ({ id }) => {
      const { dataset } = store.attributions.summary(id);
      store.attributions.restore(id);
      emit({ type: 'attribution.changed', dataset });
      return null;
    },
    close: async () => {
      const own = running;
      if (own === null) return;
      own.cancelled = true;
      own.started?.cancel();
      await own.started?.ended;
    },
  };
}

/** By every method, the rows whose removal raises the target's loss most and those whose removal lowers it most. */
export function furthest(result: PointsResult, target: number, most: number): PointsPage['methods'] {
  const n = result.model.trainRows;
  const first = result.methods.find(({ scores }) => scores !== null)?.scores ?? null;
  const own = (scores: Float64Array): Float64Array => scores.subarray(target * n, (target + 1) * n);
  return result.methods.map(({ scores, ...run }) => {
    if (scores === null || first === null) return { ...run, helpful: [], harmful: [], spearman: null };
    const effects = own(scores);
    const order = Array.from(effects.keys()).sort((a, b) => effects[b] - effects[a] || a - b);
    const ranked = (row: number) => ({ row, effect: effects[row] });
    const helpful = order.slice(0, most).map(ranked);
    const harmful = order.slice(-most).reverse().map(ranked);
    return {
      ...run,
      helpful: helpful.filter(({ effect }) => effect > 0),
      harmful: harmful.filter(({ effect }) => effect < 0),
      spearman: scores === first ? null : spearman(effects, own(first)),
    };
  });
}

function asked(request: AttributionRequest): string {
  const methods = formatCountOf(request.estimators.length, 'method');
  if (request.kind === 'points') {
    return `${methods}, ${formatCountOf(request.testRows.length + request.highestLoss, 'test row')}`;
  }
  const flips = request.flip > 0 ? `, ${Math.round(100 * request.flip)} % of the labels flipped` : '';
  if (request.kind === 'clean') return `${methods}${flips}`;
  return `${methods}, ${formatCountOf(request.points, 'row')}, ${formatCountOf(request.groups, 'group')}${flips}`;
}

function changeWords(marks: readonly RowMark[]): string {
  const dropped = marks.filter(({ label }) => label === null).length;
  return `${formatCountOf(dropped, 'row')} dropped, ${formatCountOf(marks.length - dropped, 'row')} relabelled`;
}

function modelWords(result: AttributionResult): string {
  return result.kind === 'retraining' ? '' : result.model.description;
}

function refuseWrongMarks(marks: readonly RowMark[], rows: number, classes: number): void {
  const wrong = marks.find(({ row, label }) => row >= rows || (label !== null && label >= classes));
  if (wrong !== undefined) throw invalidInput(`There is no training row ${wrong.row}, or no class ${wrong.label}.`);
  if (new Set(marks.map(({ row }) => row)).size < marks.length) throw invalidInput('A row is marked twice.');
}
