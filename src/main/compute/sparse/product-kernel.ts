/**
 * The product of a sparse matrix with a block of dense columns, as a WebAssembly module of 128-bit vectors that is
 * assembled here: JavaScript alone does a tenth of it.
 *
 *   out (rows × C) = [scale ∘] S·in (columns × C)   or   out += S·in
 *
 * C contiguous numbers a row ("columns side by side"), C a multiple of 8. Sums run over a row's entries in their
 * order, each column for itself: a column's result depends neither on its neighbours nor on C.
 * Source: WebAssembly Core Specification 2.0 (binary format; vector instructions).
 */

export interface SparseProduct {
  readonly memory: WebAssembly.Memory;
  /**
   * @param indptr  byte address of rows + 1 int32
   * @param indices byte address of the entries' columns, int32
   * @param values  byte address of the entries, float64
   * @param stride  bytes of a row of `input` and `output`: 8·C, a multiple of 64
   * @param scale   byte address of rows × C factors, or 0
   * @param add     1: added to what is at `output`; 0: replaces it
   */
  multiply(
    indptr: number,
    indices: number,
    values: number,
    rows: number,
    input: number,
    output: number,
    stride: number,
    scale: number,
    add: number,
  ): void;
}

/** Columns that one pass over a row keeps in registers. */
export const COLUMNS_AT_A_TIME = 8;

export function createSparseProduct(bytes: number): SparseProduct {
  const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / 65_536) });
  compiled ??= new WebAssembly.Module(assemble());
  const { multiply } = new WebAssembly.Instance(compiled, { env: { memory } }).exports;
  return { memory, multiply: multiply as SparseProduct['multiply'] };
}

let compiled: WebAssembly.Module | null = null;

const I32 = 0x7f;
const V128 = 0x7b;

// Parameters, then locals, by index.
const [INDPTR, INDICES, VALUES, ROWS, INPUT, OUTPUT, STRIDE, SCALE, ADD] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
const [TILE, ROW, ENTRY, END, FROM, TO] = [9, 10, 11, 12, 13, 14];
/** The sums of eight columns, and an entry repeated. */
const SUMS = [15, 16, 17, 18];
const VALUE = 19;

function assemble(): Uint8Array<ArrayBuffer> {
  const eachSum = (code: (sum: number, offset: number) => number[]): number[] =>
    SUMS.flatMap((sum, at) => code(sum, 16 * at));
  const entry = [
    ...set(FROM, plus(plus(get(INPUT), times(load32(element(INDICES, ENTRY, 4)), get(STRIDE))), get(TILE))),
    ...set(VALUE, loadTwice(element(VALUES, ENTRY, 8))),
    ...eachSum((sum, offset) => set(sum, plusTwo(get(sum), timesTwo(get(VALUE), loadTwo(get(FROM), offset))))),
    ...set(ENTRY, plus(get(ENTRY), constant(1))),
  ];
  const row = [
    ...set(TO, tileOf(OUTPUT)),
    ...when(
      get(ADD),
      eachSum((sum, offset) => set(sum, loadTwo(get(TO), offset))),
      eachSum((sum) => set(sum, ZERO)),
    ),
    ...set(ENTRY, load32(element(INDPTR, ROW, 4))),
    ...set(END, load32(element(INDPTR, ROW, 4), 4)),
    ...whileLess(ENTRY, END, entry),
    ...when(get(SCALE), [
      ...set(FROM, tileOf(SCALE)),
      ...eachSum((sum, offset) => set(sum, timesTwo(get(sum), loadTwo(get(FROM), offset)))),
    ]),
    ...eachSum((sum, offset) => storeTwo(get(TO), get(sum), offset)),
    ...set(ROW, plus(get(ROW), constant(1))),
  ];
  const tile = [
    ...set(ROW, constant(0)),
    ...whileLess(ROW, ROWS, row),
    ...set(TILE, plus(get(TILE), constant(8 * COLUMNS_AT_A_TIME))),
  ];
  // Two runs of locals: six int32 from TILE on, five vectors from the first sum on.
  const body = [2, 6, I32, 5, V128, ...whileLess(TILE, STRIDE, tile), END_OF_CODE];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 9, ...new Array<number>(9).fill(I32), 0]),
    ...section(2, [1, ...name('env'), ...name('memory'), 0x02, 0x00, 1]),
    ...section(3, [1, 0]),
    ...section(7, [1, ...name('multiply'), 0x00, 0]),
    ...section(10, [1, ...unsigned(body.length), ...body]),
  ]);
}

// Instructions; operands come first, as a stack machine wants them.

const END_OF_CODE = 0x0b;
const get = (local: number): number[] => [0x20, local];
const set = (local: number, value: number[]): number[] => [...value, 0x21, local];
const constant = (value: number): number[] => [0x41, ...signed(value)];
const plus = (a: number[], b: number[]): number[] => [...a, ...b, 0x6a];
const times = (a: number[], b: number[]): number[] => [...a, ...b, 0x6c];
const load32 = (address: number[], offset = 0): number[] => [...address, 0x28, 2, ...unsigned(offset)];
/** Two float64, one float64 twice, none: as v128. */
const loadTwo = (address: number[], offset: number): number[] => [...address, 0xfd, 0x00, 4, ...unsigned(offset)];
const loadTwice = (address: number[]): number[] => [...address, 0xfd, 0x0a, 3, 0];
const ZERO = [0xfd, 0x0c, ...new Array<number>(16).fill(0)];
const storeTwo = (address: number[], value: number[], offset: number): number[] => [
  ...address,
  ...value,
  ...[0xfd, 0x0b, 4],
  ...unsigned(offset),
];
const timesTwo = (a: number[], b: number[]): number[] => [...a, ...b, 0xfd, 0xf2, 0x01];
const plusTwo = (a: number[], b: number[]): number[] => [...a, ...b, 0xfd, 0xf0, 0x01];

/** Address of element `index` of an array of `bytes`-sized elements. */
const element = (array: number, index: number, bytes: number): number[] =>
  plus(get(array), times(get(index), constant(bytes)));
/** Address of this row's eight columns in `matrix`. */
const tileOf = (matrix: number): number[] => plus(plus(get(matrix), times(get(ROW), get(STRIDE))), get(TILE));

function when(condition: number[], then: number[], otherwise: number[] = []): number[] {
  const or = otherwise.length > 0 ? [0x05, ...otherwise] : [];
  return [...condition, 0x04, 0x40, ...then, ...or, END_OF_CODE];
}

/** while (a < b) body, as block { loop { if !(a < b) leave; body; again } }. */
function whileLess(a: number, b: number, body: number[]): number[] {
  const leave = [...get(a), ...get(b), 0x48, 0x45, 0x0d, 1];
  return [0x02, 0x40, 0x03, 0x40, ...leave, ...body, 0x0c, 0, END_OF_CODE, END_OF_CODE];
}

const section = (id: number, content: number[]): number[] => [id, ...unsigned(content.length), ...content];
const name = (text: string): number[] => [text.length, ...new TextEncoder().encode(text)];

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
