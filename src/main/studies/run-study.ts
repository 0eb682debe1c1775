/** Computes a study: load → fit → groups → influence → Newton and exact retraining, batch by batch (method §4). */
import { createRequire } from 'node:module';
import { LeverageError } from '../../shared/errors.ts';
import type { Provenance, Stage, StudyProgress } from '../../shared/study.ts';
import { isTrainable } from '../../shared/study-spec.ts';
import { isDeviceFailure, nextDevice, openDevice } from '../compute/index.ts';
import type { Device } from '../compute/device.ts';
import { solveFullHessian } from '../estimators/influence-directions.ts';
import { createEvaluationSet } from '../evaluation/evaluation-set.ts';
import { buildDesign } from '../features/index.ts';
import { fitModel } from '../models/fit.ts';
import { placeModel, type ModelOnDevice } from '../models/model-on-device.ts';
import { testSlices } from './choose-evaluations.ts';
import { computeBatch, type BatchTask } from './compute-batch.ts';
import { formStudyGroups, studySeed } from './form-study-groups.ts';
import { computeInLanes } from './lanes.ts';
import { expectedGroupCount } from './plan-study.ts';
import { checkAnalyses, runAnalyses } from './run-analyses.ts';
import { runTrainableStudy, type StudyFrame } from './run-trainable-study.ts';
import type { BatchResult, StudyGroups, StudyRequest, StudySink, StudyState } from './study-run.ts';
import packageJson from '../../../package.json' with { type: 'json' };

/** Where devices come from: tests have their own. */
export interface StudyDevices {
  openDevice: typeof openDevice;
  nextDevice: typeof nextDevice;
}

/**
 * Runs `request`, or what is left of it, and hands every result to `sink`. Where the device fails on the way, the next
 * best one goes on from what is kept, as a resumed run would, and the study's notes say so.
 * Throws LeverageError: `cancelled` when the sink says so, else the cause.
 */
export async function runStudy(
  request: StudyRequest,
  sink: StudySink,
  devices: StudyDevices = { openDevice, nextDevice },
): Promise<void> {
  const checkCancelled = (): void => {
    if (sink.cancelled())
      throw new LeverageError(
        'cancelled',
        'The study was stopped; what was computed is kept.',
        'Resume it to go on where it stopped.',
      );
  };
  const failed: string[] = [];
  const kept = keepingTrack(request.state, sink);
  let device = await devices.openDevice(request.device, { checkCancelled });
  for (;;) {
    try {
      await runOn(device, { ...request, state: kept.state() }, kept.sink, checkCancelled);
      return;
    } catch (thrown) {
      if (!isDeviceFailure(thrown)) throw thrown;
      failed.push(device.info.name);
      const next = await devices.nextDevice(failed, thrown, { checkCancelled });
      device = next.device;
      kept.noteWithNextBatch(next.note);
    }
  }
}

/** A sink that remembers what went through it, so that another device can go on from there. */
function keepingTrack(start: StudyState, sink: StudySink) {
  let { fit, groups } = start;
  const batchesDone = new Set(start.batchesDone);
  const analysesDone = new Set(start.analysesDone);
  let notes: string[] = [];
  const tracking: StudySink = {
    ...sink,
    fitted: async (kept, provenance) => {
      await sink.fitted(kept, provenance);
      fit = kept;
    },
    grouped: async (kept) => {
      await sink.grouped(kept);
      groups = kept;
    },
    batch: async (result) => {
      await sink.batch({ ...result, notes: [...notes, ...result.notes] });
      notes = [];
      batchesDone.add(result.batch);
    },
    analysis: async (done) => {
      await sink.analysis(done);
      analysesDone.add(done.position);
    },
  };
  return {
    sink: tracking,
    state: (): StudyState => ({
      fit,
      groups,
      batchesDone: new Set(batchesDone),
      analysesDone: new Set(analysesDone),
      training: start.training,
    }),
    noteWithNextBatch: (note: string) => void notes.push(note),
  };
}

