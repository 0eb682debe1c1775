/**
 * Influence of all training rows on all test rows of Diabetes, 20,000 × 81,766, against the bare matrix products of the
 * same tiles on the same library, one after the other in one run. A section of `npm run bench`; alone:
 * `node tests/bench/pointwise.ts [--test-rows N] [--out FILE.npy]`. Seconds are told with the processor time, which a
 * busy machine changes less.
 */
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { openDevice } from '../../src/main/compute/index.ts';
import { readDatasetSpec } from '../../src/main/datasets/index.ts';
import { influenceFactors, influenceTiles } from '../../src/main/estimators/pointwise-influence.ts';
import { buildDesign } from '../../src/main/features/index.ts';
import { fitModel } from '../../src/main/models/fit.ts';
import { computeInfluences } from '../../src/main/studies/compute-influences.ts';
import { tileProduct } from '../../src/main/studies/influence-strips.ts';
import { parseStudySpec } from '../../src/shared/study-spec.ts';
import { atMost, type Row } from './table.ts';
import { WORKLOADS } from './workloads.ts';

const [FILE] = WORKLOADS.diabetes.files;
const L2 = { relative: WORKLOADS.diabetes.relativeL2 };
/** Of the bare products' time: what else is done per pair must hide behind them. */
const MOST = 2;

export interface PointwiseOptions {
  device: string | null;
  /** Test rows of the bare products, scaled up; all when left out. */
  testRows?: number;
  /** Where the influences go, when they shall be kept. */
  out?: string | null;
}

export interface PointwiseFigures {
  seconds: number;
  processorSeconds: number;
  gigabytes: number;
  bareSeconds: number;
  bareProcessorSeconds: number;
  /** Ours over bare, by processor time. */
  ratio: number;
  peakMiB: number;
}

export async function benchPointwise({
  device: name,
  testRows: bareRows,
  out = null,
}: PointwiseOptions): Promise<{ lines: string[]; figures: PointwiseFigures | null; rows: Row[] }> {
  const workload = 'all n × m influences, Diabetes, 20,000 × 81,766';
  const against = 'the bare products of the same tiles';
  const none = { workload, against, promised: '', measured: 'not measured', met: null, device: name ?? 'automatic' };
  if (!existsSync(FILE)) {
    return { lines: ['not measured: ../shared/data/diabetes/diabetes.npz is not here.'], figures: null, rows: [none] };
  }
  const whole = await readDatasetSpec({ file: FILE }, '', { progress: () => {}, cancelled: () => false });
  const spec = parseStudySpec({ dataset: { file: FILE }, model: { l2: L2 } });
  let used = process.cpuUsage();
  const processorSeconds = (): number => {
    const { user, system } = process.cpuUsage(used);
    used = process.cpuUsage();
    return (user + system) / 1e6;
  };
  const found = await computeInfluences({
    ...{ quantity: 'loss' as const, top: 5, out, device: name },
    ...{ spec, dataset: whole, fit: null },
  });
  const ours = { seconds: found.seconds, processor: processorSeconds() };
  const peakMiB = process.resourceUsage().maxRSS / 1024;
  const gigabytes = (found.trainRows * found.testRows * (found.precision === 'float32' ? 4 : 8)) / 1e9;

  const device = await openDevice(name);
  const design = buildDesign(whole, { standardise: false });
  const control = { checkCancelled: () => {} };
  const model = await fitModel(design, { l2: L2, intercept: true }, device, control);
  const factors = await influenceFactors(model, 'loss', found.precision, control.checkCancelled);
  const testRows = bareRows ?? factors.testRows;
  processorSeconds();
  const begun = performance.now();
  for await (const tile of influenceTiles(factors, tileProduct(device), 0, testRows)) void tile;
  const share = factors.testRows / testRows;
  const bare = { seconds: ((performance.now() - begun) / 1000) * share, processor: processorSeconds() * share };
  const flops = 2 * factors.trainRows * factors.testRows * factors.width;
  model.dispose();
  await device.dispose();

  const ratio = ours.processor / bare.processor;
  return {
    lines: [
      `${found.trainRows} × ${found.testRows} influences, ${found.precision}, ${found.device}`,
      `all pairs looked through: ${ours.seconds.toFixed(1)} s, ${(gigabytes / ours.seconds).toFixed(2)} GB/s of results; processor ${ours.processor.toFixed(1)} s with the fit; peak memory ${peakMiB.toFixed(0)} MiB`,
      `bare products: ${bare.seconds.toFixed(1)} s (${(flops / bare.seconds / 1e9).toFixed(0)} GFLOP/s), processor ${bare.processor.toFixed(1)} s`,
      `ratio ${(ours.seconds / bare.seconds).toFixed(2)} by the clock, ${ratio.toFixed(2)} by processor time`,
    ],
    figures: {
      ...{ seconds: ours.seconds, processorSeconds: ours.processor, gigabytes, ratio, peakMiB },
      ...{ bareSeconds: bare.seconds, bareProcessorSeconds: bare.processor },
    },
    rows: [atMost({ workload, against, device: found.device }, MOST, ratio, ' by processor time')],
  };
}

if (import.meta.main) {
  const { values: options } = parseArgs({ options: { 'test-rows': { type: 'string' }, out: { type: 'string' } } });
  const { lines } = await benchPointwise({
    device: null,
    ...(options['test-rows'] !== undefined && { testRows: Number(options['test-rows']) }),
    out: options.out ?? null,
  });
  for (const line of lines) console.log(line);
}
