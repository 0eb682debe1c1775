/** The devices that a user may choose: each certifies in double precision, whatever it solves in. */
import { availableParallelism } from 'node:os';
import type { Device, Precision } from './device.ts';
import type { Machine } from './machine.ts';
import type { OnnxProvider } from './onnx/sessions.ts';
import { createReferenceDevice } from './reference/reference-device.ts';
import { withSolver } from './with-solver.ts';

export interface OpenOptions {
  /** How many threads a CPU device uses; all cores (at most 16) when left out. */
  threads?: number;
  /** Called before every product; what it throws stops the work. */
  checkCancelled?(): void;
}

export interface Candidate {
  /** As written on the command line: "onnx-cpu". */
  name: string;
  /** As shown while it is not open: "ONNX Runtime CPU". */
  title: string;
  /** Of the products that retraining consists of. */
  precision: Precision;
  /** Whether its library may crash or hang: it is tried in a process of its own first. */
  risky: boolean;
  /** Whether it computes on a graphics processor. */
  gpu: boolean;
  /** Never chosen automatically while another works. */
  lastResort: boolean;
  /** Why it can not be here, or null when it must be tried to know. */
  absent(machine: Machine): string | null;
  /** Whether the graphics processor that it would find is imitated on the CPU. */
  emulated(machine: Machine): boolean;
  open(options: OpenOptions): Promise<Device>;
}

/** In order of preference where nothing has been measured. */
export const CANDIDATES: readonly Candidate[] = [
  onCpu('onnx-cpu-float32', 'ONNX Runtime CPU · float32, certified in float64', 'float32', async (options) =>
    withSolver(await openOnnx(options, 'cpu', 'float64'), await openOnnx(options, 'cpu', 'float32')),
  ),
  onCpu('onnx-cpu', 'ONNX Runtime CPU · float64', 'float64', (options) => openOnnx(options, 'cpu', 'float64')),
  onGpu('onnx-webgpu', 'ONNX Runtime WebGPU', 'webgpu', () => null),
  onGpu('onnx-directml', 'ONNX Runtime DirectML', 'dml', ({ platform }) =>
    platform === 'win32' ? null : 'not on this platform: DirectML is part of Windows',
  ),
  onGpu('onnx-cuda', 'ONNX Runtime CUDA', 'cuda', ({ platform, arch, nvidia }) => {
    if (!(platform === 'win32' || platform === 'linux') || arch !== 'x64')
      return 'not on this platform: ONNX Runtime has CUDA for 64-bit Linux and Windows on Intel and AMD only';
    return nvidia ? null : 'this machine has no NVIDIA graphics processor';
  }),
  {
    ...onCpu('tensorflow-gpu', 'TensorFlow.js GPU · float32, certified in float64', 'float32', (options) =>
      onTensorflow('tensorflow-gpu', options),
    ),
    risky: true,
    gpu: true,
  },
  onCpu('tensorflow-wasm', 'TensorFlow.js WASM · float32, certified in float64', 'float32', (options) =>
    onTensorflow('tensorflow-wasm', options),
  ),
  {
    ...onCpu('reference', 'Reference (TypeScript) · float64', 'float64', async () => createReferenceDevice()),
    lastResort: true,
  },
];

function onCpu(name: string, title: string, precision: Precision, open: Candidate['open']): Candidate {
  const never = { absent: () => null, emulated: () => false };
  return { name, title, precision, risky: false, gpu: false, lastResort: false, ...never, open };
}

function onGpu(name: string, title: string, provider: OnnxProvider, absent: Candidate['absent']): Candidate {
  return {
    ...onCpu(name, `${title} · float32, certified in float64`, 'float32', async (options) =>
      withSolver(await openOnnx(options, 'cpu', 'float64'), await openOnnx(options, provider, 'float32')),
    ),
    risky: true,
    gpu: true,
    absent,
    emulated: ({ emulatedVulkan }) => provider === 'webgpu' && emulatedVulkan,
  };
}

async function openOnnx(options: OpenOptions, provider: OnnxProvider, precision: Precision): Promise<Device> {
  // Imported here: a missing or broken native library costs this device, not the program.
  const { createOnnxDevice } = await import('./onnx/onnx-device.ts');
  const threads = options.threads ?? Math.min(availableParallelism(), 16);
  return createOnnxDevice({ threads, provider, precision, checkCancelled: options.checkCancelled });
}

/** With the best double precision that there is: without ONNX Runtime that is the reference. */
async function onTensorflow(name: string, options: OpenOptions): Promise<Device> {
  const { openers } = await import('./tensorflow/index.ts');
  const opener = openers.find((entry) => entry.name === name);
  if (opener === undefined) throw new RangeError(`no opener is called ${name}`);
  const solver = await opener.open();
  const exact = await openOnnx(options, 'cpu', 'float64').catch(() => createReferenceDevice());
  return withSolver(exact, solver);
}
