/** Which devices this machine has, and the automatic choice among them. */
import { availableParallelism } from 'node:os';
import { LeverageError } from '../../shared/errors.ts';
import type { DeviceReport } from '../../shared/study.ts';
import type { Device } from './device.ts';
import { createReferenceDevice } from './reference/reference-device.ts';
import { withSolver } from './with-solver.ts';

export interface OpenOptions {
  /** How many threads a CPU device uses; all cores (at most 16) when left out. */
  threads?: number;
  /** Called before every product; what it throws stops the work. */
  checkCancelled?(): void;
}

interface Candidate {
  name: string;
  title: string;
  precision: 'float64' | 'float32';
  open(options: OpenOptions): Promise<Device>;
}

function cpuThreads({ threads }: OpenOptions): number {
  return threads ?? Math.min(availableParallelism(), 16);
}

/** In order of preference: the first that opens is the automatic choice. */
const CANDIDATES: readonly Candidate[] = [
  {
    name: 'onnx-cpu-float32',
    title: 'ONNX Runtime CPU, certified in float64',
    precision: 'float32',
    async open(options) {
      // Imported here: a missing or broken native library costs this device, not the program.
      const { createOnnxDevice } = await import('./onnx/onnx-device.ts');
      const common = { threads: cpuThreads(options), checkCancelled: options.checkCancelled };
      return withSolver(await createOnnxDevice(common), await createOnnxDevice({ ...common, precision: 'float32' }));
    },
  },
  {
    name: 'onnx-cpu',
    title: 'ONNX Runtime CPU',
    precision: 'float64',
    async open(options) {
      const { createOnnxDevice } = await import('./onnx/onnx-device.ts');
      return createOnnxDevice({ threads: cpuThreads(options), checkCancelled: options.checkCancelled });
    },
  },
  {
    name: 'reference',
    title: 'Reference (TypeScript)',
    precision: 'float64',
    open: async () => createReferenceDevice(),
  },
];

export const DEVICE_NAMES: readonly string[] = CANDIDATES.map((candidate) => candidate.name);

/** Opens the named device, or the best available one for null. Throws `unavailable` with the reason, `invalidInput` for an unknown name. */
export async function openDevice(name: string | null, options: OpenOptions = {}): Promise<Device> {
  if (name !== null) {
    const candidate = CANDIDATES.find((entry) => entry.name === name);
    if (candidate === undefined) {
      throw new LeverageError(
        'invalidInput',
        `There is no device "${name}".`,
        `Choose one of: ${DEVICE_NAMES.join(', ')}.`,
      );
    }
    try {
      return await candidate.open(options);
    } catch (thrown) {
      throw new LeverageError(
        'unavailable',
        `The device "${name}" can not be used: ${reasonOf(thrown)}`,
        'See the list of devices for the others.',
        {
          cause: thrown,
        },
      );
    }
  }
  const reasons: string[] = [];
  for (const candidate of CANDIDATES) {
    try {
      return await candidate.open(options);
    } catch (thrown) {
      reasons.push(`${candidate.name}: ${reasonOf(thrown)}`);
    }
  }
  throw new LeverageError('unavailable', `No computing device works here (${reasons.join('; ')}).`);
}

const PROBE_SIZE = 384;

/** Every device: available or why not, with a measured matrix product. Takes well under a second. */
export async function listDevices(): Promise<DeviceReport[]> {
  const reports: DeviceReport[] = [];
  let chosen = false;
  for (const { name, title, precision, open } of CANDIDATES) {
    try {
      const device = await open({});
      const gigaflops = await measureGigaflops(device.solver ?? device);
      await device.dispose();
      reports.push({
        name,
        title: device.info.title,
        precision,
        available: true,
        reason: chosen
          ? 'available; a faster device is chosen'
          : 'available; chosen because it is the fastest that works here',
        gigaflops,
        chosen: !chosen,
      });
      chosen = true;
    } catch (thrown) {
      reports.push({
        name,
        title,
        precision,
        available: false,
        reason: reasonOf(thrown),
        gigaflops: null,
        chosen: false,
      });
    }
  }
  return reports;
}

async function measureGigaflops(device: Device): Promise<number> {
  const m = PROBE_SIZE;
  const A = Float64Array.from({ length: m * m }, (_, i) => (i % 7) - 3);
  await device.multiply(A.subarray(0, m), A, 1, m, m);
  const start = performance.now();
  await device.multiply(A, A, m, m, m);
  return (2 * m ** 3) / ((performance.now() - start) * 1e6);
}

function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? (thrown.message.split('\n')[0] ?? thrown.message) : String(thrown);
}
