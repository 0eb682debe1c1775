/** The matrix products inside a compiled ONNX graph, with their shapes in one run of it: so the bench counts what any device does. */

export interface ProductNode {
  op: string;
  A: string;
  B: string;
  out: string;
  transA: boolean;
  transB: boolean;
}

export interface GraphProducts {
  products: ProductNode[];
  /** Shapes of the tensors that are part of the graph. */
  constants: Map<string, number[]>;
}

export interface ProductShape {
  m: number;
  k: number;
  n: number;
}

const PRODUCTS = new Set(['Gemm', 'MatMul', 'FusedMatMul', 'FusedGemm']);

/** Reads a serialised ModelProto (field numbers of onnx.proto3). */
export function productsOf(model: Uint8Array): GraphProducts {
  const products: ProductNode[] = [];
  const constants = new Map<string, number[]>();
  for (const graph of fields(model).filter(({ field }) => field === 7)) {
    for (const { field, bytes } of fields(graph.bytes)) {
      if (field === 5) {
        const tensor = fields(bytes);
        constants.set(
          text(tensor, 8),
          tensor.filter((one) => one.field === 1).map((one) => one.value),
        );
      }
      if (field !== 1) continue;
      const node = fields(bytes);
      const op = text(node, 4);
      if (!PRODUCTS.has(op)) continue;
      const inputs = node.filter((one) => one.field === 1).map((one) => decoder.decode(one.bytes));
      const flags = new Map(
        node.filter((one) => one.field === 5).map((one) => [text(fields(one.bytes), 1), fields(one.bytes)]),
      );
      const flag = (name: string): boolean =>
        flags.get(name)?.some((one) => one.field === 3 && one.value === 1) ?? false;
      products.push({
        op,
        A: inputs[0],
        B: inputs[1],
        out: text(node, 2),
        transA: flag('transA'),
        transB: flag('transB'),
      });
    }
  }
  return { products, constants };
}

/** m×k by k×n of a node, from the shapes of any two of its three matrices; null where fewer are known. */
export function shapeOf(node: ProductNode, dims: (name: string) => readonly number[] | undefined): ProductShape | null {
  const [a, b, out] = [dims(node.A), dims(node.B), dims(node.out)];
  const m = (node.transA ? a?.[1] : a?.[0]) ?? out?.[0];
  const k = (node.transA ? a?.[0] : a?.[1]) ?? (node.transB ? b?.[1] : b?.[0]);
  const n = (node.transB ? b?.[0] : b?.[1]) ?? out?.[1];
  return m === undefined || k === undefined || n === undefined ? null : { m, k, n };
}

interface Field {
  field: number;
  value: number;
  bytes: Uint8Array;
}

const decoder = new TextDecoder();

function text(found: readonly Field[], field: number): string {
  const one = found.find((candidate) => candidate.field === field);
  return one === undefined ? '' : decoder.decode(one.bytes);
}

const NOTHING = new Uint8Array();

/** Fields of a protobuf message: numbers in `value`, all that has a length in `bytes`. */
function fields(data: Uint8Array): Field[] {
  const found: Field[] = [];
  let at = 0;
  const varint = (): number => {
    let [value, scale] = [0, 1];
    for (;;) {
      const byte = data[at++];
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      scale *= 128;
    }
  };
  while (at < data.length) {
    const key = varint();
    const [field, wire] = [Math.floor(key / 8), key % 8];
    if (wire === 0) found.push({ field, value: varint(), bytes: NOTHING });
    else if (wire === 2) {
      const length = varint();
      found.push({ field, value: NaN, bytes: data.subarray(at, at + length) });
      at += length;
    } else if (wire === 5 || wire === 1) at += wire === 5 ? 4 : 8;
    else throw new Error(`an ONNX model with wire type ${wire} can not be read`);
  }
  return found;
}
