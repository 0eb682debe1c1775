/**
 * Writes WebAssembly modules of integer loops around vectors of two float64: JavaScript alone does a tenth of what
 * they do. Instructions are written as a stack machine wants them, operands first.
 * Source: WebAssembly Core Specification 3.0 (binary format; vector and relaxed vector instructions).
 */

export type Code = readonly number[];

const I32 = 0x7f;
const V128 = 0x7b;
const END = 0x0b;

/**
 * Numbers that vectors are computed with, in the module's memory from address 0 on, each twice: a vector written in
 * the code itself takes several instructions to make.
 */
export class NumberTable {
  private readonly values: number[] = [];

  /** The number, twice. */
  twice(value: number): Code {
    let index = this.values.indexOf(value);
    if (index < 0) index = this.values.push(value) - 1;
    return loadTwo(constant(0), 16 * index);
  }

  get bytes(): number {
    return 16 * this.values.length;
  }

  write(memory: WebAssembly.Memory): void {
    new Float64Array(memory.buffer, 0, 2 * this.values.length).set(this.values.flatMap((value) => [value, value]));
  }
}

/** The parameters and locals of one function, and the numbers it uses. */
export class Frame {
  readonly parameters: number;
  private readonly types: number[] = [];
  private readonly numbers: NumberTable;

  constructor(parameters: number, numbers: NumberTable) {
    this.parameters = parameters;
    this.numbers = numbers;
  }

  /** A number, twice. */
  twice(value: number): Code {
    return this.numbers.twice(value);
  }

  integer(): number {
    this.types.push(I32);
    return this.parameters + this.types.length - 1;
  }

  vector(): number {
    this.types.push(V128);
    return this.parameters + this.types.length - 1;
  }

  vectors(count: number): number[] {
    return Array.from({ length: count }, () => this.vector());
  }

  locals(): Code {
    return [...unsigned(this.types.length), ...this.types.flatMap((type) => [1, type])];
  }
}

/** A function of int32 parameters that returns nothing. */
export interface FunctionCode {
  name: string;
  frame: Frame;
  body: Code;
}

/** A module over an imported memory `env.memory` that exports the functions by their names. */
export function assembleModule(functions: readonly FunctionCode[]): Uint8Array<ArrayBuffer> {
  const types = functions.flatMap(({ frame }) => [
    0x60,
    frame.parameters,
    ...new Array<number>(frame.parameters).fill(I32),
    0,
  ]);
  const bodies = functions.flatMap(({ frame, body }) => {
    const code = [...frame.locals(), ...body, END];
    return [...unsigned(code.length), ...code];
  });
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [functions.length, ...types]),
    ...section(2, [1, ...text('env'), ...text('memory'), 0x02, 0x00, 1]),
    ...section(3, [functions.length, ...functions.keys()]),
    ...section(7, [functions.length, ...functions.flatMap(({ name }, index) => [...text(name), 0x00, index])]),
    ...section(10, [functions.length, ...bodies]),
  ]);
}

// Integers: int32, addresses included.

export const get = (local: number): Code => [0x20, local];
export const set = (local: number, value: Code): Code => [...value, 0x21, local];
export const ZERO_TWICE: Code = [0xfd, 0x0c, ...new Array<number>(16).fill(0)];
export const constant = (value: number): Code => [0x41, ...signed(value)];
export const plus = (a: Code, b: Code): Code => [...a, ...b, 0x6a];
export const times = (a: Code, b: Code): Code => [...a, ...b, 0x6c];
export const load32 = (address: Code, offset = 0): Code => [...address, 0x28, 2, ...unsigned(offset)];
export const advance = (local: number, by: Code): Code => set(local, plus(get(local), by));

// Vectors of two float64.

const vector = (opcode: number): Code => [0xfd, ...unsigned(opcode)];
const binary =
  (opcode: number) =>
  (a: Code, b: Code): Code => [...a, ...b, ...vector(opcode)];
const unary =
  (opcode: number) =>
  (a: Code): Code => [...a, ...vector(opcode)];
const ternary =
  (opcode: number) =>
  (a: Code, b: Code, c: Code): Code => [...a, ...b, ...c, ...vector(opcode)];

export const loadTwo = (address: Code, offset = 0): Code => [...address, ...vector(0x00), 3, ...unsigned(offset)];
/** One float64, twice. */
export const loadTwice = (address: Code, offset = 0): Code => [...address, ...vector(0x0a), 3, ...unsigned(offset)];
export const storeTwo = (address: Code, value: Code, offset = 0): Code => [
  ...address,
  ...value,
  ...vector(0x0b),
  3,
  ...unsigned(offset),
];
export const add = binary(0xf0);
export const sub = binary(0xf1);
export const mul = binary(0xf2);
export const div = binary(0xf3);
export const abs = unary(0xec);
export const negate = unary(0xed);
/** The smaller or larger of each pair, as `b < a ? b : a` resp. `a < b ? b : a`. */
export const least = binary(0xf6);
export const most = binary(0xf7);
export const greater = binary(0x4a);
/** Whether any bit is set: int32. */
export const anyTrue = unary(0x53);
/** Each bit of `a` where the mask is set, else of `b`. */
export const select = (a: Code, b: Code, mask: Code): Code => [...a, ...b, ...mask, ...vector(0x52)];
/** a·b + c, rounded once where the processor can. */
export const mulAdd = ternary(0x107);
/** c − a·b, likewise. */
export const mulSubtractFrom = ternary(0x108);
// The same bits as two int64.
export const addBits = binary(0xce);
export const subBits = binary(0xd1);
export const shiftLeft = (a: Code, bits: number): Code => [...a, ...constant(bits), ...vector(0xcb)];
/** Of unsigned numbers: processors lack that of signed ones. */
export const shiftRight = (a: Code, bits: number): Code => [...a, ...constant(bits), ...vector(0xcd)];
// Control.

/** One of two int32. */
export const either = (condition: Code, then: Code, otherwise: Code): Code => [
  ...then,
  ...otherwise,
  ...condition,
  0x1b,
];

export function when(condition: Code, then: Code, otherwise: Code = []): Code {
  const alternative = otherwise.length > 0 ? [0x05, ...otherwise] : [];
  return [...condition, 0x04, 0x40, ...then, ...alternative, END];
}

/** a < b, of signed int32. */
export const isLess = (a: Code, b: Code): Code => [...a, ...b, 0x48];

/** while (a < b) body: the test is at the end, after one at the start. */
export function whileLess(a: number, b: number, body: Code): Code {
  const test = isLess(get(a), get(b));
  return when(test, [0x03, 0x40, ...body, ...test, 0x0d, 0, END]);
}

const section = (id: number, content: Code): Code => [id, ...unsigned(content.length), ...content];
const text = (value: string): Code => [value.length, ...new TextEncoder().encode(value)];

/** LEB128. */
function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest & 0x7f;
    rest >>>= 7;
    bytes.push(rest === 0 ? low : low | 0x80);
  } while (rest !== 0);
  return bytes;
}

function signed(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (;;) {
    const low = rest & 0x7f;
    rest >>= 7;
    if ((rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0)) return [...bytes, low];
    bytes.push(low | 0x80);
  }
}
