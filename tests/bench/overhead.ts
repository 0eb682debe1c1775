/** The overhead: the effects of a study against its own matrix products called bare, in the same order on the same library. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Stage } from '../../src/shared/study.ts';
import type { BareLane, BareSeconds } from './bare-lane.ts';
import type { ProductLog } from './count-products.ts';

const HERE = dirname(fileURLToPath(import.meta.url));

export interface Overhead {
  groups: number;
  device: string;
  lanes: number;
  runs: number;
  products: number;
  unknownProducts: number;
  /** 2·m·k·n over all products, in 10⁹. */
  gigaflops: number;
  effectsSeconds: number;
  bareSeconds: number;
  /** Total over bare. */
  ratio: number;
  /** The same by processor time of the lanes: steadier where others use the machine. NaN without lanes. */
  processorRatio: number;
  /** Shares of the lanes' time, summing to 1. */
  shares: { products: number; elementwise: number; javascript: number; waiting: number };
  largest: { shape: string; count: number; share: number }[];
}

/** Null when the device calls no ONNX Runtime. Throws when the study fails. */
export async function measureOverhead(
  study: Record<string, unknown>,
  { device, scratch }: { device: string | null; scratch: string },
): Promise<Overhead | null> {
  const folder = mkdtempSync(join(scratch, 'overhead-'));
  try {
    const file = join(folder, 'study.json');
    writeFileSync(file, JSON.stringify(study));
    const run = await countedStudy(file, device, folder);
    const logs = readdirSync(folder)
      .filter((name) => name.startsWith('products-'))
      .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as ProductLog)
      .filter((log) => log.order.length > 0);
    if (logs.length === 0) return null;
    const lanes = logs.filter((log) => !log.main);
    // The main thread's products (influence) come before the lanes': they are replayed alone.
    const alone = await replay(logs.filter((log) => log.main));
    const together = await replay(lanes);
    return overheadOf(run, logs, alone, together);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface CountedRun {
  seconds: Partial<Record<Stage, number>>;
  groups: number;
  device: string;
}

async function countedStudy(file: string, device: string | null, folder: string): Promise<CountedRun> {
  const preload = pathToFileURL(join(HERE, 'count-products.ts')).href;
  const child = spawn(process.execPath, ['--import', preload, join(HERE, 'overhead-study.ts'), file, device ?? ''], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, LEVERAGE_BENCH_FOLDER: folder },
  });
  let [out, errors] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const status = await new Promise<number | null>((end, fail) => child.on('error', fail).on('close', end));
  if (status !== 0)
    throw new Error(
      errors
        .trim()
        .split('\n')
        .find((line) => /Error/.test(line)) ?? `status ${status}`,
    );
  return JSON.parse(out) as CountedRun;
}

/** All logs at once, each in a thread of its own. */
async function replay(logs: readonly ProductLog[]): Promise<BareSeconds[]> {
  const ready = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  return Promise.all(
    logs.map(
      (log) =>
        new Promise<BareSeconds>((resolve, reject) => {
          const workerData: BareLane = { log, ready, lanes: logs.length };
          const worker = new Worker(new URL('./bare-lane.ts', import.meta.url), { workerData });
          let answer: BareSeconds | null = null;
          worker.on('message', (message: BareSeconds) => (answer = message));
          worker.on('error', reject);
          worker.on('exit', () => (answer === null ? reject(new Error('the replay ended early')) : resolve(answer)));
        }),
    ),
  );
}

