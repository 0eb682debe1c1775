/** A bridge to an engine that is not there: in memory, made-up data, real timing of events. */
import type {
  Answer,
  Bridge,
  EngineEvent,
  FileHandle,
  ImportPreview,
  Input,
  Method,
} from '../../src/shared/contract.ts';
import type { DatasetDetail, DatasetSummary } from '../../src/shared/dataset.ts';
import { invalidInput, LeverageError, toFailure } from '../../src/shared/errors.ts';
import { ESTIMATORS } from '../../src/shared/quantities.ts';
import { agreements } from '../../src/shared/agreement.ts';
import type { GroupSummary, Stage, StudyDetail, StudyStatus, StudySummary } from '../../src/shared/study.ts';
import type { StudySpec } from '../../src/shared/study-spec.ts';
import { fakeDevices } from './fake-devices.ts';
import { CANCER, DIABETES, DIGITS, effectsOf, evaluationsOf, groupDetail, groupsOf, rowOf } from './fake-data.ts';

interface FakeStudy {
  summary: StudySummary;
  spec: StudySpec;
  dataset: DatasetDetail;
  groups: GroupSummary[];
  hidden: boolean;
}

export interface FakeOptions {
  /** `empty`: the two samples and no study. `full`: every state a study can be in. `bare`: nothing at all. */
  store: 'bare' | 'empty' | 'full';
  /** Groups per second of a running study. */
  rate: number;
  /** How long the library takes to answer, as at a first start; the devices take as long again. */
  slowMs?: number;
  /** The devices can not be tried. */
  brokenDevices?: boolean;
}

const BATCH_MS = 200;