async function runOn(
  device: Device,
  request: StudyRequest,
  sink: StudySink,
  checkCancelled: () => void,
): Promise<void> {
  const { spec, dataset, state } = request;
  const progress = progressReporter(sink);
  const stage = async <T>(name: Stage, work: () => Promise<T>): Promise<T> => {
    checkCancelled();
    progress.stage(name);
    const start = performance.now();
    try {
      return await work();
    } finally {
      sink.stageSeconds(name, (performance.now() - start) / 1000);
    }
  };

  if (isTrainable(spec.model)) {
    const multiplyTransposed: StudyFrame['multiplyTransposed'] = (A, B, m, k, n) =>
      device.multiply(A, B, m, k, n, true);
    const frame: StudyFrame = { stage, progress, remainingTasks, checkCancelled, multiplyTransposed };
    try {
      return await runTrainableStudy(spec.model, request, sink, frame);
    } finally {
      await device.dispose();
    }
  }
  let model: ModelOnDevice | null = null;
  try {
    const design = await stage('load', async () => buildDesign(dataset, { standardise: wantsStandardised(request) }));
    const groupsToCome = expectedGroupCount(spec, dataset) || undefined;
    const fitted = await stage('fit', async () => {
      const model =
        state.fit === null
          ? await fitModel(
              design,
              { ...spec.model, expectedGroups: groupsToCome, startFrom: request.startFrom },
              device,
              { checkCancelled },
            )
          : await placeModel(state.fit, design, device, { expectedGroups: groupsToCome, checkCancelled });
      // Also on resume: each run of a study has its own device and versions on record.
      await sink.fitted(storedFit(model), provenanceOf(request, model, device));
      return model;
    });
    model = fitted;
    const groups = await stage('groups', async () => {
      if (state.groups !== null) return state.groups;
      const formed = await formStudyGroups(spec, dataset, design, fitted, {
        fileGroups: request.fileGroups,
        checkCancelled,
      });
      await sink.grouped(formed);
      return formed;
    });
    progress.groups(groups, state.batchesDone);
    const { analyses = [], effect } = spec;
    checkAnalyses(analyses, fitted, dataset, groups);

    const slices = testSlices(dataset, design.classes, design.test.y, spec.evaluate.slices ?? []);
    const { evaluations, directions } = await stage('influence', async () => {
      const set = await createEvaluationSet(fitted, groups.evaluations, slices);
      return { evaluations: set, directions: await solveFullHessian(fitted, set.gradients, checkCancelled) };
    });
    await stage('retrain', async () => {
      const tasks = remainingTasks(groups, state.batchesDone);
      const keep = async (result: BatchResult): Promise<void> => {
        await sink.batch(result);
        progress.batchDone(result.groupCount);
      };
      const { estimators, tolerance } = spec;
      const lanes = laneCount(fitted, groups.groups.length);
      if (lanes > 1) {
        const shared = {
          model: fitted,
          evaluations: groups.evaluations,
          slices,
          directions,
          estimators,
          tolerance,
          effect,
        };
        await computeInLanes({ ...shared, lanes, cancelled: () => sink.cancelled() }, tasks, keep);
        return;
      }
      for (const task of tasks) {
        checkCancelled();
        await keep(
          await computeBatch(
            { model: fitted, evaluations, directions, estimators, tolerance, effect },
            task,
            checkCancelled,
          ),
        );
      }
    });
    if (analyses.length > 0) {
      await stage('analyses', () =>
        runAnalyses({
          analyses,
          model: fitted,
          dataset,
          groups,
          tolerance: spec.tolerance,
          done: state.analysesDone,
          keep: (done) => sink.analysis(done),
          checkCancelled,
          progress: (position, done, total) => progress.analysis({ position, count: analyses.length, done, total }),
        }),
      );
    }
    await stage('summarise', async () => {});
  } finally {
    model?.dispose();
    await device.dispose();
  }
}

