/**
 * NumPy's array format: header and elements → plain arrays of numbers or strings.
 * (NEP 1; versions 1.0–3.0; either byte order; C or Fortran order)
 */
import { invalidInput } from '../../shared/errors.ts';
import type { LeverageError } from '../../shared/errors.ts';
import type { BlockData } from '../../shared/dataset.ts';

export interface NpyHeader {
  /** numpy's type string without the byte order: "f4", "u1", "b1", "U12", "S5". */
  type: string;
  bigEndian: boolean;
  fortran: boolean;
  shape: number[];
  dataOffset: number;
  /** Bytes per element. */
  elementBytes: number;
}

export interface NumberArray {
  kind: 'numbers';
  shape: number[];
  /** Row-major, the first axis is rows; in the narrowest kind that holds every value exactly. */
  data: BlockData;
}

export interface StringArray {
  kind: 'strings';
  shape: number[];
  data: string[];
}

export type NpyArray = NumberArray | StringArray;

const NUMBER_TYPES: Record<string, number> = {
  ...{ b1: 1, i1: 1, u1: 1, i2: 2, u2: 2, f2: 2 },
  ...{ i4: 4, u4: 4, f4: 4, i8: 8, u8: 8, f8: 8 },
};

/**
 * Reads the header at the start of `bytes`.
 * @param where "file: array", for messages
 */
export function npyHeader(bytes: Buffer, where: string): NpyHeader {
  if (bytes.length < 10 || bytes.toString('latin1', 0, 6) !== '\x93NUMPY') {
    throw invalidInput(`${where} is not a NumPy array.`, 'Write the file with numpy.savez.');
  }
  const wide = bytes[6] >= 2;
  const start = wide ? 12 : 10;
  if (bytes.length < start) throw cutShort(where);
  const headerBytes = wide ? bytes.readUInt32LE(8) : bytes.readUInt16LE(8);
  if (start + headerBytes > bytes.length) throw cutShort(where);
  const text = bytes.toString('latin1', start, start + headerBytes);
  const descr = /'descr'\s*:\s*(?:'([^']*)'|(\[))/.exec(text);
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(text);
  const shape = /'shape'\s*:\s*\(([\d\s,L]*)\)/.exec(text);
  if (descr === null || order === null || shape === null) {
    throw invalidInput(`${where} has a header that can not be understood.`, 'Write the file with numpy.savez.');
  }
  if (descr[2] !== undefined) {
    throw invalidInput(`${where} is a structured array.`, 'Save each of its fields as an array of its own.');
  }
  const dimensions = shape[1].split(',').flatMap((part) => (part.trim() === '' ? [] : [Number.parseInt(part, 10)]));
  return {
    ...elementType(descr[1], where),
    fortran: order[1] === 'True',
    shape: dimensions,
    dataOffset: start + headerBytes,
  };
}

function elementType(descr: string, where: string): Pick<NpyHeader, 'type' | 'bigEndian' | 'elementBytes'> {
  const bigEndian = descr.startsWith('>');
  const type = descr.replace(/^[<>|=]/, '');
  const count = Number(type.slice(1));
  if (type in NUMBER_TYPES) return { type, bigEndian, elementBytes: NUMBER_TYPES[type] };
  if (/^U\d+$/.test(type)) return { type, bigEndian, elementBytes: 4 * count };
  if (/^S\d+$/.test(type)) return { type, bigEndian, elementBytes: count };
  if (type.startsWith('O')) {
    throw invalidInput(
      `${where} holds pickled Python objects, which are never opened (they can run code).`,
      'Convert it before saving, for example with .astype(str) or .astype(float).',
    );
  }
  throw invalidInput(
    `${where} has the type ${descr}, which is not read.`,
    'Convert it to real numbers or to strings before saving.',
  );
}

/**
 * Reads a whole array.
 * @throws LeverageError when the bytes are not exactly what the header announces, or an integer has no exact number
 */
export function npyArray(bytes: Buffer, where: string): NpyArray {
  const header = npyHeader(bytes, where);
  const length = header.shape.reduce((product, side) => product * side, 1);
  const expected = length * header.elementBytes;
  const actual = bytes.length - header.dataOffset;
  // Also the guard on memory: nothing is allocated for a shape that the bytes do not bear out.
  if (actual !== expected || !Number.isSafeInteger(expected)) {
    throw invalidInput(
      `${where} announces shape (${header.shape.join(', ')}) of ${header.elementBytes}-byte elements but holds ${actual} bytes.`,
      'The file is damaged: save it again.',
    );
  }
  const body = bytes.subarray(header.dataOffset);
  // Elements of no bytes (U0) bear no shape out.
  if (header.elementBytes === 0 && length > 2 ** 20) throw cutShort(where);
  if (header.type.startsWith('U') || header.type.startsWith('S')) {
    const strings = readStrings(body, header, length);
    return {
      kind: 'strings',
      shape: header.shape,
      data: header.fortran ? rowMajor(strings, [], header.shape) : strings,
    };
  }
  const numbers = readNumbers(body, header, length, where);
  const data = header.fortran ? rowMajor(numbers, emptyLike(numbers), header.shape) : numbers;
  return { kind: 'numbers', shape: header.shape, data };
}