export function createFakeBridge(options: FakeOptions): Bridge {
  const listeners = new Set<(event: EngineEvent) => void>();
  const emit = (event: EngineEvent) => listeners.forEach((listener) => listener(event));
  const datasets: DatasetDetail[] = options.store === 'bare' ? [] : [CANCER, DIGITS];
  const studies: FakeStudy[] = [];
  const cancelledImports = new Set<string>();
  const files = new Map<string, FileHandle>();
  let created = 0;
  let device: string | null = null;
  let measuredAt = '2026-01-22T09:30:00.000Z';

  const addStudy = (
    name: string,
    dataset: DatasetDetail,
    status: StudyStatus,
    sizes: number,
    share: number,
    spec?: StudySpec,
  ) => {
    const groups = groupsOf(dataset, sizes);
    const id = `s-${++created}`;
    const day = String(22 - Math.min(9, studies.length)).padStart(2, '0');
    const fitted = status !== 'failed' && status !== 'queued';
    studies.push({
      summary: {
        id,
        name,
        status,
        failure:
          status === 'failed'
            ? {
                kind: 'numerical',
                message: 'Group "sharedFeature-12" did not reach the tolerance 1e-14: its gradient stalled at 3e-13.',
                hint: 'Choose a tolerance of 1e-12 or more and run again; finished groups are kept.',
              }
            : null,
        datasetId: dataset.id,
        datasetName: dataset.name,
        groupCount: groups.length,
        groupsDone: Math.round(groups.length * share),
        estimators: ['influence', 'newton', 'actual'],
        evaluationCount: evaluationsOf(dataset).length,
        testAccuracy: fitted ? (dataset === DIABETES ? 0.682 : 0.9649) : null,
        relativeL2: fitted ? (dataset === DIABETES ? 2.154e-4 : 1e-3) : null,
        createdAt: `2026-11-${day}T0${studies.length % 9}:14:00Z`,
        startedAt: `2026-11-${day}T08:14:01Z`,
        finishedAt: status === 'done' ? `2026-11-${day}T08:15:10Z` : null,
        seconds: dataset === DIABETES ? 184 : 9.8 * share,
        tags: [],
        note: '',
        pinned: false,
        influenceSpearman: null,
      },
      spec: spec ?? specOf(name, dataset, sizes),
      dataset,
      groups,
      hidden: false,
    });
    return studies.at(-1)!;
  };
  if (options.store === 'full') {
    datasets.push(DIABETES);
    addStudy('Breast cancer, 1 700 groups', CANCER, 'done', 100, 1);
    run(addStudy('Digits', DIGITS, 'running', 20, 0.3));
    addStudy('Diabetes readmission', DIABETES, 'done', 10, 1, {
      ...specOf('Diabetes readmission', DIABETES, 10),
      groups: [{ column: 'race' }, { constructors: ['random'], sizes: { from: 0.0025, to: 0.25, count: 10 }, seed: 0 }],
    });
    addStudy('Diabetes, λ by cross-validation', DIABETES, 'cancelled', 20, 0.45);
    addStudy('Tight tolerance', CANCER, 'failed', 10, 0.1);
    addStudy('Night run', CANCER, 'interrupted', 40, 0.8);
  }

  function find(id: string): FakeStudy {
    const study = studies.find((candidate) => candidate.summary.id === id && !candidate.hidden);
    if (study === undefined)
      throw new LeverageError('notFound', `There is no study "${id}".`, 'Open one from the history.');
    return study;
  }

  function update(study: FakeStudy, changes: Partial<StudySummary>) {
    study.summary = { ...study.summary, ...changes };
    emit({ type: 'studies.changed', id: study.summary.id });
  }

  function run(study: FakeStudy) {
    const total = study.groups.length;
    const timer = setInterval(() => {
      if (study.summary.status !== 'running') return clearInterval(timer);
      const done = Math.min(
        total,
        study.summary.groupsDone + Math.max(1, Math.round((options.rate * BATCH_MS) / 1000)),
      );
      const stage: Stage = done < total ? 'retrain' : 'summarise';
      study.summary = {
        ...study.summary,
        groupsDone: done,
        seconds: study.summary.seconds + BATCH_MS / 1000,
        testAccuracy: 0.9649,
        relativeL2: 1e-3,
      };
      emit({
        type: 'study.progress',
        id: study.summary.id,
        progress: {
          stage,
          groupsDone: done,
          groupsTotal: total,
          rate: options.rate,
          secondsLeft: (total - done) / options.rate,
        },
      });
      if (done === total) update(study, { status: 'done', finishedAt: '2026-11-22T09:00:00Z' });
    }, BATCH_MS);
  }

  function detail(study: FakeStudy): StudyDetail {
    const { summary, dataset, groups, spec } = study;
    const effects = effectsOf(dataset, groups, summary.groupsDone);
    const fitted = summary.testAccuracy !== null;
    return {
      ...summary,
      spec,
      fit: fitted
        ? {
            lambda: 0.455,
            intercept: true,
            trainAccuracy: 0.989,
            testAccuracy: summary.testAccuracy ?? 0,
            testLoss: 0.1042,
            gradientNorm: 3.2e-12,
            iterations: 11,
            crossValidation: null,
          }
        : null,
      evaluations: effects.evaluations,
      provenance: fitted
        ? {
            appVersion: '0.1.0',
            nodeVersion: 'v24.21.0',
            platform: 'linux x64',
            device: 'ONNX Runtime CPU',
            precision: 'float64',
            threads: 2,
            libraries: { 'onnxruntime-node': '1.30.0', 'better-sqlite3': '13.2.0' },
            datasetFingerprint: dataset.fingerprint,
            datasetName: dataset.name,
            seed: 0,
            tolerance: spec.tolerance,
            preconditioner: 'full Hessian factor',
          }
        : null,
      notes: [
        'Hierarchical clusters were left out of the feature clusters: 20 000 rows would need 3.2 GB.',
        '3 groups remove every training row of class "malignant"; retraining is defined and kept.',
      ],
      secondsPerStage: { load: 0.02, fit: 0.11, groups: 0.74, influence: 0.06, retrain: 8.6, summarise: 0.2 },
      agreements: fitted ? agreements(effects.evaluations, effects.estimators, groups, effects.values) : [],
    };
  }

  const handlers: { [M in Method]?: (input: Input<M>) => unknown } = {
    'app.info': () => ({
      appVersion: '0.1.0',
      host: 'serve',
      storeFile: '/home/ada/.local/share/leverage/store.db',
      nodeVersion: 'v24.21.0',
      platform: 'linux x64',
    }),
    'devices.list': async ({ again }) => {
      await pause(again === true ? 600 : (options.slowMs ?? 0));
      if (options.brokenDevices === true) {
        throw new LeverageError('unavailable', 'The engine could not try the devices.', 'Start Leverage again.');
      }
      if (again === true) measuredAt = new Date().toISOString();
      return fakeDevices(device, measuredAt);
    },
    'settings.get': () => ({ device, overriddenBy: null }),
    'settings.set': ({ device: name }) => {
      device = name;
      emit({ type: 'devices.changed' });
      return { device, overriddenBy: null };
    },
    'datasets.list': async () => {
      await pause(options.slowMs ?? 0);
      return datasets.map(summaryOf);
    },
    'datasets.get': ({ id }) => dataset(id),
    'datasets.rows': ({ id, offset, limit }) => Array.from({ length: limit }, (_, k) => rowOf(dataset(id), offset + k)),
    'datasets.preview': ({ files: handles }) => preview(handles.map((handle) => files.get(handle)?.name ?? '')),
    'datasets.import': async ({ importId, files: handles, options: chosen }) => {
      const name = files.get(handles[0] ?? '')?.name ?? 'file';
      for (let step = 1; step <= 12; step++) {
        await pause(120);
        if (cancelledImports.has(importId)) throw new LeverageError('cancelled', 'The import was cancelled.');
        emit({
          type: 'import.progress',
          importId,
          file: name,
          bytesRead: step * 8e5,
          bytesTotal: 9.6e6,
          rows: step * 380,
        });
      }
      const added = { ...DIABETES, id: `d-${name}`, name: chosen?.name ?? name, source: name, groupColumns: [] };
      datasets.push(added);
      emit({ type: 'datasets.changed' });
      return summaryOf(added);
    },
    'datasets.cancelImport': ({ importId }) => (cancelledImports.add(importId), null),
    'datasets.delete': ({ id }) => {
      const users = studies.filter((study) => study.summary.datasetId === id && !study.hidden);
      if (users.length > 0)
        throw invalidInput(
          `"${dataset(id).name}" is used by ${users.length} studies (${users[0]?.summary.name}).`,
          'Delete those studies first.',
        );
      datasets.splice(datasets.indexOf(dataset(id)), 1);
      emit({ type: 'datasets.changed' });
      return null;
    },
    'studies.list': () => studies.filter((study) => !study.hidden).map((study) => study.summary),
    'studies.get': ({ id }) => detail(find(id)),
    'studies.plan': ({ spec }) => {
      const sources = Array.isArray(spec.groups) ? spec.groups : [spec.groups];
      const first = sources[0];
      const count =
        first !== undefined && 'constructors' in first
          ? (first.sizes?.count ?? 100) *
            (first.constructors ?? []).reduce((sum, name) => sum + (name.endsWith('Influence') ? 6 : 1), 0)
          : 68;
      return {
        groupCount: count,
        evaluationCount: 14,
        bytes: 4.1e7 + count * 2e4,
        seconds: count / 150,
        notes: count > 1000 ? ['Hierarchical clusters fit in memory and are used.'] : [],
      };
    },
    'studies.run': ({ spec }) => {
      const named = spec.dataset;
      const chosen =
        'sample' in named ? (named.sample === 'digits' ? DIGITS : CANCER) : 'id' in named ? dataset(named.id) : CANCER;
      const study = addStudy(
        spec.name ?? 'study',
        chosen,
        'running',
        chosen === DIGITS ? 20 : 100,
        0,
        spec as StudySpec,
      );
      study.summary = { ...study.summary, createdAt: '2026-11-22T23:00:00Z', testAccuracy: null, relativeL2: null };
      run(study);
      emit({ type: 'studies.changed', id: study.summary.id });
      return study.summary;
    },
    'studies.cancel': ({ id }) => (update(find(id), { status: 'cancelled' }), null),
    'studies.resume': ({ id }) => {
      const study = find(id);
      update(study, { status: 'running', failure: null });
      run(study);
      return study.summary;
    },
    'studies.rename': ({ id, name }) => (update(find(id), { name }), null),
    'studies.annotate': ({ id, ...annotation }) => (update(find(id), annotation), null),
    'studies.delete': ({ id }) => {
      const study = find(id);
      study.hidden = true;
      update(study, {});
      return null;
    },
    'studies.restore': ({ id }) => {
      const study = studies.find((candidate) => candidate.summary.id === id);
      if (study === undefined) throw new LeverageError('notFound', `There is no study "${id}".`);
      study.hidden = false;
      update(study, {});
      return null;
    },
    'studies.effects': ({ id }) => {
      const { dataset: data, groups, summary } = find(id);
      return effectsOf(data, groups, summary.groupsDone);
    },
    'studies.groups': ({ id }) => {
      const { groups, summary } = find(id);
      return groups.map((group) => (group.index < summary.groupsDone ? group : { ...group, retraining: null }));
    },
    'studies.group': ({ id, index }) => {
      const { dataset: data, groups } = find(id);
      return groupDetail(data, groups[index]!);
    },
    'studies.sharedMembers': ({ id, groups: chosen }) => {
      const { dataset: data } = find(id);
      const rows = Array.from({ length: 12 }, (_, k) => ({
        row: rowOf(data, (k * 17) % data.trainRows),
        groups: Math.max(1, chosen.length - 3 * k),
      }));
      return { distinct: Math.min(data.trainRows, chosen.length * 9), rows };
    },
    'studies.matchGroups': ({ first, second }) => {
      const count = Math.min(find(first).groups.length, find(second).groups.length);
      return {
        pairs: Int32Array.from({ length: 2 * count }, (_, k) => k >> 1),
        onlyFirst: find(first).groups.length - count,
        onlySecond: find(second).groups.length - count,
      };
    },
    'studies.testPoint': ({ id, row }) => rowOf(find(id).dataset, row),
    'studies.bundle': ({ id }) => ({ name: `${find(id).summary.name}.zip`, zip: new Uint8Array([80, 75, 5, 6]) }),
  };

  function dataset(id: string): DatasetDetail {
    const found = datasets.find((candidate) => candidate.id === id);
    if (found === undefined)
      throw new LeverageError('notFound', `There is no dataset "${id}".`, 'Choose one from the library.');
    return found;
  }

  return {
    host: 'serve',
    async request(method, input): Promise<Answer> {
      await pause(15);
      try {
        const handler = handlers[method as Method] as ((value: unknown) => unknown) | undefined;
        if (handler === undefined) throw new LeverageError('internal', `The fake has no "${method}".`);
        return { ok: true, value: await handler(input) };
      } catch (thrown) {
        return { ok: false, failure: toFailure(thrown) };
      }
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async admitFiles(chosen, onProgress) {
      onProgress?.(1);
      return chosen.map((file) => {
        const handle = { handle: `h-${files.size + 1}`, name: file.name, bytes: file.size };
        files.set(handle.handle, handle);
        return handle;
      });
    },
    async saveFile() {
      return true;
    },
  };
}

function preview(names: string[]): ImportPreview {
  const [name = ''] = names;
  if (name.includes('broken'))
    throw invalidInput(
      `${name}, line 214: 12 fields where the header has 13.`,
      'Correct or remove that line and drop the file again.',
    );
  const names13 = ['age', 'sex', 'bmi', 'blood pressure', 'glucose', 'insulin', 'hospital', 'patient', 'outcome'];
  return {
    format: 'CSV (comma)',
    table: true,
    judgedRows: 4601,
    trainRows: 4601,
    testRows: null,
    featureCount: 6,
    columns: names13.map((column, index) => ({
      name: column,
      kind: index === 1 || index >= 6 ? 'category' : 'number',
      role: column === 'outcome' ? 'target' : column === 'hospital' ? 'group' : column === 'patient' ? 'id' : 'feature',
      missing: column === 'insulin' ? 374 : 0,
      examples: index === 1 ? ['female', 'male'] : ['42.1', '17', '63.4'],
    })),
    rows: Array.from({ length: 6 }, (_, row) =>
      names13.map((_column, column) =>
        column === 1 ? (row % 2 ? 'male' : 'female') : String((row * 7 + column * 3) % 60),
      ),
    ),
    notes: ['Column "patient" has as many values as rows and is taken for an id.'],
  };
}

function specOf(name: string, dataset: DatasetDetail, sizes: number): StudySpec {
  return {
    name,
    dataset: { id: dataset.id },
    model: { l2: { relative: 1e-3 }, intercept: true },
    groups: {
      constructors: [
        'random',
        'randomWithinClass',
        'sharedFeature',
        'featureClusters',
        'gradientClusters',
        'positiveInfluence',
        'negativeInfluence',
      ],
      sizes: { from: 0.0025, to: 0.25, count: sizes },
      seed: 0,
    },
    evaluate: { testPoints: { highestLoss: 3, random: 3 }, quantities: ['margin', 'loss', 'selfLoss', 'meanTestLoss'] },
    estimators: ESTIMATORS.slice(0, 3),
    tolerance: 1e-8,
  };
}

function summaryOf({ columns: _columns, ...summary }: DatasetDetail): DatasetSummary {
  return summary;
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
