/**
 * A small writer of ONNX models, so that fused products can be described in code
 * and compiled by ONNX Runtime without Python or a model file.
 *
 * Only what the devices need: nodes, float/double/integer constants, inputs and
 * outputs with symbolic dimensions. Source: onnx.proto3, IR version 8, opset 17.
 */

export type ElementType = 'float32' | 'float64' | 'uint8' | 'int64' | 'bool';

const ELEMENT_TYPE_CODE: Record<ElementType, number> = { float32: 1, uint8: 2, int64: 7, bool: 9, float64: 11 };

export interface Node {
  op: string;
  inputs: readonly string[];
  outputs: readonly string[];
  /** A number is written as INT, `{ float: x }` as FLOAT, a list as INTS. */
  attributes?: Readonly<Record<string, number | { float: number } | string | readonly number[]>>;
  domain?: string;
}

export interface Port {
  name: string;
  type: ElementType;
  /** A number is a fixed extent, a string a symbolic one. */
  shape: readonly (number | string)[];
}

export interface Constant {
  name: string;
  type: ElementType;
  shape: readonly number[];
  data: readonly number[] | Float32Array;
}

export interface Graph {
  name: string;
  nodes: readonly Node[];
  inputs: readonly Port[];
  outputs: readonly Port[];
  constants?: readonly Constant[];
}

const IR_VERSION = 8;
const OPSET_VERSION = 17;

/** Serialises `graph` as an ONNX ModelProto. */
export function encodeModel(graph: Graph): Uint8Array {
  return message([
    varintField(1, IR_VERSION),
    stringField(2, 'leverage'),
    bytesField(7, encodeGraph(graph)),
    bytesField(8, message([stringField(1, ''), varintField(2, OPSET_VERSION)])),
    bytesField(8, message([stringField(1, 'com.microsoft'), varintField(2, 1)])),
  ]);
}

function encodeGraph(graph: Graph): Uint8Array {
  return message([
    ...graph.nodes.map((node) => bytesField(1, encodeNode(node))),
    stringField(2, graph.name),
    ...(graph.constants ?? []).map((constant) => bytesField(5, encodeConstant(constant))),
    ...graph.inputs.map((port) => bytesField(11, encodePort(port))),
    ...graph.outputs.map((port) => bytesField(12, encodePort(port))),
  ]);
}

function encodeNode(node: Node): Uint8Array {
  return message([
    ...node.inputs.map((name) => stringField(1, name)),
    ...node.outputs.map((name) => stringField(2, name)),
    stringField(4, node.op),
    ...Object.entries(node.attributes ?? {}).map(([name, value]) => bytesField(5, encodeAttribute(name, value))),
    ...(node.domain === undefined ? [] : [stringField(7, node.domain)]),
  ]);
}

function encodeAttribute(name: string, value: number | { float: number } | string | readonly number[]): Uint8Array {
  if (typeof value === 'number') return message([stringField(1, name), varintField(3, value), varintField(20, 2)]);
  if (typeof value === 'string') return message([stringField(1, name), stringField(4, value), varintField(20, 3)]);
  if ('float' in value) {
    const bytes = new Uint8Array(5);
    bytes[0] = (2 << 3) | 5;
    new DataView(bytes.buffer).setFloat32(1, value.float, true);
    return message([stringField(1, name), bytes, varintField(20, 1)]);
  }
  return message([stringField(1, name), ...value.map((item) => varintField(8, item)), varintField(20, 7)]);
}

function encodePort(port: Port): Uint8Array {
  const dims = port.shape.map((extent) =>
    bytesField(1, typeof extent === 'number' ? varintField(1, extent) : stringField(2, extent)),
  );
  const tensorType = message([varintField(1, ELEMENT_TYPE_CODE[port.type]), bytesField(2, message(dims))]);
  return message([stringField(1, port.name), bytesField(2, bytesField(1, tensorType))]);
}

function encodeConstant(constant: Constant): Uint8Array {
  return message([
    ...constant.shape.map((extent) => varintField(1, extent)),
    varintField(2, ELEMENT_TYPE_CODE[constant.type]),
    stringField(8, constant.name),
    bytesField(9, rawData(constant.type, constant.data)),
  ]);
}

function rawData(type: ElementType, data: Constant['data']): Uint8Array {
  if (data instanceof Float32Array) {
    if (type !== 'float32') throw new TypeError(`A Float32Array is not the data of a ${type} constant.`);
    return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  }
  switch (type) {
    case 'float32':
      return new Uint8Array(Float32Array.from(data).buffer);
    case 'float64':
      return new Uint8Array(Float64Array.from(data).buffer);
    case 'int64':
      return new Uint8Array(BigInt64Array.from(data, (item) => BigInt(item)).buffer);
    case 'uint8':
    case 'bool':
      return Uint8Array.from(data);
  }
}

const encoder = new TextEncoder();

function message(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    out.set(part, offset);
    offset += part.length;
  }
  return out;
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return bytes;
}

function varintField(field: number, value: number): Uint8Array {
  return Uint8Array.from([...varint(field << 3), ...varint(value)]);
}

function bytesField(field: number, bytes: Uint8Array): Uint8Array {
  return message([Uint8Array.from([...varint((field << 3) | 2), ...varint(bytes.length)]), bytes]);
}

function stringField(field: number, text: string): Uint8Array {
  return bytesField(field, encoder.encode(text));
}
