/** Devices in every state, for a window without an engine, and the choice among them. */
import { LeverageError } from '../../src/shared/errors.ts';
import type { DeviceReport, DeviceTrial } from '../../src/shared/study.ts';
import { reportDevices } from '../../src/main/compute/choose-device.ts';
import { pause, type Answers, type Emit, type FakeOptions } from './fake-part.ts';

const TRIALS: readonly DeviceTrial[] = [
  trial('onnx-cpu-float32', 'ONNX Runtime CPU · float32 · 2 threads, certified in float64', 172),
  { ...trial('onnx-cpu', 'ONNX Runtime CPU · float64 · 2 threads', 81.4), precision: 'float64' },
  { ...trial('onnx-webgpu', 'ONNX Runtime WebGPU · float32, certified in float64', 0.41), emulated: true },
  trial('onnx-directml', 'ONNX Runtime DirectML', 'not on this platform: DirectML is part of Windows'),
  trial('onnx-cuda', 'ONNX Runtime CUDA', 'this machine has no NVIDIA graphics processor'),
  trial(
    'tensorflow-gpu',
    'TensorFlow.js GPU',
    '@tensorflow/tfjs-node-gpu is not installed: its library could not be downloaded or built when the app was installed',
  ),
  trial('tensorflow-wasm', 'TensorFlow.js · WASM · float32, certified in float64', 28),
  {
    ...trial('reference', 'Reference (TypeScript) · float64 · 1 thread', 1.9),
    precision: 'float64',
    lastResort: true,
  },
];

export function deviceAnswers(options: FakeOptions, emit: Emit): Answers {
  let device: string | null = null;
  let measuredAt = '2026-01-22T09:30:00.000Z';
  return {
    'devices.list': async ({ again }) => {
      await pause(again === true ? 600 : (options.slowMs ?? 0));
      if (options.brokenDevices === true) {
        throw new LeverageError('unavailable', 'The engine could not try the devices.', 'Start Leverage again.');
      }
      if (again === true) measuredAt = new Date().toISOString();
      return fakeDevices(device, measuredAt);
    },
    'settings.get': () => ({ device, overriddenBy: null }),
    'settings.set': ({ device: name }) => {
      device = name;
      emit({ type: 'devices.changed' });
      return { device, overriddenBy: null };
    },
  };
}

/** @param chosen by hand; null: automatic */
function fakeDevices(chosen: string | null, measuredAt: string): DeviceReport[] {
  const reports = reportDevices(TRIALS, measuredAt);
  if (chosen === null) return reports;
  return reports.map((report) => ({ ...report, chosen: report.name === chosen }));
}

/** @param result GFLOP/s, or why it can not be used */
function trial(name: string, title: string, result: number | string): DeviceTrial {
  const works = typeof result === 'number';
  return {
    name,
    title,
    precision: 'float32',
    refusal: works ? null : result,
    gigaflops: works ? result : null,
    emulated: false,
    lastResort: false,
  };
}
