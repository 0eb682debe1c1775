/**
 * ONNX Runtime, on the CPU or on a graphics processor. Each fused product is compiled once per process and
 * run over blocks of rows, so that on the CPU the element-wise middle stays in cache and memory does not grow
 * with n × groups. There X is fed without a copy; on a graphics processor it is part of the compiled graphs.
 */
import { Tensor } from 'onnxruntime-node';
import type { Device, DeviceInfo, Intercept, PlaceableMatrix, PlacedMatrix } from '../device.ts';
import { LeverageError } from '../../../shared/errors.ts';
import { sparseWithIntercept } from '../dense-matrix.ts';
import { aroundCommonValues, type ShiftedMatrix } from '../shifted-matrix.ts';
import { SparsePlaced } from '../sparse/sparse-matrix.ts';
import type { Resident } from './gpu-graph.ts';
import { OnnxMatrix } from './onnx-matrix.ts';
import { doubles, inPrecision, type Runtime } from './runtime.ts';
import type { Graph } from './model.ts';
import { multiplyGraph, type FloatType } from './graphs.ts';
import { openSessions, type OnnxProvider } from './sessions.ts';

export interface OnnxDeviceOptions {
  /** Of the CPU; a graphics processor has its own. */
  threads: number;
  /** float64 when left out, on the CPU; a graphics processor knows float32 only. */
  precision?: FloatType;
  /** The CPU when left out. */
  provider?: OnnxProvider;
  /** Called before every product; what it throws stops the work. */
  checkCancelled?(): void;
}

/**
 * Below this share of entries a product over them, always in double precision, is quicker than a dense one in single,
 * which takes a third of the time per element.
 */
const ENTRIES_SHARE = 0.25;

const GPU: Record<Exclude<OnnxProvider, 'cpu'>, { name: string; title: string }> = {
  webgpu: { name: 'onnx-webgpu', title: 'ONNX Runtime WebGPU' },
  dml: { name: 'onnx-directml', title: 'ONNX Runtime DirectML' },
  cuda: { name: 'onnx-cuda', title: 'ONNX Runtime CUDA' },
};

/**
 * Opens a device of one precision. A float32 one certifies nothing: it serves as the solver of another (withSolver).
 * @throws what ONNX Runtime says when the provider is not there; LeverageError 'unavailable' when it gives a wrong product
 */
export async function createOnnxDevice(options: OnnxDeviceOptions): Promise<Device> {
  const { threads, provider = 'cpu' } = options;
  const type: FloatType = provider === 'cpu' ? (options.precision ?? 'float64') : 'float32';
  const sessions = openSessions(provider, type, threads);

  const runtime: Runtime = {
    type,
    onGpu: provider !== 'cpu',
    async run(graph, feeds, into) {
      options.checkCancelled?.();
      const tensors: Record<string, Tensor> = {};
      let resident: Resident | null = null;
      for (const [name, feed] of Object.entries(feeds)) {
        if ('kind' in feed) resident = feed;
        else tensors[name] = feed;
      }
      const ready = await sessions.get(graph, resident);
      if (into === undefined) return (await ready.run(tensors)) as Record<string, Tensor>;
      const fetches = Object.fromEntries(ready.outputNames.map((name) => [name, into[name] ?? null]));
      return (await ready.run(tensors, fetches)) as Record<string, Tensor>;
    },
    release: (resident) => void sessions.release(resident),
    tensor: (data, shape) => new Tensor(type, inPrecision(type, data), shape),
    shape: (...extents) =>
      new Tensor(
        'int64',
        BigInt64Array.from(extents, (extent) => BigInt(extent)),
        [extents.length],
      ),
  };

  const checkCancelled = (): void => options.checkCancelled?.();
  const device: Device = {
    info: describe(provider, type, threads),
    ...(provider === 'cpu' && {
      overEntries: {
        share: ENTRIES_SHARE,
        place: (X: ShiftedMatrix, intercept: boolean) => new SparsePlaced(X, intercept, checkCancelled),
      },
    }),
    async place(X: PlaceableMatrix, intercept: Intercept): Promise<PlacedMatrix> {
      if (type === 'float64' && X.kind === 'sparse') {
        const complete = sparseWithIntercept(X, intercept === true);
        const shifted = aroundCommonValues(complete, intercept !== false, ENTRIES_SHARE);
        if (shifted !== null) return new SparsePlaced(shifted, intercept !== false, checkCancelled);
      }
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
    dispose: () => sessions.releaseAll(),
  };

  // Probe with a real product: a library that loads but can not compute is not available.
  const [product] = await device.multiply(Float64Array.of(1, 2), Float64Array.of(3, 4), 1, 2, 1);
  if (product !== 11)
    throw new LeverageError('unavailable', 'ONNX Runtime loads but gives a wrong product on this machine.');
  return device;
}

function describe(provider: OnnxProvider, type: FloatType, threads: number): DeviceInfo {
  if (provider !== 'cpu') {
    const { name, title } = GPU[provider];
    return { name, title: `${title} · ${type}`, precision: type, threads: 1 };
  }
  return {
    name: type === 'float64' ? 'onnx-cpu' : 'onnx-cpu-float32',
    title: `ONNX Runtime CPU · ${type} · ${threads} thread${threads === 1 ? '' : 's'}`,
    precision: type,
    threads,
  };
}

const multiplyPlain = (type: FloatType): Graph => multiplyGraph(type, false);
const multiplyTransposed = (type: FloatType): Graph => multiplyGraph(type, true);
