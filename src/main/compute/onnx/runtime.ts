/** What the ONNX devices share: compiled graphs and tensors of one precision. */
import type { Tensor } from 'onnxruntime-node';
import { LeverageError } from '../../../shared/errors.ts';
import type { Resident } from './gpu-graph.ts';
import type { FloatType } from './graphs.ts';
import type { Graph } from './model.ts';

/** Numbers in the precision of a device, kept so between products. */
export type Floats = Float64Array | Float32Array;

/** What a graph reads: a resident only as X. */
export type Feeds = Record<string, Tensor | Resident>;

/** Compiles graphs on first use; one set of sessions per device. */
export interface Runtime {
  readonly type: FloatType;
  /** A graphics processor: few large launches, X resident, elementary functions not to the last place. */
  readonly onGpu: boolean;
  /** @param into outputs that are written where these tensors lie, without new memory */
  run(graph: (type: FloatType) => Graph, feeds: Feeds, into?: Record<string, Tensor>): Promise<Record<string, Tensor>>;
  /** Frees what was compiled around a resident. */
  release(resident: Resident): void;
  /** A float tensor over `data`; a copy only where the precision differs. */
  tensor(data: Floats, shape: number[]): Tensor;
  shape(...extents: number[]): Tensor;
}

/** The numbers of a tensor in the device's precision, without a copy. */
export function floats(tensor: Tensor | undefined): Floats {
  const data = tensor?.data;
  if (data instanceof Float64Array || data instanceof Float32Array) return data;
  throw new LeverageError('internal', 'ONNX Runtime returned no numbers.');
}

/** The same in double precision: a copy for a float32 device. */
export function doubles(tensor: Tensor | undefined): Float64Array {
  const data = floats(tensor);
  return data instanceof Float64Array ? data : Float64Array.from(data);
}

export function emptyFloats(type: FloatType, length: number): Floats {
  return type === 'float64' ? new Float64Array(length) : new Float32Array(length);
}

/** `data` in the precision `type`; itself where it has that already. */
export function inPrecision(type: FloatType, data: Floats): Floats {
  if (type === 'float64') return data instanceof Float64Array ? data : Float64Array.from(data);
  return data instanceof Float32Array ? data : new Float32Array(data);
}