function remainingTasks({ groups, batchSizes }: StudyGroups, done: ReadonlySet<number>): BatchTask[] {
  const tasks: BatchTask[] = [];
  let firstGroup = 0;
  for (const [batch, groupCount] of batchSizes.entries()) {
    // Members and label only: a task travels to a lane.
    const part = groups.slice(firstGroup, firstGroup + groupCount).map(({ label, members }) => ({ label, members }));
    if (!done.has(batch)) tasks.push({ batch, firstGroup, groups: part });
    firstGroup += groupCount;
  }
  return tasks;
}

/** Work below this (multiplications of the retraining's products) is done before lanes have started. */
const WORTH_LANES = 2e10;
const PRODUCTS_PER_GROUP = 60;

/** How many lanes share the batches; 1 = no lanes. Decided by the whole study, so that a resumed one computes alike. */
function laneCount(model: ModelOnDevice, groups: number): number {
  const { rows, columns } = model.objective.placed;
  const work = PRODUCTS_PER_GROUP * 2 * groups * rows * columns * model.objective.logits;
  return model.device.info.name.startsWith('onnx-cpu') && work > WORTH_LANES ? model.device.info.threads : 1;
}

function wantsStandardised({ spec }: StudyRequest): boolean {
  return 'standardise' in spec.dataset && spec.dataset.standardise === true;
}

function storedFit(model: ModelOnDevice): Parameters<StudySink['fitted']>[0] {
  const { summary, coefficients, logits, classes, featureNames } = model.fitted;
  return { summary, coefficients, logits, classes, featureNames };
}

function provenanceOf(request: StudyRequest, model: ModelOnDevice, device: Device): Provenance {
  return {
    appVersion: packageJson.version,
    nodeVersion: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
    device: device.info.title,
    precision: device.info.precision,
    threads: device.info.threads,
    libraries: device.info.name.startsWith('onnx') ? { 'onnxruntime-node': libraryVersion('onnxruntime-node') } : {},
    datasetFingerprint: request.datasetFingerprint,
    datasetName: request.dataset.name,
    seed: studySeed(request.spec),
    tolerance: request.spec.tolerance,
    preconditioner: `${model.preconditioner.description}${solvedIn(model)}`,
  };
}

function libraryVersion(name: string): string {
  const manifest: unknown = createRequire(import.meta.url)(`${name}/package.json`);
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest
    ? String(manifest.version)
    : 'unknown';
}

/** Said where the device could solve in single precision and does not. */
function solvedIn({ working, objective, solving }: ModelOnDevice): string {
  if (working.train === objective.placed || solving !== objective.placed) return '';
  return '; systems solved in float64, because float32 gains too few digits on these data';
}

interface ProgressReporter {
  stage(stage: Stage): void;
  groups(groups: StudyGroups, batchesDone: ReadonlySet<number>): void;
  batchDone(groups: number): void;
  analysis(analysis: NonNullable<StudyProgress['analysis']>): void;
}

/** Rate and time left over this run only: groups kept from an earlier run cost nothing now. */
function progressReporter(sink: StudySink): ProgressReporter {
  let current: Stage = 'load';
  let total = 0;
  let kept = 0;
  let done = 0;
  let started = performance.now();
  const report = (analysis?: StudyProgress['analysis']): void => {
    const seconds = (performance.now() - started) / 1000;
    const rate = done > 0 && seconds > 0 ? done / seconds : NaN;
    const left = total - kept - done;
    sink.progress({
      stage: current,
      groupsDone: kept + done,
      groupsTotal: total,
      rate,
      secondsLeft: total > 0 && left === 0 ? 0 : left / rate,
      ...(analysis === undefined ? {} : { analysis }),
    });
  };
  return {
    stage(stage) {
      current = stage;
      if (stage === 'retrain') started = performance.now();
      report();
    },
    groups({ groups, batchSizes }, batchesDone) {
      total = groups.length;
      kept = batchSizes.reduce((sum, size, batch) => sum + (batchesDone.has(batch) ? size : 0), 0);
      report();
    },
    batchDone(groups) {
      done += groups;
      report();
    },
    analysis: report,
  };
}