function readStrings(body: Buffer, header: NpyHeader, length: number): string[] {
  const strings: string[] = [];
  for (let i = 0; i < length; i++) {
    const start = i * header.elementBytes;
    const end = start + header.elementBytes;
    strings.push(header.type.startsWith('U') ? utf32(body, start, end, header.bigEndian) : bytesText(body, start, end));
  }
  return strings;
}

function utf32(body: Buffer, start: number, end: number, bigEndian: boolean): string {
  let text = '';
  for (let at = start; at < end; at += 4) {
    const point = bigEndian ? body.readUInt32BE(at) : body.readUInt32LE(at);
    if (point === 0) {
      // Strings are padded with zeros; a zero inside one is kept.
      if (isZero(body, at, end)) break;
    }
    text += point > 0x10ffff ? '\ufffd' : String.fromCodePoint(point);
  }
  return text.isWellFormed() ? text : text.toWellFormed();
}

function bytesText(body: Buffer, start: number, end: number): string {
  let last = end;
  while (last > start && body[last - 1] === 0) last--;
  return body.toString('utf8', start, last);
}

function isZero(body: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (body[at] !== 0) return false;
  return true;
}

function readNumbers(body: Buffer, header: NpyHeader, length: number, where: string): BlockData {
  const ordered = littleEndianCopy(body, header);
  const view = new DataView(ordered);
  switch (header.type) {
    case 'b1':
      return Uint8Array.from(body, (value) => (value === 0 ? 0 : 1));
    case 'u1':
      return new Uint8Array(ordered);
    case 'i1':
      return Int32Array.from(new Int8Array(ordered));
    case 'u2':
      return new Uint16Array(ordered);
    case 'i2':
      return Int32Array.from(new Int16Array(ordered));
    case 'f2':
      return Float32Array.from(new Uint16Array(ordered), halfPrecision);
    case 'f4':
      return new Float32Array(ordered);
    case 'f8':
      return new Float64Array(ordered);
    case 'i4':
      return new Int32Array(ordered);
    case 'u4':
      return narrowed(Float64Array.from(new Uint32Array(ordered)));
    default: {
      const signed = header.type === 'i8';
      const read = (i: number): number => {
        const value = signed ? view.getBigInt64(8 * i, true) : view.getBigUint64(8 * i, true);
        const number = Number(value);
        if (!Number.isSafeInteger(number)) {
          throw invalidInput(
            `${where} holds ${value} (element ${i}), too large an integer to be kept exactly.`,
            'Save it as strings if it is an identifier, or as float64.',
          );
        }
        return number;
      };
      return narrowed(Float64Array.from({ length }, (_, i) => read(i)));
    }
  }
}

/** The elements in an aligned buffer of their own, low byte first (as every platform of this program counts). */
function littleEndianCopy(body: Buffer, header: NpyHeader): ArrayBuffer {
  const copy = new Uint8Array(body);
  if (header.bigEndian) {
    const bytes = Buffer.from(copy.buffer);
    if (header.elementBytes === 2) bytes.swap16();
    if (header.elementBytes === 4) bytes.swap32();
    if (header.elementBytes === 8) bytes.swap64();
  }
  return copy.buffer;
}

/** IEEE 754 binary16: 1 sign bit, 5 exponent bits (bias 15), 10 fraction bits. */
function halfPrecision(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** Int32 when every value fits: most 64-bit integer arrays are small numbers. */
function narrowed(values: Float64Array): BlockData {
  for (const value of values) if (value < -0x80000000 || value > 0x7fffffff) return values;
  return Int32Array.from(values);
}

function emptyLike(data: BlockData): BlockData {
  if (data instanceof Float64Array) return new Float64Array(data.length);
  if (data instanceof Float32Array) return new Float32Array(data.length);
  if (data instanceof Int32Array) return new Int32Array(data.length);
  return data instanceof Uint16Array ? new Uint16Array(data.length) : new Uint8Array(data.length);
}

/** Column-major → row-major, for any number of axes. */
function rowMajor<T extends { [index: number]: number | string; length: number }>(
  source: T,
  target: T,
  shape: readonly number[],
): T {
  const axes = shape.length;
  const position = new Array<number>(axes).fill(0);
  const strides: number[] = [];
  shape.reduce((stride, side) => (strides.push(stride), stride * side), 1);
  const length = source.length;
  for (let i = 0; i < length; i++) {
    let from = 0;
    for (let axis = 0; axis < axes; axis++) from += position[axis] * strides[axis];
    target[i] = source[from];
    for (let axis = axes - 1; axis >= 0; axis--) {
      position[axis] += 1;
      if (position[axis] < shape[axis]) break;
      position[axis] = 0;
    }
  }
  return target;
}

function cutShort(where: string): LeverageError {
  return invalidInput(`${where} ends before its header does.`, 'The file is damaged: save it again.');
}
