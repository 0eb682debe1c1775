/**
 * `node tests/bench/accuracy.ts [DATASET …]`: how far the devices' Newton and actual effects are from those of the float64
 * device, as a Markdown table. Twenty-odd groups of each dataset, from a point to 25 % of it and whole classes' halves;
 * differences relative to the largest effect of the same quantity and target. What is not here is said and left out.
 */
import { openDevice } from '../../src/main/compute/index.ts';
import { fitModel } from '../../src/main/models/fit.ts';
import { readDatasetSpec } from '../../src/main/datasets/index.ts';
import { buildDesign } from '../../src/main/features/index.ts';
import type { Design } from '../../src/shared/dataset.ts';
import type { DatasetSpec } from '../../src/shared/study-spec.ts';
import { control, effectsAround, everyQuantity, type Answered } from '../numerics/engine.ts';
import { breastCancer, diabetes, digits, mnist5500, sharedFile, spambase } from '../numerics/golden-files.ts';
import { rowsOf } from '../numerics/golden-rows.ts';

const EXACT = 'onnx-cpu';
const OTHERS = ['onnx-cpu-float32'];
const TOLERANCE = 1e-8;

interface Source {
  relative: number;
  /** Null where its files are not here. */
  load(): Promise<Design> | Design | null;
}

const fromFile = (parts: string[], read: (path: string) => Design | Promise<Design>): Source['load'] => {
  const path = sharedFile(...parts);
  return () => (path === null ? null : read(path));
};

async function fromSpec(path: string): Promise<Design> {
  const spec: DatasetSpec = { file: path };
  const dataset = await readDatasetSpec(spec, '/', { progress: () => {}, cancelled: () => false });
  return buildDesign(dataset, { standardise: false });
}

const SOURCES: Record<string, Source> = {
  'breast-cancer': { relative: 1e-3, load: () => breastCancer().design },
  digits: { relative: 1e-3, load: () => digits().design },
  spambase: { relative: 1e-3, load: fromFile(['spambase', 'spambase.data'], (path) => spambase(path).design) },
  diabetes: { relative: 2.154e-4, load: fromFile(['diabetes', 'diabetes.npz'], (path) => diabetes(path).design) },
  enron: { relative: 1e-3, load: fromFile(['enron', 'enron.npz'], fromSpec) },
  'mnist-5500': { relative: 1e-3, load: fromFile(['mnist'], (path) => mnist5500(path).design) },
};

/** Random groups of 14 sizes from one point to 25 %, and six within a class. */
function groupsOf({ train: { y } }: Design): Int32Array[] {
  const n = y.length;
  const sizes = Array.from({ length: 14 }, (_, i) => Math.max(1, Math.round((n / 4) ** (i / 13))));
  const random = sizes.map((count, seed) => rowsOf({ hash: seed, count }, y, {}));
  const within = Array.from({ length: 6 }, (_, i) => {
    const label = i % 2;
    const members = y.reduce((sum, one) => sum + (one === label ? 1 : 0), 0);
    return rowsOf({ hash: 100 + i, class: label, count: Math.ceil(members / 2 ** (1 + i)) }, y, {});
  });
  return [...random, ...within];
}

async function answersOf(design: Design, relative: number, name: string, groups: Int32Array[]) {
  const device = await openDevice(name);
  try {
    const model = await fitModel(design, { l2: { relative }, intercept: true }, device, control);
    const asked = { lambda: 0, intercept: true, groups, evaluations: everyQuantity(design), batch: 10 };
    const start = performance.now();
    const answered = await effectsAround(model, { ...asked, tolerance: TOLERANCE });
    model.dispose();
    return { answered, seconds: (performance.now() - start) / 1000 };
  } finally {
    await device.dispose();
  }
}

/** The worst over evaluations of the largest difference over the largest effect. */
function difference(a: number[][], b: number[][]): number {
  let worst = 0;
  for (const e of b[0].keys()) {
    const scale = Math.max(...b.map((row) => Math.abs(row[e])));
    worst = Math.max(worst, Math.max(...b.map((row, g) => Math.abs(a[g][e] - row[e]))) / scale);
  }
  return worst;
}

const worstGradient = ({ retraining }: Answered): number =>
  Math.max(...retraining.map((one) => one.relativeGradientNorm));
const unconverged = ({ retraining }: Answered): number => retraining.filter((one) => !one.converged).length;

const wanted = process.argv.slice(2);
console.log('| dataset | n × d, classes | device | Newton | actual | worst gradient | not converged | seconds |');
console.log('|---|---|---|---|---|---|---|---|');
for (const name of wanted.length > 0 ? wanted : Object.keys(SOURCES)) {
  const source = SOURCES[name];
  const design = (await source?.load()) ?? null;
  if (source === undefined || design === null) {
    console.log(`| ${name} | ${source === undefined ? 'not known' : 'not here'} | | | | | | |`);
    process.exitCode = source === undefined ? 2 : process.exitCode;
    continue;
  }
  const groups = groupsOf(design);
  const exact = await answersOf(design, source.relative, EXACT, groups);
  const size = `${design.train.X.rows} × ${design.train.X.columns}, ${design.classes.length}`;
  const line = (device: string, answered: Answered, newton: string, actual: string, seconds: number): void =>
    console.log(
      `| ${name} | ${size} | ${device} | ${newton} | ${actual} | ${worstGradient(answered).toExponential(1)} | ${unconverged(answered)} of ${groups.length} | ${seconds.toFixed(1)} |`,
    );
  line(EXACT, exact.answered, '—', '—', exact.seconds);
  for (const other of OTHERS) {
    const { answered, seconds } = await answersOf(design, source.relative, other, groups);
    const of = (estimator: 'newton' | 'actual'): string =>
      difference(answered.effects[estimator], exact.answered.effects[estimator]).toExponential(1);
    line(other, answered, of('newton'), of('actual'), seconds);
  }
}