function overheadOf(
  run: CountedRun,
  logs: readonly ProductLog[],
  alone: readonly BareSeconds[],
  together: readonly BareSeconds[],
): Overhead {
  const lanes = logs.filter((log) => !log.main);
  const effectsSeconds = (run.seconds.influence ?? 0) + (run.seconds.retrain ?? 0);
  // Lanes that end together would take the mean: what one waits for the other is overhead.
  const meanOf = (values: number[]): number => (values.length === 0 ? 0 : sum(values) / values.length);
  const bareSeconds = sum(alone.map((one) => one.seconds)) + meanOf(together.map((one) => one.seconds));
  const bareCpu = sum(together.map((one) => one.cpuSeconds));
  const cpu = sum(lanes.map((log) => log.threadCpuSeconds));
  const libraryCpu = sum(lanes.map((log) => log.libraryCpuSeconds));
  // Of all the time that the threads had: lanes × the retraining's wall time, or without lanes the main thread's.
  const wall = lanes.length > 0 ? lanes.length * (run.seconds.retrain ?? 0) : effectsSeconds;
  const library = sum(logs.map((log) => log.librarySeconds));
  const shares =
    lanes.length > 0
      ? {
          // Over entries our products take less than the dense ones that they stand for.
          products: Math.min(bareCpu, libraryCpu) / wall,
          elementwise: Math.max(0, libraryCpu - bareCpu) / wall,
          javascript: (cpu - libraryCpu) / wall,
          waiting: Math.max(0, wall - cpu) / wall,
        }
      : {
          products: bareSeconds / wall,
          elementwise: Math.max(0, library - bareSeconds) / wall,
          javascript: Math.max(0, wall - Math.max(library, bareSeconds)) / wall,
          waiting: 0,
        };
  return {
    groups: run.groups,
    device: run.device,
    lanes: Math.max(1, lanes.length),
    runs: sum(logs.map((log) => log.runs)),
    products: sum(logs.map((log) => log.order.length)),
    unknownProducts: sum(logs.map((log) => log.unknown)),
    gigaflops: sum(logs.map((log) => sum(log.order.map((index) => flops(log.products[index]))))) / 1e9,
    effectsSeconds,
    bareSeconds,
    ratio: effectsSeconds / bareSeconds,
    processorRatio: lanes.length > 0 ? cpu / bareCpu : NaN,
    shares,
    largest: largestProducts(logs),
  };
}

const flops = ({ m, k, n }: { m: number; k: number; n: number }): number => 2 * m * k * n;

function largestProducts(logs: readonly ProductLog[]): Overhead['largest'] {
  const kinds = new Map<string, { count: number; flops: number }>();
  for (const log of logs) {
    for (const index of log.order) {
      const product = log.products[index];
      const { type, transA, transB, m, k, n } = product;
      const shape = `${type} ${transA ? `${k}×${m}ᵀ` : `${m}×${k}`} · ${transB ? `${n}×${k}ᵀ` : `${k}×${n}`}`;
      const kind = kinds.get(shape) ?? { count: 0, flops: 0 };
      kinds.set(shape, { count: kind.count + 1, flops: kind.flops + flops(product) });
    }
  }
  const all = sum([...kinds.values()].map((kind) => kind.flops));
  return [...kinds]
    .map(([shape, kind]) => ({ shape, count: kind.count, share: kind.flops / all }))
    .sort((a, b) => b.share - a.share)
    .slice(0, 5);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** As lines of plain text. */
export function overheadLines(one: Overhead): string[] {
  const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;
  const { products, elementwise, javascript, waiting } = one.shares;
  return [
    `${one.groups} groups · ${one.device} · ${one.lanes} ${one.lanes === 1 ? 'lane' : 'lanes'}`,
    `effects ${one.effectsSeconds.toFixed(2)} s; their ${one.products} products bare ${one.bareSeconds.toFixed(2)} s (${(one.gigaflops / one.bareSeconds).toFixed(0)} GFLOP/s) → ${one.ratio.toFixed(2)} ×` +
      (Number.isNaN(one.processorRatio) ? '' : `; by processor time ${one.processorRatio.toFixed(2)} ×`),
    `of the threads' time: products ${percent(products)}, element-wise ${percent(elementwise)}, JavaScript ${percent(javascript)}, waiting ${percent(waiting)}`,
    ...one.largest.map(
      ({ shape, count, share }) => `  ${percent(share).padStart(5)} of the flops: ${count} × (${shape})`,
    ),
    ...(one.unknownProducts > 0
      ? [`${one.unknownProducts} products of unknown shape are missing from the bare time`]
      : []),
  ];
}
