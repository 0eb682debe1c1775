/**
 * ONNX Runtime on the CPU. Each fused product is compiled once per process and
 * run over blocks of rows, so that the element-wise middle stays in cache and
 * memory does not grow with n × groups. X is fed without a copy.
 */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Device, DeviceInfo, Intercept, PlaceableMatrix, PlacedMatrix } from '../device.ts';
import { LeverageError } from '../../../shared/errors.ts';
import { OnnxMatrix } from './onnx-matrix.ts';
import { doubles, inPrecision, type Runtime } from './runtime.ts';
import { encodeModel, type Graph } from './model.ts';
import { multiplyGraph, type FloatType } from './graphs.ts';

export interface OnnxDeviceOptions {
  threads: number;
  /** float64 when left out. */
  precision?: FloatType;
  /** Called before every product; what it throws stops the work. */
  checkCancelled?(): void;
}

export async function createOnnxDevice(options: OnnxDeviceOptions): Promise<Device> {
  const { threads } = options;
  const sessions = new Map<(type: FloatType) => Graph, Promise<InferenceSession>>();
  const type: FloatType = options.precision ?? 'float64';

  const runtime: Runtime = {
    type,
    async run(graph, feeds, into) {
      options.checkCancelled?.();
      let session = sessions.get(graph);
      if (session === undefined) {
        // Fixed threads, so that sums are taken in the same order each time.
        session = InferenceSession.create(encodeModel(graph(type)), {
          intraOpNumThreads: threads,
          interOpNumThreads: 1,
          executionMode: 'sequential',
          executionProviders: ['cpu'],
          logSeverityLevel: 3,
          // Threads that spin while they wait halve the speed of everything else on the machine, and their own when it is busy.
          extra: { session: { intra_op: { allow_spinning: '0' } } },
        });
        sessions.set(graph, session);
      }
      const ready = await session;
      if (into === undefined) return (await ready.run(feeds)) as Record<string, Tensor>;
      const fetches = Object.fromEntries(ready.outputNames.map((name) => [name, into[name] ?? null]));
      return (await ready.run(feeds, fetches)) as Record<string, Tensor>;
    },
    tensor: (data, shape) => new Tensor(type, inPrecision(type, data), shape),
    shape: (...extents) =>
      new Tensor(
        'int64',
        BigInt64Array.from(extents, (extent) => BigInt(extent)),
        [extents.length],
      ),
  };

  const info: DeviceInfo = {
    name: type === 'float64' ? 'onnx-cpu' : 'onnx-cpu-float32',
    title: `ONNX Runtime CPU · ${type} · ${threads} thread${threads === 1 ? '' : 's'}`,
    precision: type,
    threads,
  };

  const device: Device = {
    info,
    async place(X: PlaceableMatrix, intercept: Intercept): Promise<PlacedMatrix> {
      return new OnnxMatrix(runtime, X, intercept);
    },
    async multiply(A, B, m, k, n, transposeB = false) {
      const feeds = { A: runtime.tensor(A, [m, k]), B: runtime.tensor(B, transposeB ? [n, k] : [k, n]) };
      const { C } = await runtime.run(transposeB ? multiplyTransposed : multiplyPlain, feeds);
      return doubles(C);
    },
    ...(type === 'float32' && {
      async multiplySingle(A, B, m, k, n, out) {
        const feeds = { A: runtime.tensor(A, [m, k]), B: runtime.tensor(B, [n, k]) };
        await runtime.run(multiplyTransposed, feeds, { C: runtime.tensor(out, [m, n]) });
      },
    }),
    async dispose() {
      for (const session of sessions.values()) await (await session).release();
      sessions.clear();
    },
  };

  // Probe with a real product: a library that loads but can not compute is not available.
  const [product] = await device.multiply(Float64Array.of(1, 2), Float64Array.of(3, 4), 1, 2, 1);
  if (product !== 11)
    throw new LeverageError('unavailable', 'ONNX Runtime loads but gives a wrong product on this machine.');
  return device;
}

const multiplyPlain = (type: FloatType): Graph => multiplyGraph(type, false);
const multiplyTransposed = (type: FloatType): Graph => multiplyGraph(type, true);
