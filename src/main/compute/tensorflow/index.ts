/** The TensorFlow.js devices: how each is named and opened. */
import type { Device, Precision } from '../device.ts';
import { NATIVE_TITLE, openTensorflowNode } from './open-native.ts';
import { openTensorflowWasm, WASM_TITLE } from './open-wasm.ts';

export interface DeviceOpener {
  name: string;
  title: string;
  precision: Precision;
  /** Whether the library may crash or hang while it is loaded: it is to be tried in a process of its own first (../probe-process.ts). */
  native: boolean;
  /** Throws LeverageError 'unavailable' with the cause when the device does not work here. */
  open(): Promise<Device>;
}

/** In order of preference. Nothing of TensorFlow.js is loaded before one is opened. */
export const openers: readonly DeviceOpener[] = [
  {
    name: 'tensorflow-gpu',
    title: NATIVE_TITLE,
    precision: 'float32',
    native: true,
    open: () => openTensorflowNode(),
  },
  { name: 'tensorflow-wasm', title: WASM_TITLE, precision: 'float32', native: false, open: () => openTensorflowWasm() },
];
