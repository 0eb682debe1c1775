/**
 * `node tests/bench/pointwise.ts [--test-rows N] [--out FILE.npy]`: influence of all training rows on all test rows of Diabetes,
 * 20,000 × 81,766, against the bare matrix products of the same tiles on the same library, one after the other in one
 * run. Needs ../shared/data; says so when it is not there. Seconds are told with the processor time, which a busy
 * machine changes less.
 */
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openDevice } from '../../src/main/compute/index.ts';
import { readDatasetSpec } from '../../src/main/datasets/index.ts';
import { influenceFactors, influenceTiles } from '../../src/main/estimators/pointwise-influence.ts';
import { buildDesign } from '../../src/main/features/index.ts';
import { fitModel } from '../../src/main/models/fit.ts';
import { computeInfluences } from '../../src/main/studies/compute-influences.ts';
import { tileProduct } from '../../src/main/studies/influence-strips.ts';
import { parseStudySpec } from '../../src/shared/study-spec.ts';

const DATA = resolve(dirname(fileURLToPath(import.meta.url)), '../../../shared/data');
const FILE = 'diabetes/diabetes.npz';
const L2 = { relative: 2.154e-4 };

const { values: options } = parseArgs({
  options: { 'test-rows': { type: 'string' }, out: { type: 'string' }, top: { type: 'string', default: '5' } },
});

if (!existsSync(join(DATA, FILE))) console.log(`Not run: ../shared/data/${FILE} is not here.`);
else await measure();

async function measure(): Promise<void> {
  const whole = await readDatasetSpec({ file: FILE }, DATA, { progress: () => {}, cancelled: () => false });
  const spec = parseStudySpec({ dataset: { file: FILE }, model: { l2: L2 } });
  const common = { quantity: 'loss' as const, top: Number(options.top), out: options.out ?? null, device: null };
  let used = process.cpuUsage();
  const cpuSeconds = (): number => {
    const { user, system } = process.cpuUsage(used);
    used = process.cpuUsage();
    return (user + system) / 1e6;
  };
  const found = await computeInfluences({ ...common, spec, dataset: whole, fit: null });
  const ours = { seconds: found.seconds, cpu: cpuSeconds() };
  const gigabytes = (found.trainRows * found.testRows * (found.precision === 'float32' ? 4 : 8)) / 1e9;
  console.log(`${found.trainRows} × ${found.testRows} influences, ${found.precision}, ${found.device}`);
  console.log(
    `  all pairs looked through: ${ours.seconds.toFixed(1)} s, ${(gigabytes / ours.seconds).toFixed(2)} GB/s of results; processor ${ours.cpu.toFixed(1)} s with the fit; peak memory ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MiB`,
  );

  const device = await openDevice(null);
  const design = buildDesign(whole, { standardise: false });
  const control = { checkCancelled: () => {} };
  const model = await fitModel(design, { l2: L2, intercept: true }, device, control);
  const factors = await influenceFactors(model, 'loss', found.precision, control.checkCancelled);
  const testRows = options['test-rows'] === undefined ? factors.testRows : Number(options['test-rows']);
  cpuSeconds();
  const begun = performance.now();
  for await (const tile of influenceTiles(factors, tileProduct(device), 0, testRows)) void tile;
  const share = factors.testRows / testRows;
  const bare = { seconds: ((performance.now() - begun) / 1000) * share, cpu: cpuSeconds() * share };
  const flops = 2 * factors.trainRows * factors.testRows * factors.width;
  console.log(
    `  bare products: ${bare.seconds.toFixed(1)} s (${(flops / bare.seconds / 1e9).toFixed(0)} GFLOP/s), processor ${bare.cpu.toFixed(1)} s`,
  );
  console.log(
    `  ratio ${(ours.seconds / bare.seconds).toFixed(2)} by the clock, ${(ours.cpu / bare.cpu).toFixed(2)} by processor time`,
  );
  model.dispose();
  await device.dispose();
}
