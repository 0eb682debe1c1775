/** TensorFlow's native library through the optional package @tensorflow/tfjs-node-gpu: float32 on a CUDA GPU where there is one. */
import { createRequire } from 'node:module';
import { LeverageError } from '../../../shared/errors.ts';
import type { Device } from '../device.ts';
import { createRuntime, type OpenRuntime, type Tensorflow } from './runtime.ts';
import { createTensorflowDevice } from './tensorflow-device.ts';
import { restoreTypeChecks } from './type-checks.ts';

export const NATIVE_TITLE = 'TensorFlow.js · GPU · float32';

const PACKAGE = '@tensorflow/tfjs-node-gpu';
const BACKEND = 'tensorflow';
/** 8 GB of floats: a smaller GPU says itself that it is full. */
const CAPACITY = 2 ** 31;

/** The package without its types: it is optional, so the type checker must do without. */
type Load = () => Promise<unknown>;

/**
 * Opens a device on TensorFlow's native library.
 * @param load how the package is loaded; another way for tests
 * @throws LeverageError 'unavailable' with the cause
 */
export async function openTensorflowNode(load: Load = loadPackage): Promise<Device> {
  const { runtime, close } = await openNativeRuntime(load);
  return createTensorflowDevice({
    runtime,
    info: { name: 'tensorflow-gpu', title: runtime.title, precision: 'float32', threads: 1 },
    onDispose: close,
  });
}

/** The backend itself, for what is not a device: networks. Throws as above. */
export async function openNativeRuntime(load: Load = loadPackage): Promise<OpenRuntime> {
  // TensorFloat-32, the GPUs' default for products, keeps 10 bits of 23.
  process.env['NVIDIA_TF32_OVERRIDE'] ??= '0';
  restoreTypeChecks(createRequire(import.meta.url)('node:util') as object);
  let tf: Tensorflow;
  try {
    tf = coreApi(await load());
  } catch (cause) {
    throw unavailable(cause);
  }
  const title = usesGpu(tf) ? NATIVE_TITLE : 'TensorFlow.js · CPU, no GPU found · float32';
  const runtime = createRuntime({
    tf,
    backend: BACKEND,
    title,
    slabRows: 1 << 14,
    middleElements: 1 << 24,
    capacity: CAPACITY,
  });
  // A native library is never unloaded.
  return { runtime, close: () => {} };
}

function loadPackage(): Promise<unknown> {
  const name: string = PACKAGE;
  return import(name);
}

/** The package is CommonJS: all that it exports is the default. */
function coreApi(loaded: unknown): Tensorflow {
  const outer = loaded as Partial<Tensorflow> & { default?: Tensorflow };
  const tf = outer.default ?? (outer as Tensorflow);
  if (typeof tf.findBackend !== 'function' || tf.findBackend(BACKEND) === null) {
    throw new Error('it did not register its backend');
  }
  return tf;
}

function usesGpu(tf: Tensorflow): boolean {
  return (tf.findBackend(BACKEND) as { isUsingGpuDevice?: boolean }).isUsingGpuDevice === true;
}

function unavailable(cause: unknown): LeverageError {
  const { code, message } = cause instanceof Error ? (cause as NodeJS.ErrnoException) : { code: '', message: '' };
  if ((code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND') && message.includes(`'${PACKAGE}'`)) {
    return new LeverageError(
      'unavailable',
      `${PACKAGE} is not installed: its library could not be downloaded or built when the app was installed.`,
      'Where the network allows it, run "npm install" again; otherwise choose another device.',
      { cause },
    );
  }
  const reason = (message || String(cause)).split('\n')[0];
  return new LeverageError(
    'unavailable',
    `${PACKAGE} is installed but its native library can not be loaded: ${reason}`,
    `Run "npm rebuild ${PACKAGE}", or choose another device.`,
    { cause },
  );
}
