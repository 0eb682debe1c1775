/**
 * A study whose model is trained through the TrainableModel interface (ridge, smooth hinge, networks):
 * train → groups → influence → Newton and retraining.
 */
import { createRequire } from 'node:module';
import { isNetwork, type NetworkSpec } from '../../shared/study-spec.ts';
import type { Design } from '../../shared/dataset.ts';
import type { FitSummary, Provenance, Stage, TrainingPoint } from '../../shared/study.ts';
import { buildDesign } from '../features/index.ts';
import type { StoredFit } from '../models/fitted-model.ts';
import type { TrainableModel, TrainingState } from '../models/trainable/trainable-model.ts';
import { absoluteLambda, studyModel, type TrainableSpec } from '../networks/study-model.ts';
import { openTrainer, type Trainer } from '../networks/trainers.ts';
import { testSlices } from './choose-evaluations.ts';
import type { BatchTask } from './compute-batch.ts';
import { studySeed } from './form-study-groups.ts';
import { formTrainableGroups } from './form-trainable-groups.ts';
import type { StudyGroups, StudyRequest, StudySink } from './study-run.ts';
import { computeTrainableBatch } from './trainable-batch.ts';
import { trainableCurvature } from './trainable-curvature.ts';
import { refuseBeyondTrainable } from './trainable-limits.ts';
import { trainableEvaluations } from './trainable-evaluations.ts';
import packageJson from '../../../package.json' with { type: 'json' };

/** What a run of any study has. */
export interface StudyFrame {
  stage<T>(name: Stage, work: () => Promise<T>): Promise<T>;
  progress: { groups(groups: StudyGroups, done: ReadonlySet<number>): void; batchDone(groups: number): void };
  remainingTasks(groups: StudyGroups, done: ReadonlySet<number>): BatchTask[];
  checkCancelled(): void;
  multiplyTransposed(A: Float64Array, B: Float64Array, m: number, k: number, n: number): Promise<Float64Array>;
}

/** On a network: a Gauss–Newton system need not be solved to rounding, and each product is a pass over the data. */
const NETWORK_SOLVE = { tolerance: 1e-6, maximumIterations: 300 };
const CONVEX_SOLVE = { tolerance: 1e-13, maximumIterations: 5000 };

export async function runTrainableStudy(
  spec: TrainableSpec,
  request: StudyRequest,
  sink: StudySink,
  frame: StudyFrame,
): Promise<void> {
  refuseBeyondTrainable(request.spec);
  const { dataset, state } = request;
  const { stage, checkCancelled, progress } = frame;
  const standardise = 'standardise' in request.spec.dataset && request.spec.dataset.standardise === true;
  const notes: string[] = [];
  const note = (text: string): void => void (notes.includes(text) || notes.push(text));
  let trainer: Trainer | null = null;
  try {
    const design = await stage('load', async () =>
      buildDesign(dataset, { standardise, label: spec.kind === 'ridge' ? 'numbers' : 'classes' }),
    );
    trainer = isNetwork(spec) ? await openTrainer(spec.training.device === 'auto' ? null : spec.training.device) : null;
    const model = studyModel(spec, design, dataset.image, trainer?.openSteps);
    const seed = isNetwork(spec) ? spec.training.seed : 0;
    const theta = await stage('fit', async () => {
      const fit = state.fit ?? (await fitAnew(spec, model, design, { request, sink, seed, checkCancelled }));
      await sink.fitted(fit, provenanceOf(request, spec, trainer));
      return fit.coefficients;
    });
    const damping = isNetwork(spec) ? spec.damping * sum(model.weights) : 0;
    const curvature = trainableCurvature(model, theta, {
      form: model.recipe === null ? 'hessian' : 'gaussNewton',
      damping,
      ...(model.recipe === null ? CONVEX_SOLVE : NETWORK_SOLVE),
      checkCancelled,
      note,
    });
    const slices = testSlices(dataset, design.classes, design.test.y, request.spec.evaluate.slices ?? []);
    const groups = await stage('groups', async () => {
      if (state.groups !== null) return state.groups;
      if (isNetwork(spec)) notes.push(...networkNotes(spec, trainer));
      const formed = await formTrainableGroups({
        spec: request.spec,
        dataset,
        design,
        model,
        theta,
        curvature,
        slices,
        multiplyTransposed: frame.multiplyTransposed,
        notes,
        fileGroups: request.fileGroups,
        checkCancelled,
      });
      await sink.grouped(formed);
      return formed;
    });
    notes.length = 0;
    progress.groups(groups, state.batchesDone);
    const q = model.parameterCount;
    const { evaluations, directions } = await stage('influence', async () => {
      const set = await trainableEvaluations(model, theta, groups.evaluations, slices);
      const solved = new Float64Array(set.gradients.length);
      for (const [e, { quantity }] of set.evaluations.entries()) {
        if (quantity === 'selfLoss') continue;
        solved.set(await curvature.solve(model.weights, set.gradients.subarray(e * q, (e + 1) * q)), e * q);
      }
      return { evaluations: set, directions: solved };
    });
    await stage('retrain', async () => {
      const { estimators, tolerance } = request.spec;
      const setting = { model, theta, evaluations, curvature, directions, estimators, tolerance, seed, checkCancelled };
      for (const task of frame.remainingTasks(groups, state.batchesDone)) {
        const result = await computeTrainableBatch(setting, task);
        await sink.batch({ ...result, notes: [...notes.splice(0), ...result.notes] });
        progress.batchDone(result.groupCount);
      }
    });
    await stage('summarise', async () => {});
  } finally {
    trainer?.close();
  }
}

