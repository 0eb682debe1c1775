/**
 * Loaded before a study's process and its threads (`--import`): writes down every matrix product that ONNX Runtime is
 * asked for, in order, with the time spent inside the library; and every product over entries, as the dense product of
 * ONNX Runtime that it stands for. Each thread leaves its log when it ends.
 */
import { InferenceSession, type Tensor } from 'onnxruntime-node';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMainThread, threadId } from 'node:worker_threads';
import { SparseRows, type Panel } from '../../src/main/compute/sparse/sparse-rows.ts';
import { productsOf, shapeOf } from './onnx-products.ts';

/** Where a matrix lies when it is a part of a larger buffer (the rows of X): the replay reads it from the like. */
export interface Place {
  bufferBytes: number;
  offset: number;
}

export interface Product {
  op: string;
  type: 'float32' | 'float64';
  transA: boolean;
  transB: boolean;
  m: number;
  k: number;
  n: number;
  threads: number;
  A: Place | null;
  B: Place | null;
}

/** What one thread did while it counted. */
export interface ProductLog {
  main: boolean;
  products: Product[];
  /** Indices into `products`, in order. */
  order: number[];
  /** Products whose shape could not be told. */
  unknown: number;
  runs: number;
  librarySeconds: number;
  libraryCpuSeconds: number;
  threadSeconds: number;
  threadCpuSeconds: number;
}

const log: ProductLog = {
  main: isMainThread,
  products: [],
  order: [],
  unknown: 0,
  runs: 0,
  librarySeconds: 0,
  libraryCpuSeconds: 0,
  threadSeconds: 0,
  threadCpuSeconds: 0,
};
const known = new Map<string, number>();

let since: { wall: number; cpu: number } | null = null;

function cpuSeconds(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1e6;
}

export function startCounting(): void {
  since ??= { wall: performance.now(), cpu: cpuSeconds() };
}

export function stopCounting(): void {
  if (since === null) return;
  log.threadSeconds += (performance.now() - since.wall) / 1000;
  log.threadCpuSeconds += cpuSeconds() - since.cpu;
  since = null;
}

const folder = process.env['LEVERAGE_BENCH_FOLDER'];
if (folder !== undefined) {
  // A thread of the study computes batches and nothing else; the main thread says what it wants counted.
  if (!isMainThread) startCounting();
  process.on('exit', () => {
    stopCounting();
    writeFileSync(join(folder, `products-${threadId}.json`), JSON.stringify(log));
  });
  watchEntries();
  const create = InferenceSession.create.bind(InferenceSession) as (...given: unknown[]) => Promise<InferenceSession>;
  Object.assign(InferenceSession, {
    create: async (...given: unknown[]) => watch(await create(...given), given),
  });
}

/** A panel's margins and combinations over all rows count as one product each; blocks of rows only add their time. */
function watchEntries(): void {
  const { beginMargins, beginCombine, margins, combine } = SparseRows.prototype;
  const dense = (shape: Pick<Product, 'op' | 'transB' | 'm' | 'k' | 'n'>): void => {
    if (since === null) return;
    const places = { A: null, B: null };
    log.order.push(indexOf({ ...shape, type: 'float64', transA: false, threads: 1, ...places }));
    log.runs++;
  };
  const timed = <Given extends unknown[]>(call: (...given: Given) => void) =>
    function (this: SparseRows, ...given: Given): void {
      const begun = performance.now();
      call.apply(this, given);
      if (since === null) return;
      log.librarySeconds += (performance.now() - begun) / 1000;
      // Nothing else runs on the thread meanwhile, and asking for its processor time takes longer than a block.
      log.libraryCpuSeconds += (performance.now() - begun) / 1000;
    };
  Object.assign(SparseRows.prototype, {
    beginMargins(this: SparseRows, panel: Panel): void {
      dense({ op: 'Gemm', transB: true, m: panel.width, k: this.columns, n: this.rows });
      beginMargins.call(this, panel);
    },
    beginCombine(this: SparseRows, panel: Panel): void {
      dense({ op: 'MatMul', transB: false, m: panel.width, k: this.rows, n: this.columns });
      beginCombine.call(this, panel);
    },
    margins: timed(margins),
    combine: timed(combine),
  });
}

function watch(session: InferenceSession, [model, options]: unknown[]): InferenceSession {
  if (!(model instanceof Uint8Array)) return session;
  const graph = productsOf(model);
  const threads = (options as InferenceSession.SessionOptions | undefined)?.intraOpNumThreads ?? 0;
  const run = session.run.bind(session) as (...given: unknown[]) => Promise<Record<string, Tensor>>;
  return Object.assign(session, {
    run: async (...given: unknown[]) => {
      if (since === null) return run(...given);
      const [wall, cpu] = [performance.now(), cpuSeconds()];
      const results = await run(...given);
      log.librarySeconds += (performance.now() - wall) / 1000;
      log.libraryCpuSeconds += cpuSeconds() - cpu;
      log.runs++;
      const feeds = given[0] as Record<string, Tensor>;
      const type = Object.values(results)[0]?.type === 'float64' ? 'float64' : 'float32';
      const dims = (name: string) => feeds[name]?.dims ?? results[name]?.dims ?? graph.constants.get(name);
      for (const node of graph.products) {
        const shape = shapeOf(node, dims);
        if (shape === null) {
          log.unknown++;
          continue;
        }
        const { op, transA, transB } = node;
        const places = { A: placeOf(feeds[node.A]), B: placeOf(feeds[node.B]) };
        log.order.push(indexOf({ op, type, transA, transB, ...shape, threads, ...places }));
      }
      return results;
    },
  });
}

function placeOf(tensor: Tensor | undefined): Place | null {
  if (tensor === undefined || tensor.location !== 'cpu' || !ArrayBuffer.isView(tensor.data)) return null;
  const { buffer, byteOffset, byteLength } = tensor.data;
  return buffer.byteLength === byteLength ? null : { bufferBytes: buffer.byteLength, offset: byteOffset };
}

function indexOf(product: Product): number {
  const key = JSON.stringify(product);
  let index = known.get(key);
  if (index === undefined) {
    index = log.products.push(product) - 1;
    known.set(key, index);
  }
  return index;
}
