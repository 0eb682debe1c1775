/** What the ONNX devices share: compiled graphs and tensors of one precision. */
import type { Tensor } from 'onnxruntime-node';
import { LeverageError } from '../../../shared/errors.ts';
import type { FloatType } from './graphs.ts';
import type { Graph } from './model.ts';

/** Compiles graphs on first use; one set of sessions per device. */
export interface Runtime {
  readonly type: FloatType;
  run(graph: (type: FloatType) => Graph, feeds: Record<string, Tensor>): Promise<Record<string, Tensor>>;
  /** A float tensor over `data` (no copy for float64). */
  tensor(data: Float64Array, shape: number[]): Tensor;
  shape(...extents: number[]): Tensor;
}

export function floats(tensor: Tensor | undefined): Float64Array {
  const data = tensor?.data;
  if (data instanceof Float64Array) return data;
  throw new LeverageError('internal', 'ONNX Runtime returned no float64 data.');
}
