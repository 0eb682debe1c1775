/** Influence of every training row on every test row of a fitted model: streamed, on all cores. */
import { renameSync, rmSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { invalidInput, LeverageError } from '../../shared/errors.ts';
import type { Dataset } from '../../shared/dataset.ts';
import type { PointInfluences } from '../../shared/study.ts';
import { isTrainable, type StudySpec } from '../../shared/study-spec.ts';
import type { StoredFit } from '../models/fitted-model.ts';
import { openDevice } from '../compute/index.ts';
import type { Device } from '../compute/device.ts';
import { influenceFactors, stripCount, type PointQuantity } from '../estimators/pointwise-influence.ts';
import { emptyExtremes, type InfluenceSums } from '../estimators/pointwise-summary.ts';
import { chooseTestPoints } from '../groups/test-points.ts';
import { buildDesign } from '../features/index.ts';
import { fitModel } from '../models/fit.ts';
import { placeModel, type ModelOnDevice } from '../models/model-on-device.ts';
import { createNpy, type NpyType } from '../report/npy-file.ts';
import { studySeed } from './form-study-groups.ts';
import { singleProduct, workThroughStrips, type StripWork } from './influence-strips.ts';
import type { FromInfluenceLane } from './influence-worker.ts';

export interface InfluenceRequest {
  spec: StudySpec;
  dataset: Dataset;
  /** Of the study; null: the model is fitted. */
  fit: StoredFit | null;
  quantity: PointQuantity;
  /** Training rows kept per test row at each end. */
  top: number;
  /** A .npy file of testRows × trainRows, in the precision of the products; null to write none. */
  out: string | null;
  /** Device name, or null for the automatic choice. */
  device: string | null;
}

/** Below this (multiplications) lanes would take longer to start than the work does. */
const WORTH_LANES = 2e10;

/** @throws LeverageError as `influenceFactors`; of the file system's errors 'storage' */
export async function computeInfluences(
  request: InfluenceRequest,
  progress: (testRowsDone: number, testRows: number) => void = () => {},
): Promise<PointInfluences> {
  const { spec, dataset, fit, out } = request;
  if (isTrainable(spec.model)) {
    throw invalidInput(
      `Influence of all rows on all rows is for logistic and softmax regression; this model is "${spec.model.kind}".`,
      'Leave out model.kind, or run a study with {"leaveOneOut": true} as its groups.',
    );
  }
  const device = await openDevice(request.device);
  let model: ModelOnDevice | null = null;
  try {
    const standardise = 'standardise' in spec.dataset && spec.dataset.standardise === true;
    const design = buildDesign(dataset, { standardise });
    const control = { checkCancelled: () => {} };
    model =
      fit === null
        ? await fitModel(design, spec.model, device, control)
        : await placeModel(fit, design, device, control);
    const begun = performance.now();
    const result = await writingWhole(out, (file) => influencesOf(model!, device, { ...request, out: file }, progress));
    return { ...result, seconds: (performance.now() - begun) / 1000 };
  } finally {
    model?.dispose();
    await device.dispose();
  }
}

async function influencesOf(
  model: ModelOnDevice,
  device: Device,
  { spec, quantity, top, out }: InfluenceRequest,
  progress: (testRowsDone: number, testRows: number) => void,
): Promise<Omit<PointInfluences, 'seconds'>> {
  const precision = singleProduct(device) ? 'float32' : 'float64';
  const factors = await influenceFactors(model, quantity, precision, () => {});
  const { trainRows, testRows, width } = factors;
  const type: NpyType = precision === 'float32' ? '<f4' : '<f8';
  if (out !== null) createNpy(out, type, [testRows, trainRows]);
  const extremes = emptyExtremes(testRows, trainRows, top);
  const { threads, name } = device.info;
  const inLanes = threads > 1 && name.startsWith('onnx-cpu') && trainRows * testRows * width > WORTH_LANES;
  const lanes = inLanes ? Math.min(threads, stripCount(factors)) : 1;
  const file = out === null ? null : { path: out, type };
  let done = 0;
  const stripDone = (rows: number): void => progress((done += rows), testRows);
  const work: StripWork = { device: name, threads: inLanes ? 1 : threads, factors, extremes, lane: 0, lanes, file };
  const parts = inLanes
    ? await Promise.all(Array.from({ length: lanes }, (_, lane) => runLane({ ...work, lane }, stripDone)))
    : [await workThroughStrips(work, stripDone)];
  return {
    trainRows,
    testRows,
    precision,
    device: device.info.title,
    testPoints: chooseTestPoints(spec.evaluate.testPoints, model.fitted.testLoss, studySeed(spec) ?? 0),
    ...extremes,
    ...parts.reduce(addSums),
  };
}

function runLane(work: StripWork, stripDone: (testRows: number) => void): Promise<InfluenceSums> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(laneUrl(), { workerData: work });
    worker.on('message', (message: FromInfluenceLane) => {
      if ('testRows' in message) stripDone(message.testRows);
      else if ('sums' in message) resolve(message.sums);
      else reject(new LeverageError(message.failure.kind, message.failure.message, message.failure.hint));
    });
    worker.on('error', reject);
    // After an answer this changes nothing.
    worker.on('exit', (code) =>
      reject(new LeverageError('unavailable', `A computing thread ended without a word (exit code ${code}).`)),
    );
  });
}

/** Beside this source, or beside the bundle (an entry of electron.vite.config.ts). */
function laneUrl(): URL {
  return new URL(import.meta.url.endsWith('.ts') ? './influence-worker.ts' : './influence-worker.js', import.meta.url);
}

function addSums(a: InfluenceSums, b: InfluenceSums): InfluenceSums {
  const added = (x: Float64Array, y: Float64Array): Float64Array => x.map((value, at) => value + y[at]);
  return {
    train: added(a.train, b.train),
    trainSizes: added(a.trainSizes, b.trainSizes),
    test: added(a.test, b.test),
    testSizes: added(a.testSizes, b.testSizes),
  };
}

/** Writes beside `path` and renames at the end: a file that is there is whole. */
async function writingWhole<T>(path: string | null, work: (path: string | null) => Promise<T>): Promise<T> {
  if (path === null) return work(null);
  const unfinished = `${path}.unfinished`;
  try {
    const result = await work(unfinished);
    renameSync(unfinished, path);
    return result;
  } catch (thrown) {
    rmSync(unfinished, { force: true });
    const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : null;
    if (thrown instanceof LeverageError || code === null) throw thrown;
    throw new LeverageError(
      'storage',
      `${path} could not be written (${code}).`,
      'Choose another place with enough room.',
    );
  }
}