interface FitContext {
  request: StudyRequest;
  sink: StudySink;
  seed: number;
  checkCancelled(): void;
}

async function fitAnew(
  spec: TrainableSpec,
  model: TrainableModel,
  design: Design,
  { request, sink, seed, checkCancelled }: FitContext,
): Promise<StoredFit> {
  const kept = request.state.training ?? undefined;
  const onEpoch = async (point: TrainingPoint, after: TrainingState): Promise<void> => {
    if (!isNetwork(spec)) return;
    const last = after.checkpoints[after.checkpoints.length - 1];
    await sink.trained?.({
      epochs: spec.training.epochs,
      point,
      theta: after.theta,
      memory: after.memory,
      step: after.step,
      checkpoint: last?.epoch === after.epoch ? last : null,
    });
  };
  const trained = await model.train({ seed, onEpoch, resume: kept, checkCancelled });
  const { curve, checkpoints } = trained;
  const last = curve[curve.length - 1];
  const summary: FitSummary = {
    lambda: absoluteLambda(spec, model.rows.train),
    kind: spec.kind,
    score: design.quantity === undefined ? 'accuracy' : 'r2',
    intercept: spec.intercept,
    trainAccuracy: await model.score(trained.theta, 'train'),
    testAccuracy: last.accuracy,
    testLoss: last.testLoss,
    gradientNorm: trained.gradientNorm,
    iterations: checkpoints[checkpoints.length - 1].step,
    crossValidation: null,
  };
  return {
    summary,
    coefficients: trained.theta,
    logits: model.outputs,
    classes: design.classes,
    featureNames: design.featureNames,
  };
}

function networkNotes({ damping }: NetworkSpec, trainer: Trainer | null): string[] {
  return [
    `The network is not at a minimum: influence and Newton use the Gauss–Newton matrix with a damping of ${damping} · n; actual effects are of the same training, from the same initialisation and in the same order, without the group's rows.`,
    ...(trainer?.notes ?? []),
  ];
}

function provenanceOf(
  { spec, dataset, datasetFingerprint }: StudyRequest,
  model: TrainableSpec,
  trainer: Trainer | null,
): Provenance {
  return {
    appVersion: packageJson.version,
    nodeVersion: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
    device:
      trainer === null ? 'TypeScript · CPU · float64' : `${trainer.title} (training), TypeScript · float64 (influence)`,
    precision: trainer?.precision ?? 'float64',
    threads: 1,
    libraries: trainer?.name === 'tensorflow-wasm' ? { '@tensorflow/tfjs-backend-wasm': wasmVersion() } : {},
    datasetFingerprint,
    datasetName: dataset.name,
    seed: isNetwork(model) ? model.training.seed : studySeed(spec),
    tolerance: spec.tolerance,
    preconditioner: isNetwork(model) ? 'none' : 'Cholesky factor of the full Hessian',
  };
}

function wasmVersion(): string {
  const manifest: unknown = createRequire(import.meta.url)('@tensorflow/tfjs-backend-wasm/package.json');
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest
    ? String(manifest.version)
    : 'unknown';
}

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}
