/** One thread of the replay: the products of a log alone, in their order, on the same library with as many threads. */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { parentPort, workerData } from 'node:worker_threads';
import { encodeModel } from '../../src/main/compute/onnx/model.ts';
import type { Place, Product, ProductLog } from './count-products.ts';

export interface BareLane {
  log: ProductLog;
  /** Int32: threads that are ready. They start together. */
  ready: SharedArrayBuffer;
  lanes: number;
}

export interface BareSeconds {
  seconds: number;
  cpuSeconds: number;
}

const { log, ready, lanes } = workerData as BareLane;

const WIDTH = { float32: 4, float64: 8 } as const;
const buffers = new Map<string, ArrayBuffer>();

/** Made once per precision and use; ordinary numbers, for zeros and denormals are multiplied at other speeds. */
function bufferOf(type: Product['type'], use: string, bytes: number): ArrayBuffer {
  const key = `${type} ${use}`;
  let buffer = buffers.get(key);
  if (buffer === undefined) {
    buffer = new ArrayBuffer(8 * Math.ceil(bytes / 8));
    if (type === 'float64') new Float64Array(buffer).fill(0.25);
    else new Float32Array(buffer).fill(0.25);
    buffers.set(key, buffer);
  }
  return buffer;
}

/** As large as the role's largest matrix: what is made for one product lies in the cache, as here. */
function scratch(type: Product['type'], role: 'A' | 'B' | 'C'): ArrayBuffer {
  const elements = { A: flat(['m', 'k']), B: flat(['k', 'n']), C: flat(['m', 'n']) }[role];
  return bufferOf(type, role, WIDTH[type] * elements);
}

function flat([rows, columns]: ['m' | 'k', 'k' | 'n']): number {
  return log.products.reduce((most, product) => Math.max(most, product[rows] * product[columns]), 0);
}

function matrix(type: Product['type'], role: 'A' | 'B' | 'C', place: Place | null, dims: [number, number]): Tensor {
  const buffer = place === null ? scratch(type, role) : bufferOf(type, String(place.bufferBytes), place.bufferBytes);
  const [offset, length] = [place?.offset ?? 0, dims[0] * dims[1]];
  return type === 'float64'
    ? new Tensor('float64', new Float64Array(buffer, offset, length), dims)
    : new Tensor('float32', new Float32Array(buffer, offset, length), dims);
}

const sessions = new Map<string, Promise<InferenceSession>>();

function sessionOf({ op, type, transA, transB, threads }: Product): Promise<InferenceSession> {
  const key = `${op} ${type} ${transA} ${transB} ${threads}`;
  let session = sessions.get(key);
  if (session === undefined) {
    const plain = op === 'MatMul';
    const shape = ['r', 'c'];
    const model = encodeModel({
      name: 'bare',
      nodes: [
        {
          op: plain ? 'MatMul' : 'Gemm',
          inputs: ['A', 'B'],
          outputs: ['C'],
          ...(plain ? {} : { attributes: { transA: Number(transA), transB: Number(transB) } }),
        },
      ],
      inputs: ['A', 'B'].map((name) => ({ name, type, shape })),
      outputs: [{ name: 'C', type, shape }],
    });
    session = InferenceSession.create(model, {
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      executionProviders: ['cpu'],
      logSeverityLevel: 3,
      extra: { session: { intra_op: { allow_spinning: '0' } } },
    });
    sessions.set(key, session);
  }
  return session;
}

const calls = await Promise.all(
  log.products.map(async (product) => {
    const { type, transA, transB, m, k, n } = product;
    const feeds = {
      A: matrix(type, 'A', product.A, transA ? [k, m] : [m, k]),
      B: matrix(type, 'B', product.B, transB ? [n, k] : [k, n]),
    };
    // Written in place: nothing is allocated for a result.
    return { session: await sessionOf(product), feeds, into: { C: matrix(type, 'C', null, [m, n]) } };
  }),
);
for (const { session, feeds, into } of calls) await session.run(feeds, into);

const count = new Int32Array(ready);
if (Atomics.add(count, 0, 1) + 1 === lanes) Atomics.notify(count, 0);
for (let seen = Atomics.load(count, 0); seen < lanes; seen = Atomics.load(count, 0)) Atomics.wait(count, 0, seen);

const [wall, cpu] = [performance.now(), process.threadCpuUsage()];
for (const index of log.order) await calls[index].session.run(calls[index].feeds, calls[index].into);
const { user, system } = process.threadCpuUsage(cpu);
const answer: BareSeconds = { seconds: (performance.now() - wall) / 1000, cpuSeconds: (user + system) / 1e6 };
for (const session of sessions.values()) await (await session).release();
parentPort?.postMessage(answer);
